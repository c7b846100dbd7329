/** What a server relays for each peer: bytes, streams, and places per address. */
import type { CircuitRelayService } from '@libp2p/circuit-relay-v2'
import type { Connection, Libp2p, PeerId, Stream } from '@libp2p/interface'
import { MAX_RELAYED_PER_PEER } from '../../core/record/limits.ts'
import { hostOf } from '../hosts.ts'
import type { ServeLimits } from '../serve.ts'

/** Peers whose use is remembered; beyond that those who used the least are forgotten, which is what time would do. */
const MAX_REMEMBERED = 4096

/** What the class behind the library's interface has: one stream comes from who wants to be relayed, one goes to the other. */
interface RelayStreams {
  onHop(stream: Stream, connection: Connection): Promise<void>
  stopHop(to: { readonly connection: Connection }, options: object): Promise<Stream | undefined>
}

interface Use {
  /** Bytes that may still be relayed for this peer, as of `atMs`. */
  tokens: number
  atMs: number
  streams: number
}

export class RelayQuota {
  readonly #limits: ServeLimits
  readonly #uses = new Map<string, Use>()
  #carriedBytes = 0

  constructor(limits: ServeLimits) {
    this.#limits = limits
  }

  /**
   * Counts what goes through a relay that is not started yet. Not by libp2p's middleware: it adds the protocol's handler to the list of these for each
   * stream, and so calls it twice on the second. `newest`: the connection to the same peer by which it is asked to let somebody in.
   */
  watch(service: CircuitRelayService, newest: (connection: Connection) => Connection): void {
    const relay = service as CircuitRelayService & RelayStreams
    const onHop = relay.onHop.bind(relay)
    const stopHop = relay.stopHop.bind(relay)
    relay.onHop = (stream, connection) => {
      this.#count(stream, connection.remotePeer.toString())
      return onHop(stream, connection)
    }
    relay.stopHop = async (asked, options) => {
      const to = { ...asked, connection: newest(asked.connection) }
      const stream = await stopHop(to, options)
      if (stream !== undefined) this.#count(stream, to.connection.remotePeer.toString())
      return stream
    }
  }

  /** Bytes relayed since the start. */
  get carriedBytes(): number {
    return this.#carriedBytes
  }

  /** Whether nothing more is relayed for this peer for now. */
  exhausted(peerId: string): boolean {
    const use = this.#uses.get(peerId)
    return use !== undefined && this.#refilled(use).tokens <= 0
  }

  /** Whether so many others at this peer's address have a place already that it gets none. */
  crowded(libp2p: Libp2p, peerId: PeerId, reservations: Iterable<PeerId>): boolean {
    const hosts = new Set(libp2p.getConnections(peerId).map(({ remoteAddr }) => hostOf(remoteAddr)))
    let others = 0
    for (const other of reservations) {
      if (other.equals(peerId)) continue
      if (libp2p.getConnections(other).some(({ remoteAddr }) => hosts.has(hostOf(remoteAddr)))) others++
    }
    return others >= this.#limits.maxReservationsPerHost
  }

  #count(stream: Stream, peerId: string): void {
    const use = this.#use(peerId)
    use.streams++
    stream.addEventListener('close', () => {
      use.streams--
    }, { once: true })
    if (use.streams > 2 * MAX_RELAYED_PER_PEER) {
      stream.abort(new Error('too many relayed connections'))
      return
    }
    stream.addEventListener('message', ({ data }) => {
      this.#carriedBytes += data.byteLength
      this.#refilled(use).tokens -= data.byteLength
      if (use.tokens < 0) stream.abort(new Error('the quota of the relay is used up'))
    })
  }

  #use(peerId: string): Use {
    const known = this.#uses.get(peerId)
    if (known !== undefined) return known
    if (this.#uses.size >= MAX_REMEMBERED) this.#forget()
    const use: Use = { tokens: this.#limits.relayBurstBytes, atMs: Date.now(), streams: 0 }
    this.#uses.set(peerId, use)
    return use
  }

  #forget(): void {
    let least: string | undefined
    let most = -Infinity
    for (const [peerId, use] of this.#uses) {
      if (use.streams > 0 || this.#refilled(use).tokens <= most) continue
      most = use.tokens
      least = peerId
    }
    if (least !== undefined) this.#uses.delete(least)
  }

  #refilled(use: Use): Use {
    const { relayBurstBytes, relayBytesPerSecond } = this.#limits
    const nowMs = Date.now()
    use.tokens = Math.min(relayBurstBytes, use.tokens + Math.max(0, nowMs - use.atMs) / 1000 * relayBytesPerSecond)
    use.atMs = nowMs
    return use
  }
}
