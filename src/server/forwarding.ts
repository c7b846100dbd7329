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
  readonly #byPeer = new Map<string, { readonly host: string; readonly topics: Set<string> }>()
  readonly #paces = new Map<string, Pace>()

  constructor(network: Pick<Network, 'subscribe' | 'unsubscribe'>, clock: Clock) {
    this.#network = network
    this.#clock = clock
  }

  get topics(): number {
    return this.#askers.size
  }

  /**
   * What this peer wants forwarded from now on, as hashes. `host`: where it is; without it, it counts by itself. Returns how many topics the server took up
   * or gave up, which all who are connected hear of.
   */
  ask(peerId: string, hashes: readonly string[], host = ''): number {
    const wanted = new Set(hashes.map(topicOfHash))
    let changes = 0
    for (const topic of this.#byPeer.get(peerId)?.topics ?? []) if (!wanted.has(topic) && this.#drop(topic, peerId)) changes++
    const asker = { host: host === '' ? peerId : host, topics: new Set<string>() }
    const taken = asker.topics
    this.#byPeer.set(peerId, asker)
    for (const topic of wanted) {
      if (!this.#askers.has(topic) && this.#askers.size >= MAX_FORWARDED_TOPICS && !this.#makeRoom(asker.host)) continue
      const askers = this.#askers.get(topic) ?? new Set()
      if (askers.size === 0) {
        this.#network.subscribe(topic)
        changes++
      }
      this.#askers.set(topic, askers.add(peerId))
      taken.add(topic)
    }
    return changes
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

  /** A topic that only nodes of the host with the most of them asked for gives way, if that host has more than would be had. */
  #makeRoom(host: string): boolean {
    const byHost = new Map<string, Set<string>>()
    for (const asker of this.#byPeer.values()) {
      const topics = byHost.get(asker.host) ?? new Set()
      byHost.set(asker.host, topics)
      for (const topic of asker.topics) topics.add(topic)
    }
    const [most, topics] = [...byHost].reduce((left, right) => (right[1].size > left[1].size ? right : left))
    if (topics.size <= (byHost.get(host)?.size ?? 0) + 1) return false
    const isOfHost = (peerId: string): boolean => this.#byPeer.get(peerId)?.host === most
    const topic = [...topics].find((one) => [...this.#askers.get(one) ?? []].every(isOfHost))
    if (topic === undefined) return false
    for (const peerId of [...this.#askers.get(topic) ?? []]) {
      this.#drop(topic, peerId)
      this.#byPeer.get(peerId)?.topics.delete(topic)
    }
    return true
  }

  /** True when nobody asks for it any more. */
  #drop(topic: string, peerId: string): boolean {
    const askers = this.#askers.get(topic)
    if (askers === undefined || !askers.delete(peerId) || askers.size > 0) return false
    this.#askers.delete(topic)
    this.#network.unsubscribe(topic)
    return true
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
