/**
 * From a relayed connection to a direct one. DCUtR does it over the internet, where one side is public; here is the other case, two in one network that
 * know each other through a relay only, and the count of what became of it.
 */
import type { Connection, Libp2p } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'
import { pathOf } from '../addresses.ts'
import { inOwnNetwork } from '../dial-order.ts'

/** By then DCUtR has had its three tries. */
const PUNCHED_MS = 20_000
/** When identify has told the addresses, and later, when a cable may have been plugged in. */
const LAN_TRIES_MS = [1_000, 60_000]
const LAN_DIAL_MS = 4_000
/** What was sent is let through first. */
const CLOSE_MS = 5_000

export class DirectUpgrade {
  readonly #libp2p: Libp2p
  readonly #log: (text: string) => void
  readonly #timers = new Map<string, NodeJS.Timeout[]>()
  readonly #stop = new AbortController()
  #succeeded = 0
  #failed = 0

  constructor(libp2p: Libp2p, log: (text: string) => void) {
    this.#libp2p = libp2p
    this.#log = log
    libp2p.addEventListener('connection:open', (event) => this.#onOpen(event.detail))
    libp2p.addEventListener('peer:disconnect', (event) => this.#forget(event.detail.toString()))
  }

  get counts(): { succeeded: number; failed: number } {
    return { succeeded: this.#succeeded, failed: this.#failed }
  }

  stop(): void {
    this.#stop.abort()
    for (const peerId of [...this.#timers.keys()]) this.#forget(peerId)
  }

  #onOpen(connection: Connection): void {
    const peerId = connection.remotePeer.toString()
    if (pathOf(connection.remoteAddr) !== 'relay') {
      if (this.#timers.has(peerId)) this.#succeeded++
      this.#forget(peerId)
      this.#closeRelayed(connection)
      return
    }
    if (this.#timers.has(peerId) || this.#stop.signal.aborted || this.#direct(connection) !== undefined) return
    const timers = LAN_TRIES_MS.map((afterMs) => setTimeout(() => void this.#tryLan(connection), afterMs))
    timers.push(setTimeout(() => {
      this.#failed++
    }, PUNCHED_MS))
    for (const timer of timers) timer.unref()
    this.#timers.set(peerId, timers)
  }

  async #tryLan(relayed: Connection): Promise<void> {
    const peer = await this.#libp2p.peerStore.get(relayed.remotePeer).catch(() => undefined)
    const near = (peer?.addresses ?? []).map(({ multiaddr }) => multiaddr).filter(inOwnNetwork)
    if (near.length === 0 || this.#stop.signal.aborted) return
    const signal = AbortSignal.any([this.#stop.signal, AbortSignal.timeout(LAN_DIAL_MS)])
    const targets = near.map((address): Multiaddr => address.encapsulate(`/p2p/${relayed.remotePeer.toString()}`))
    try {
      await this.#libp2p.dial(targets, { signal, force: true })
    } catch {
      this.#log(`${relayed.remotePeer.toString()} is not on this network`)
    }
  }

  /** The relay is spared what the direct connection carries, and the room's stream moves over. */
  #closeRelayed(direct: Connection): void {
    for (const connection of this.#libp2p.getConnections(direct.remotePeer)) {
      if (pathOf(connection.remoteAddr) !== 'relay') continue
      connection.close({ signal: AbortSignal.timeout(CLOSE_MS) }).catch((error: unknown) => {
        connection.abort(error instanceof Error ? error : new Error(String(error)))
      })
    }
  }

  #direct({ remotePeer }: Connection): Connection | undefined {
    return this.#libp2p.getConnections(remotePeer).find(({ remoteAddr, status }) => status === 'open' && pathOf(remoteAddr) !== 'relay')
  }

  #forget(peerId: string): void {
    for (const timer of this.#timers.get(peerId) ?? []) clearTimeout(timer)
    this.#timers.delete(peerId)
  }
}
