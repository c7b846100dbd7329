/**
 * Forwarding rooms blind: the server subscribes to a topic for those who ask, and passes its frames on. It has no key of any room, so it looks at
 * nothing but their size and how many there are.
 */
import { topicOfHash } from '../core/server/messages.ts'
import {
  FORWARD_BURST_BYTES, FORWARD_BURST_FRAMES, FORWARD_BYTES_PER_S, FORWARD_FRAMES_PER_S, MAX_FORWARDED_TOPICS, MAX_FORWARD_SENDERS
} from '../core/record/limits.ts'
import { readFrame } from '../core/seal/frame.ts'
import type { Clock, Network, Verdict } from '../engine/ports.ts'
import { Bucket } from '../core/bucket.ts'

interface Pace {
  readonly frames: Bucket
  readonly bytes: Bucket
}

export class Forwarding {
  forwarded = 0
  dropped = 0
  readonly #network: Pick<Network, 'subscribe' | 'unsubscribe'>
  readonly #clock: Clock
  /** Who asked for each topic. */
  readonly #askers = new Map<string, Set<string>>()
  readonly #byPeer = new Map<string, ReadonlySet<string>>()
  readonly #paces = new Map<string, Pace>()

  constructor(network: Pick<Network, 'subscribe' | 'unsubscribe'>, clock: Clock) {
    this.#network = network
    this.#clock = clock
  }

  get topics(): number {
    return this.#askers.size
  }

  /** What this peer wants forwarded from now on, as hashes. */
  ask(peerId: string, hashes: readonly string[]): void {
    const wanted = new Set(hashes.map(topicOfHash))
    for (const topic of this.#byPeer.get(peerId) ?? []) if (!wanted.has(topic)) this.#drop(topic, peerId)
    const taken = new Set<string>()
    this.#byPeer.set(peerId, taken)
    for (const topic of wanted) {
      if (!this.#askers.has(topic) && this.#askers.size >= MAX_FORWARDED_TOPICS && !this.#makeRoom(taken.size + 1)) continue
      const askers = this.#askers.get(topic) ?? new Set()
      if (askers.size === 0) this.#network.subscribe(topic)
      this.#askers.set(topic, askers.add(peerId))
      taken.add(topic)
    }
  }

  forget(peerId: string): void {
    this.ask(peerId, [])
    this.#byPeer.delete(peerId)
  }

  /** Undefined: not a topic that is forwarded. */
  onFrame(topic: string, frame: Uint8Array, from: string): Verdict | undefined {
    if (!this.#askers.has(topic)) return undefined
    const read = readFrame(frame)
    if (!read.ok && read.reason !== 'unknown-version') return 'reject'
    const nowMs = this.#clock.nowMs()
    const pace = this.#paceOf(from, nowMs)
    if (pace.frames.take(1, nowMs) && pace.bytes.take(frame.length, nowMs)) {
      this.forwarded++
      return 'accept'
    }
    this.dropped++
    return 'ignore'
  }

  /** A topic that only the peer with the most of them asked for gives way, if that one has more than would be had. */
  #makeRoom(atLeast: number): boolean {
    const [most, topics] = [...this.#byPeer].reduce((left, right) => (right[1].size > left[1].size ? right : left))
    if (topics.size <= atLeast) return false
    const topic = [...topics].find((one) => this.#askers.get(one)?.size === 1)
    if (topic === undefined) return false
    this.#drop(topic, most)
    this.#byPeer.set(most, new Set([...topics].filter((one) => one !== topic)))
    return true
  }

  #drop(topic: string, peerId: string): void {
    const askers = this.#askers.get(topic)
    if (askers === undefined || !askers.delete(peerId) || askers.size > 0) return
    this.#askers.delete(topic)
    this.#network.unsubscribe(topic)
  }

  #paceOf(from: string, nowMs: number): Pace {
    const known = this.#paces.get(from)
    if (known !== undefined) return known
    if (this.#paces.size >= MAX_FORWARD_SENDERS) {
      for (const [peerId, { frames, bytes }] of this.#paces) if (frames.isFull(nowMs) && bytes.isFull(nowMs)) this.#paces.delete(peerId)
      if (this.#paces.size >= MAX_FORWARD_SENDERS) this.#paces.delete(this.#paces.keys().next().value!)
    }
    const pace = {
      frames: new Bucket(FORWARD_BURST_FRAMES, FORWARD_FRAMES_PER_S, nowMs),
      bytes: new Bucket(FORWARD_BURST_BYTES, FORWARD_BYTES_PER_S, nowMs)
    }
    this.#paces.set(from, pace)
    return pace
  }
}
