/**
 * What one peer may cost this node. Counted by PeerId and by host, since a PeerId costs nothing, and kept when a stream or connection ends, since opening
 * another one costs next to nothing.
 */
import { KeyedBuckets } from '../core/bucket.ts'
import type { Rate } from '../core/bucket.ts'

/** Whom something is booked to. */
export interface Source {
  readonly peerId: string
  /** The address it comes from, of IPv6 the /64; empty if that is not known. All who come through one relay share the relay's. */
  readonly host: string
}

/** What all peers of one host may cost together, in shares of one peer: a household, an office or a lecture hall is behind one address. */
export const HOST_SHARES = 64
/** PeerIds and hosts that are remembered, each some 200 bytes: many times the connections of a node. */
const MAX_KEYS = 4096

export class SourceBudget {
  readonly #peers: KeyedBuckets
  readonly #hosts: KeyedBuckets

  constructor({ burst, perSecond }: Rate, hostShares = HOST_SHARES, capacity = MAX_KEYS) {
    this.#peers = new KeyedBuckets({ burst, perSecond }, capacity)
    this.#hosts = new KeyedBuckets({ burst: burst * hostShares, perSecond: perSecond * hostShares }, capacity)
  }

  /** Takes so many tokens of the peer and of its host, or none and says false. `scope`: counted for by itself, as a room. */
  take(source: Source, count: number, nowMs: number, scope = ''): boolean {
    const [peer, host] = this.#of(source, nowMs, scope)
    if (!peer.has(count, nowMs) || host?.has(count, nowMs) === false) return false
    peer.take(count, nowMs)
    host?.take(count, nowMs)
    return true
  }

  /** Whether the peer could pay by itself, whatever others of its host have taken. */
  peerHas(source: Source, count: number, nowMs: number, scope = ''): boolean {
    return this.#of(source, nowMs, scope)[0].has(count, nowMs)
  }

  /** Books what something cost, if need be as a debt. */
  charge(source: Source, count: number, nowMs: number, scope = ''): void {
    for (const bucket of this.#of(source, nowMs, scope)) bucket?.charge(count, nowMs)
  }

  /** What was taken turned out not to count. */
  give(source: Source, count: number, nowMs: number, scope = ''): void {
    for (const bucket of this.#of(source, nowMs, scope)) bucket?.give(count)
  }

  /** How long until so many can be taken, ms. */
  waitMs(source: Source, count: number, nowMs: number, scope = ''): number {
    return Math.max(...this.#of(source, nowMs, scope).map((bucket) => bucket?.waitMs(count, nowMs) ?? 0))
  }

  #of({ peerId, host }: Source, nowMs: number, scope: string) {
    return [this.#peers.of(`${peerId} ${scope}`, nowMs), host === '' ? undefined : this.#hosts.of(`${host} ${scope}`, nowMs)] as const
  }
}
