/** What a server relays for each peer: bytes, streams, and places per address. */
import type { CircuitRelayService } from '@libp2p/circuit-relay-v2'
import type { Connection, Libp2p, PeerId, Stream, StreamMessageEvent } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'
import { Bucket, KeyedBuckets } from '../../core/bucket.ts'
import type { Rate } from '../../core/bucket.ts'
import { MAX_RELAYED_PER_PEER } from '../../core/record/limits.ts'
import { hostOf, networksOf } from '../hosts.ts'
import type { ServeLimits } from '../serve.ts'
import { steadyMs } from '../steady-clock.ts'

/** Peers whose use is remembered; beyond that those who used the least are forgotten, which is what time would do. */
const MAX_REMEMBERED = 4096

/** What the class behind the library's interface has: one stream comes from who wants to be relayed, one goes to the other. */
interface RelayStreams {
  onHop(stream: Stream, connection: Connection): Promise<void>
  stopHop(to: { readonly connection: Connection }, options: object): Promise<Stream | undefined>
}

/** Hosts and networks that are remembered. */
const MAX_NETWORKS = 4096
const MIB = 1024 * 1024
/**
 * What is carried for all peers of a host, of the network around it (/24, or /48 of IPv6), and in all: PeerIds cost nothing. A host may be a household, an
 * office or a lecture hall.
 */
export const PER_HOST: Rate = { burst: 2048 * MIB, perSecond: MIB / 2 }
export const PER_NETWORK: Rate = { burst: 4096 * MIB, perSecond: MIB }
export const IN_ALL: Rate = { burst: 8192 * MIB, perSecond: 8 * MIB }

interface Use {
  /** Bytes that may still be relayed for this peer, as of `atMs`. */
  tokens: number
  atMs: number
  streams: number
  /** Its host, and the network around it; undefined where that is not known. */
  host: string | undefined
}

export class RelayQuota {
  readonly #limits: ServeLimits
  readonly #uses = new Map<string, Use>()
  readonly #hosts = new KeyedBuckets(PER_HOST, MAX_NETWORKS)
  readonly #networks = new KeyedBuckets(PER_NETWORK, MAX_NETWORKS)
  readonly #all: Bucket
  readonly #nowMs: () => number
  #carriedBytes = 0

  constructor(limits: ServeLimits, nowMs: () => number = steadyMs) {
    this.#limits = limits
    this.#nowMs = nowMs
    this.#all = new Bucket(IN_ALL.burst, IN_ALL.perSecond, nowMs())
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
      this.#count(stream, connection)
      return onHop(stream, connection)
    }
    relay.stopHop = async (asked, options) => {
      const to = { ...asked, connection: newest(asked.connection) }
      const stream = await stopHop(to, options)
      if (stream !== undefined) this.#count(stream, to.connection)
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
    if (use !== undefined && this.#refilled(use).tokens <= 0) return true
    return this.#bucketsOf(use?.host).some((bucket) => !bucket.has(1, this.#nowMs()))
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

  #count(stream: Stream, { remotePeer, remoteAddr }: Connection): void {
    const use = this.#use(remotePeer.toString())
    use.host = (remoteAddr as Multiaddr | undefined) === undefined ? undefined : hostOf(remoteAddr)
    use.streams++
    stream.addEventListener('close', () => {
      use.streams--
    }, { once: true })
    if (use.streams > 2 * MAX_RELAYED_PER_PEER) {
      stream.abort(new Error('too many relayed connections'))
      return
    }
    const onMessage = ({ data }: StreamMessageEvent): void => {
      const bytes = data.byteLength
      // From the narrowest to the widest: what is refused to one peer or network takes nothing from those around it.
      const tokens = this.#refilled(use).tokens -= bytes
      if (tokens >= 0 && this.#bucketsOf(use.host).every((bucket) => bucket.take(bytes, this.#nowMs()))) {
        this.#carriedBytes += bytes
        return
      }
      stream.removeEventListener('message', onMessage)
      stream.abort(new Error('the quota of the relay is used up'))
    }
    stream.addEventListener('message', onMessage)
  }

  #bucketsOf(host: string | undefined): Bucket[] {
    const nowMs = this.#nowMs()
    if (host === undefined) return [this.#all]
    return [this.#hosts.of(host, nowMs), this.#networks.of(networksOf(host)[1]!, nowMs), this.#all]
  }

  #use(peerId: string): Use {
    const known = this.#uses.get(peerId)
    if (known !== undefined) return known
    if (this.#uses.size >= MAX_REMEMBERED) this.#forget()
    const use: Use = { tokens: this.#limits.relayBurstBytes, atMs: this.#nowMs(), streams: 0, host: undefined }
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
    const nowMs = this.#nowMs()
    use.tokens = Math.min(relayBurstBytes, use.tokens + Math.max(0, nowMs - use.atMs) / 1000 * relayBytesPerSecond)
    use.atMs = nowMs
    return use
  }
}
