/**
 * What one peer may have gossipsub do. What is beyond is dropped before it is decoded, and who goes on is disconnected. Counted by PeerId and by host, and
 * kept when a stream or connection ends.
 */
import { KeyedBuckets } from '../../core/bucket.ts'
import type { Rate } from '../../core/bucket.ts'

/**
 * Tokens of rpc-cost.ts: all subscriptions of a node in 512 topics, several times over, and then an announcement for each of 256 topics at each heartbeat.
 */
const CONTROL: Rate = { burst: 4096, perSecond: 256 }
/** Frames that are of no use: known already, or of topics that this node is not in. In a room of the highest pace each neighbour sends each frame once. */
const IDLE_FRAMES: Rate = { burst: 20_000, perSecond: 5_000 }
/** RPCs and frames that were dropped, before the connection is ended. */
const EXCESS: Rate = { burst: 1024, perSecond: 16 }
/** Bytes of frames that are asked for by their ids (IWANT): a heartbeat announces 48 KiB. */
const WANTED_BYTES: Rate = { burst: 512 * 1024, perSecond: 48 * 1024 }
/** All nodes of one host together have so many times as much. */
const HOST_SHARES = 32
const MAX_KEYS = 4096

class PeerAndHost {
  readonly #peers: KeyedBuckets
  readonly #hosts: KeyedBuckets

  constructor({ burst, perSecond }: Rate) {
    this.#peers = new KeyedBuckets({ burst, perSecond }, MAX_KEYS)
    this.#hosts = new KeyedBuckets({ burst: burst * HOST_SHARES, perSecond: perSecond * HOST_SHARES }, MAX_KEYS)
  }

  take(peerId: string, host: string | undefined, count: number, nowMs: number): boolean {
    const buckets = [this.#peers.of(peerId, nowMs), ...(host === undefined ? [] : [this.#hosts.of(host, nowMs)])]
    if (!buckets.every((bucket) => bucket.has(count, nowMs))) return false
    for (const bucket of buckets) bucket.take(count, nowMs)
    return true
  }
}

export class RpcBudget {
  readonly #hostOf: (peerId: string) => string | undefined
  readonly #now: () => number
  readonly #control = new PeerAndHost(CONTROL)
  readonly #idleFrames = new PeerAndHost(IDLE_FRAMES)
  readonly #excess = new KeyedBuckets(EXCESS, MAX_KEYS)
  readonly #wantedBytes = new PeerAndHost(WANTED_BYTES)

  /** `hostOf`: where a connected peer is, see network/hosts.ts. */
  constructor(hostOf: (peerId: string) => string | undefined, now: () => number) {
    this.#hostOf = hostOf
    this.#now = now
  }

  /** Whether an RPC of this cost is looked at. */
  mayAsk(peerId: string, cost: number): boolean {
    return cost === 0 || this.#control.take(peerId, this.#hostOf(peerId), cost, this.#now())
  }

  /** Whether so many frames of no use are forgiven. */
  mayRepeat(peerId: string, frames: number): boolean {
    return frames === 0 || this.#idleFrames.take(peerId, this.#hostOf(peerId), frames, this.#now())
  }

  /** Whether a frame of this size is sent to a peer that asks for it by its id. */
  mayHave(peerId: string, bytes: number): boolean {
    return this.#wantedBytes.take(peerId, this.#hostOf(peerId), bytes, this.#now())
  }

  /** Something was dropped: RPCs, and frames in them. False when the peer is to be disconnected. */
  forgive(peerId: string, dropped: number): boolean {
    const nowMs = this.#now()
    return this.#excess.of(peerId, nowMs).take(dropped, nowMs)
  }
}
