/**
 * Members whom this node spares its frames over a relay, and who spare it theirs: the server that relays between them forwards the topic too, so that each
 * frame would come by it twice, and by every pair of members once more. To each of them this node says that it is not in the topic.
 *
 * Whoever hears of the topic decides: this node sees whether the server has it in its mesh, and is in the topic again for all as soon as it has not.
 */
import type { RPC } from '@libp2p/gossipsub/message'

/** A server may answer a GRAFT with a PRUNE: it is relied on when so much time has passed without one. */
const SURE_MS = 3_000

/** What the class behind gossipsub's interface has and the interface does not name. */
export interface SparingPubsub {
  readonly topics: ReadonlyMap<string, ReadonlySet<string>>
  readonly mesh: ReadonlyMap<string, Set<string>>
  readonly backoff: ReadonlyMap<string, ReadonlyMap<string, number>>
  getScore(peerId: string): number
  addToMesh(peerId: string, topic: string, reason: string): void
  sendGraft(peerId: string, topics: string[]): void
  sendPrune(peerId: string, topic: string): Promise<void>
  sendSubscriptions(peerId: string, topics: string[], subscribe: boolean): void
  sendRpc(peerId: string, rpc: Pick<RPC, 'subscriptions' | 'messages'>): boolean
}

export interface Ways {
  /** True when a frame written now goes to the peer. */
  up(peerId: string): boolean
  /** The relays by which a peer is connected; none when there is a way without one. */
  relaysTo(peerId: string): readonly string[]
}

interface Sparing {
  wanted: ReadonlySet<string>
  /** Who was told that this node is not in the topic. */
  readonly told: Set<string>
  /** Servers in whose mesh this node is, since when. */
  readonly carriedMs: Map<string, number>
}

export class SparedPeers {
  readonly #pubsub: SparingPubsub
  readonly #ways: Ways
  readonly #topics = new Map<string, Sparing>()

  constructor(pubsub: SparingPubsub, ways: Ways) {
    this.#pubsub = pubsub
    this.#ways = ways
  }

  /** See Network.spare. */
  want(topic: string, peerIds: readonly string[], nowMs: number): number {
    const sparing: Sparing = this.#topics.get(topic) ?? { wanted: new Set(), told: new Set(), carriedMs: new Map() }
    sparing.wanted = new Set(peerIds)
    if (peerIds.length > 0 || sparing.told.size > 0) this.#topics.set(topic, sparing)
    else this.#topics.delete(topic)
    this.#look(topic, sparing, nowMs)
    return sparing.told.size
  }

  /** Called once per heartbeat. */
  review(nowMs: number): void {
    for (const [topic, sparing] of this.#topics) this.#look(topic, sparing, nowMs)
  }

  /** A gossip stream with this peer was lost, or is a new one, by which it was told of all topics. */
  forgetPeer(peerId: string): void {
    for (const { told, carriedMs } of this.#topics.values()) {
      told.delete(peerId)
      carriedMs.delete(peerId)
    }
  }

  /** This node leaves the topic. */
  forgetTopic(topic: string): void {
    this.#topics.delete(topic)
  }

  #look(topic: string, { wanted, told, carriedMs }: Sparing, nowMs: number): void {
    const relays = new Set([...wanted].flatMap((peerId) => this.#ways.relaysTo(peerId)))
    for (const relay of [...carriedMs.keys()]) if (!relays.has(relay)) carriedMs.delete(relay)
    for (const relay of relays) {
      if (!this.#carries(topic, relay)) carriedMs.delete(relay)
      else if (!carriedMs.has(relay)) carriedMs.set(relay, nowMs)
    }
    const isSure = (relay: string): boolean => nowMs - (carriedMs.get(relay) ?? Infinity) >= SURE_MS
    const isSpared = (peerId: string): boolean => {
      const by = wanted.has(peerId) ? this.#ways.relaysTo(peerId) : []
      return by.length > 0 && by.every(isSure)
    }
    for (const peerId of told) if (!isSpared(peerId)) this.#rejoin(topic, told, peerId)
    for (const peerId of wanted) if (!told.has(peerId) && this.#ways.up(peerId) && isSpared(peerId)) this.#withdraw(topic, told, peerId)
  }

  /** Whether a server forwards the topic to this node; if it may, it is asked to. */
  #carries(topic: string, server: string): boolean {
    const pubsub = this.#pubsub
    const mesh = pubsub.mesh.get(topic)
    if (mesh === undefined || pubsub.topics.get(topic)?.has(server) !== true || !this.#ways.up(server)) return false
    if (mesh.has(server)) return true
    if (pubsub.backoff.get(topic)?.has(server) === true || pubsub.getScore(server) < 0) return false
    pubsub.addToMesh(server, topic, 'not_enough')
    pubsub.sendGraft(server, [topic])
    return true
  }

  #withdraw(topic: string, told: Set<string>, peerId: string): void {
    told.add(peerId)
    this.#pubsub.sendSubscriptions(peerId, [topic], false)
    if (this.#pubsub.mesh.get(topic)?.delete(peerId) === true) void this.#pubsub.sendPrune(peerId, topic)
  }

  #rejoin(topic: string, told: Set<string>, peerId: string): void {
    told.delete(peerId)
    if (this.#pubsub.mesh.has(topic)) this.#pubsub.sendSubscriptions(peerId, [topic], true)
  }
}
