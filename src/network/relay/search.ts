/**
 * Relays of strangers, among the nodes of a DHT of others: for who cannot be dialled and uses no server that keeps a place for it. Some nodes at a place of
 * the DHT chosen by chance are dialled, a few at a time; those that relay are asked for a place by {@link RelayPlaces}, the others let go of. What such a
 * relay carries is little: by default two minutes and 128 KiB a connection.
 */
import type { Connection, Libp2p, PeerInfo } from '@libp2p/interface'
import { MAX_RELAY_DIALS } from '../../core/record/limits.ts'
import { pathOf } from '../addresses.ts'
import { steadyMs } from '../steady-clock.ts'
import type { Multiaddr } from '@multiformats/multiaddr'
import { HOP_PROTOCOL, type RelayPlaces } from './places.ts'

/** After a search: doubled with each that did not help, up to the longest. */
const AGAIN_FIRST_MS = 20_000
const AGAIN_MAX_MS = 15 * 60_000
const SEARCH_MS = 30_000
const DIAL_MS = 5_000
const PARALLEL = 3

export interface RelaySearchInit {
  /** Nodes of the DHT near a place by chance, at addresses that are worth a dial; see told-addresses.ts. */
  walk(signal: AbortSignal): AsyncIterable<PeerInfo>
  /** Uniform in [0, 1). */
  readonly random: () => number
  readonly log: (text: string) => void
}

type Places = Pick<RelayPlaces, 'lacks' | 'check'>

export class RelaySearch {
  readonly #init: RelaySearchInit
  readonly #places: Places
  #stop = new AbortController()
  #running = false
  #failures = 0
  #dueMs = Number.NEGATIVE_INFINITY

  constructor(init: RelaySearchInit, places: Places) {
    this.#init = init
    this.#places = places
  }

  start(): void {
    this.#stop = new AbortController()
  }

  stop(): void {
    this.#stop.abort()
  }

  /** The network is another one: what did not help may now. */
  again(): void {
    this.#failures = 0
    this.#dueMs = Number.NEGATIVE_INFINITY
  }

  /** Called now and then while a place is wanted and missing. */
  async check(libp2p: Libp2p): Promise<void> {
    if (this.#running || this.#stop.signal.aborted || steadyMs() < this.#dueMs || !this.#places.lacks()) return
    this.#running = true
    const signal = AbortSignal.any([this.#stop.signal, AbortSignal.timeout(SEARCH_MS)])
    try {
      await this.#search(libp2p, signal)
    } catch (error) {
      this.#init.log(`the search for relays: ${error instanceof Error ? error.message : String(error)}`)
    }
    this.#failures = this.#places.lacks() ? this.#failures + 1 : 0
    const waitMs = Math.min(AGAIN_FIRST_MS * 2 ** Math.max(0, this.#failures - 1), AGAIN_MAX_MS)
    this.#dueMs = steadyMs() + waitMs * (0.75 + 0.5 * this.#init.random())
    this.#running = false
  }

  async #search(libp2p: Libp2p, signal: AbortSignal): Promise<void> {
    const under = new Set<Promise<void>>()
    let dials = 0
    for await (const { id, multiaddrs } of this.#init.walk(signal)) {
      const targets = multiaddrs.filter((address) => pathOf(address) !== 'relay')
      if (targets.length === 0 || libp2p.getConnections(id).length > 0) continue
      if (dials >= MAX_RELAY_DIALS || !this.#places.lacks()) break
      dials++
      const dial: Promise<void> = this.#try(libp2p, targets, signal).finally(() => under.delete(dial))
      under.add(dial)
      if (under.size >= PARALLEL) await Promise.race(under)
    }
    await Promise.all(under)
  }

  async #try(libp2p: Libp2p, targets: Multiaddr[], signal: AbortSignal): Promise<void> {
    const within = AbortSignal.any([signal, AbortSignal.timeout(DIAL_MS)])
    let connection: Connection | undefined
    try {
      connection = await libp2p.dial(targets, { signal: within })
      if (await relays(libp2p, connection, within)) await this.#places.check()
      else await connection.close({ signal: within })
    } catch {
      connection?.abort(new Error('it is no relay'))
    }
  }
}

/** Whether it says, when it introduces itself, that it relays. */
async function relays(libp2p: Libp2p, { remotePeer }: Connection, signal: AbortSignal): Promise<boolean> {
  const { promise, resolve, reject } = Promise.withResolvers<boolean>()
  signal.addEventListener('abort', () => reject(new Error('it does not introduce itself')), { once: true })
  const ended = new AbortController()
  libp2p.addEventListener('peer:identify', ({ detail }) => {
    if (detail.peerId.equals(remotePeer)) resolve(detail.protocols.includes(HOP_PROTOCOL))
  }, { signal: ended.signal })
  const known = await libp2p.peerStore.get(remotePeer).catch(() => undefined)
  if (known !== undefined && known.protocols.length > 0) resolve(known.protocols.includes(HOP_PROTOCOL))
  try {
    return await promise
  } finally {
    ended.abort()
  }
}
