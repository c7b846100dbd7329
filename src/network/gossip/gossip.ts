/**
 * Rooms over gossipsub: topics, the frames that come and go, and who can be reached in a topic.
 */
import { gossipsub, TopicValidatorResult } from '@libp2p/gossipsub'
import type { GossipSub, GossipSubComponents, SubscriptionChangeData } from '@libp2p/gossipsub'
import type { RPC } from '@libp2p/gossipsub/message'
import type { PeerScoreParams } from '@libp2p/gossipsub/score'
import type { PeerId, Stream } from '@libp2p/interface'
import type { Verdict } from '../../engine/ports.ts'
import { MAX_FRAME_BYTES } from '../../core/record/limits.ts'
import { steadyMs } from '../steady-clock.ts'
import { GossipLinks } from './links.ts'
import { PublishQueue } from './publish-queue.ts'
import { frameId, frameIdText } from './frame-id.ts'
import { RpcBudget } from './rpc-budget.ts'
import { costOf } from './rpc-cost.ts'
import { readRpcs } from './rpc-reader.ts'
import { gossipOptions, GRAYLIST_SCORE, MAX_RPC_BYTES, TOPIC_SCORE } from './settings.ts'
import { SparedPeers } from './spared.ts'
import type { SparingPubsub } from './spared.ts'

export interface GossipEvents {
  onFrame(topic: string, frame: Uint8Array, fromPeerId: string): Verdict
  onTopicPeer(topic: string, peerId: string, subscribed: boolean): void
  /** A peer with which gossip does not work; the connection should end. */
  onBroken(peerId: string, why: string): void
  /** Whether a peer is a server, which may pass a frame on or not, and keeps none: who reached nobody else has reached nobody. */
  onlyForwards(peerId: string): boolean
}

/** What the class behind gossipsub's interface has and the interface does not name. */
interface GossipInternals extends SparingPubsub {
  readonly score: { readonly params: PeerScoreParams }
  /** By peer, the stream that it opened last. */
  readonly streamsInbound: ReadonlyMap<string, { readonly rawStream: Stream }>
  /** Called when such a stream is there, to read it to its end. */
  pipePeerReadStream: (peerId: PeerId) => Promise<void>
  decodeRpc(bytes: Uint8Array): RPC
  handleReceivedRpc(peerId: PeerId, rpc: RPC): Promise<void>
  handlePeerReadStreamError(error: Error, peerId: PeerId): void
  getMeshPeers(topic: string): string[]
  /** Ids, as text, of frames that were seen lately. */
  readonly seenCache: { has(id: string): boolean }
}

const VERDICTS: Record<Verdict, TopicValidatorResult> = {
  accept: TopicValidatorResult.Accept,
  ignore: TopicValidatorResult.Ignore,
  reject: TopicValidatorResult.Reject
}

export class Gossip {
  readonly #events: GossipEvents
  readonly #options: ReturnType<typeof gossipOptions>
  readonly #links: GossipLinks
  readonly #queue: PublishQueue
  readonly #budget: RpcBudget
  /** The topics of this node, each with its peers that were told to be reachable. */
  readonly #topics = new Map<string, Set<string>>()
  #pubsub: (GossipSub & GossipInternals) | undefined
  #spared: SparedPeers | undefined
  #started = false

  constructor(events: GossipEvents, heartbeatMs: number, serves: boolean) {
    this.#events = events
    this.#links = new GossipLinks({
      onLink: (peerId, up) => this.#onLink(peerId, up),
      onBroken: (peerId, why) => events.onBroken(peerId, why)
    })
    this.#budget = new RpcBudget((peerId) => this.#links.hostOf(peerId), steadyMs)
    this.#options = gossipOptions(heartbeatMs, serves, (peerId, bytes) => this.#budget.mayHave(peerId, bytes))
    this.#queue = new PublishQueue((topic, frame) => this.#send(topic, frame), () => this.#links.streams())
  }

  /** The service for libp2p. */
  readonly service = (components: GossipSubComponents): GossipSub => {
    const pubsub = gossipsub(this.#options)(this.#links.components(components)) as GossipSub & GossipInternals
    this.#pubsub = pubsub
    this.#spared = new SparedPeers(pubsub, this.#links)
    pubsub.pipePeerReadStream = async (peerId) => this.#readFrom(pubsub, peerId)
    pubsub.addEventListener('subscription-change', (event) => this.#onSubscriptions(event.detail))
    pubsub.addEventListener('gossipsub:heartbeat', () => {
      this.#links.check()
      for (const peerId of this.#links.peers()) this.#cutGraylisted(pubsub, peerId)
      this.#spared?.review(steadyMs())
    })
    return pubsub
  }

  /** Called when libp2p runs: from now on topics can be subscribed to, and those that were asked for before are. */
  start(): void {
    this.#started = true
    for (const topic of this.#topics.keys()) this.#join(topic)
  }

  stop(): void {
    this.#started = false
    this.#queue.stop()
    this.#links.stop()
    this.#topics.clear()
  }

  subscribe(topic: string): void {
    if (this.#topics.has(topic)) return
    this.#topics.set(topic, new Set())
    if (this.#started) this.#join(topic)
  }

  unsubscribe(topic: string): void {
    const pubsub = this.#pubsub
    if (!this.#topics.delete(topic) || pubsub === undefined || !this.#started) return
    this.#spared?.forgetTopic(topic)
    pubsub.unsubscribe(topic)
    pubsub.topicValidators.delete(topic)
    delete pubsub.score.params.topics[topic]
  }

  /** See Network.publish. A frame that is too large reaches nobody. */
  publish(topic: string, frame: Uint8Array, onReached: (peers: number) => void): void {
    if (!this.#started || frame.byteLength > MAX_FRAME_BYTES) queueMicrotask(() => onReached(0))
    else this.#queue.push(topic, frame, onReached)
  }

  /** See Network.hand. */
  hand(topic: string, frame: Uint8Array, peerIds: readonly string[]): void {
    const subscribed = this.#pubsub?.topics.get(topic)
    for (const peerId of peerIds) {
      if (subscribed?.has(peerId) !== true) this.#pubsub?.sendRpc(peerId, { subscriptions: [], messages: [{ topic, data: frame }] })
    }
  }

  /** See Network.spare. */
  spare(topic: string, peerIds: readonly string[]): number {
    return this.#topics.has(topic) ? this.#spared?.want(topic, peerIds, steadyMs()) ?? 0 : 0
  }

  /** What peers made of themselves: below 0 they are out of the mesh, below the graylist they are not heard. */
  score(peerId: string): number {
    return this.#pubsub?.getScore(peerId) ?? 0
  }

  mesh(topic: string): string[] {
    return this.#pubsub?.getMeshPeers(topic) ?? []
  }

  #join(topic: string): void {
    const pubsub = this.#pubsub
    if (pubsub === undefined) return
    pubsub.score.params.topics[topic] = TOPIC_SCORE
    pubsub.topicValidators.set(topic, (peer, message) => {
      if (message.data.byteLength > MAX_FRAME_BYTES) return TopicValidatorResult.Reject
      return VERDICTS[this.#events.onFrame(topic, message.data, peer.toString())]
    })
    pubsub.subscribe(topic)
    // Peers that were in the topic before us; not from within the call.
    queueMicrotask(() => {
      for (const peer of pubsub.getSubscribers(topic)) this.#tell(topic, peer.toString(), true)
    })
  }

  /**
   * gossipsub counts a peer as reached once it tried; who lost its stream in the act is taken out again. A frame for which
   * nobody is there is not handed over at all: gossipsub would call a later attempt with the same bytes a duplicate.
   */
  async #send(topic: string, frame: Uint8Array): Promise<number> {
    const pubsub = this.#pubsub
    if (pubsub === undefined || !this.#anyone(topic)) return 0
    const { recipients } = await pubsub.publish(topic, frame)
    let reached = 0
    for (const peer of recipients) {
      if (this.#links.up(peer.toString()) && !this.#events.onlyForwards(peer.toString())) reached += 1
    }
    return reached
  }

  #anyone(topic: string): boolean {
    const known = this.#topics.get(topic)
    if (known !== undefined) return known.size > 0
    return (this.#pubsub?.getSubscribers(topic).length ?? 0) > 0
  }

  #onSubscriptions(change: SubscriptionChangeData): void {
    const peerId = change.peerId.toString()
    for (const { topic, subscribe } of change.subscriptions) this.#tell(topic, peerId, subscribe)
  }

  #onLink(peerId: string, up: boolean): void {
    this.#spared?.forgetPeer(peerId)
    for (const topic of this.#topics.keys()) {
      if (!up) this.#tell(topic, peerId, false)
      else if (this.#pubsub?.getSubscribers(topic).some((peer) => peer.toString() === peerId) === true) this.#tell(topic, peerId, true)
    }
  }

  /** A peer is in a topic when it subscribed and frames can reach it. */
  #tell(topic: string, peerId: string, subscribed: boolean): void {
    const told = this.#topics.get(topic)
    if (told === undefined || told.has(peerId) === subscribed) return
    if (subscribed && !this.#links.up(peerId)) return
    if (subscribed) told.add(peerId)
    else told.delete(peerId)
    this.#events.onTopicPeer(topic, peerId, subscribed)
  }

  /** In place of gossipsub's own reading, and to the same ends: an RPC that cannot be decoded is passed over, broken framing ends the stream. */
  #readFrom(pubsub: GossipInternals, peerId: PeerId): void {
    const stream = pubsub.streamsInbound.get(peerId.toString())?.rawStream
    if (stream === undefined) return
    const id = peerId.toString()
    let isCut = false
    const drop = (frames = 0): void => {
      isCut ||= !this.#budget.forgive(id, 1 + frames)
      if (isCut) this.#events.onBroken(id, 'it gossips without end what is of no use')
    }
    readRpcs(stream, MAX_RPC_BYTES, {
      onRpc: (bytes) => {
        if (isCut) return
        if (!this.#budget.mayAsk(id, costOf(bytes))) return drop()
        let rpc: RPC
        try {
          rpc = pubsub.decodeRpc(bytes)
        } catch {
          return drop()
        }
        const useful = this.#usefulOf(pubsub, rpc)
        if (!this.#budget.mayRepeat(id, rpc.messages.length - useful.length)) return drop(rpc.messages.length)
        rpc.messages = useful
        pubsub.handleReceivedRpc(peerId, rpc).catch(() => undefined)
        if (useful.length > 0) isCut ||= this.#cutGraylisted(pubsub, id)
      },
      onFault: (error) => pubsub.handlePeerReadStreamError(error, peerId)
    })
  }

  /** Frames of topics that this node is in, and that were not seen yet. gossipsub drops the others as well, for ten times as much. */
  #usefulOf(pubsub: GossipInternals, { messages }: RPC): RPC.Message[] {
    return messages.filter(({ topic, data }) => {
      return this.#topics.has(topic) && data !== undefined && !pubsub.seenCache.has(frameIdText(frameId(data)))
    })
  }

  /** Who is not heard any more is not listened to either: reading what is thrown away is work, and a place that somebody else could have. */
  #cutGraylisted(pubsub: GossipInternals, peerId: string): boolean {
    if (pubsub.getScore(peerId) >= GRAYLIST_SCORE) return false
    this.#events.onBroken(peerId, 'what it gossips is not to be heard')
    return true
  }
}
