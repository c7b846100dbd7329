/**
 * The settings of gossipsub, each with the reason for it. What gossipsub does without them is written in ADR 0030.
 */
import { StrictNoSign } from '@libp2p/gossipsub'
import type { GossipsubOpts } from '@libp2p/gossipsub'
import type { TopicScoreParams } from '@libp2p/gossipsub/score'
import { MAX_FRAME_BYTES, MAX_ROOMS_PER_PEER, MAX_SERVER_MESH } from '../../core/record/limits.ts'
import { frameId, frameIdText } from './frame-id.ts'
import { FrameCache, MAX_RPC_FRAMES } from './frame-cache.ts'

/**
 * An RPC on the wire: the largest frame with its envelope and the gossip that may ride along. gossipsub drops the stream
 * of a peer that sends more.
 */
export const MAX_RPC_BYTES = MAX_FRAME_BYTES + 32 * 1024
/** What may wait for one peer. A peer that lets more pile up does not read: its connection is ended, and sync repairs. */
export const MAX_OUTBOUND_BYTES = 8 * 1024 * 1024

const LONG_FRAME_BYTES = 4096

/** Below this a peer's RPCs are not looked at any more. */
export const GRAYLIST_SCORE = -80

/**
 * A rejected frame costs 8 × n² with n falling by half in a minute: after four in a row the peer is graylisted (−128), one
 * by accident is forgotten soon. Delivering frames first earns a little. The penalties for silent mesh peers (p3, p3b) are 0:
 * a chat is silent most of the time, and they would prune everybody.
 */
export const TOPIC_SCORE: TopicScoreParams = {
  topicWeight: 1,
  timeInMeshWeight: 0.01,
  timeInMeshQuantum: 1000,
  timeInMeshCap: 100,
  firstMessageDeliveriesWeight: 0.2,
  firstMessageDeliveriesDecay: 0.9,
  firstMessageDeliveriesCap: 20,
  meshMessageDeliveriesWeight: 0,
  meshMessageDeliveriesDecay: 0.5,
  meshMessageDeliveriesCap: 1,
  meshMessageDeliveriesThreshold: 1,
  meshMessageDeliveriesWindow: 10,
  meshMessageDeliveriesActivation: 1000,
  meshFailurePenaltyWeight: 0,
  meshFailurePenaltyDecay: 0.5,
  invalidMessageDeliveriesWeight: -8,
  invalidMessageDeliveriesDecay: 0.99
}

/** `mayHave`: whether a peer that asks for a frame of this size by its id gets it. */
export function gossipOptions(
  heartbeatMs: number, serves: boolean, mayHave: (peerId: string, bytes: number) => boolean = () => true
): Partial<GossipsubOpts> {
  return {
    ...(serves ? { Dhi: MAX_SERVER_MESH } : {}),
    // A frame holds its own authentication; signing again makes every duplicate cost a verification.
    globalSignaturePolicy: StrictNoSign,
    // The id is the content: nobody can show halves of a room different frames under one id.
    msgIdFn: (message) => frameId(message.data),
    msgIdToStrFn: frameIdText,
    messageCache: new FrameCache(mayHave) as unknown as NonNullable<GossipsubOpts['messageCache']>,
    fallbackToFloodsub: false,
    floodPublish: true,
    // Encodes a frame once for all its recipients.
    batchPublish: true,
    emitSelf: false,
    allowPublishToZeroTopicPeers: true,
    ignoreDuplicatePublishError: true,
    runOnLimitedConnection: true,
    // Peer exchange would have strangers choose whom we dial.
    doPX: false,
    // Who is spared when connections are pruned is decided by `keep`.
    tagMeshPeers: false,
    maxInboundStreams: 4,
    maxOutboundStreams: 4,
    maxInboundDataLength: MAX_RPC_BYTES,
    maxOutboundBufferSize: MAX_OUTBOUND_BYTES,
    // Telling every neighbour that a frame need not be sent pays for long ones; a line's duplicates cost less than the telling.
    idontwantMinDataSize: LONG_FRAME_BYTES,
    // Half of the default: a frame does not wander for a minute, and a flood of distinct frames fills half the memory.
    seenTTL: 60_000,
    heartbeatInterval: heartbeatMs,
    maxTopicBytesPerPeer: MAX_ROOMS_PER_PEER * 2 * 1152,
    decodeRpcLimits: {
      // All subscriptions of a peer come in one RPC, and an RPC over a limit is dropped whole.
      maxSubscriptions: MAX_ROOMS_PER_PEER * 2,
      maxMessages: MAX_RPC_FRAMES,
      maxControlMessages: MAX_ROOMS_PER_PEER * 2,
      maxIhaveMessageIDs: 500,
      maxIwantMessageIDs: 500,
      maxIdontwantMessageIDs: 500,
      maxPeerInfos: 0
    },
    scoreParams: {
      topics: {},
      topicScoreCap: 10,
      appSpecificScore: () => 0,
      appSpecificWeight: 1,
      // With the default, 11 peers on one address lose their mesh; so do all that come through one relay.
      IPColocationFactorWeight: 0,
      // Grafting a little early or one promise broken by a lost connection is no misbehaviour.
      behaviourPenaltyWeight: -5,
      behaviourPenaltyThreshold: 6,
      behaviourPenaltyDecay: 0.9,
      decayInterval: 1000,
      decayToZero: 0.01,
      retainScore: 10 * 60_000
    },
    scoreThresholds: {
      gossipThreshold: -10,
      publishThreshold: -50,
      graylistThreshold: GRAYLIST_SCORE,
      acceptPXThreshold: 1000,
      opportunisticGraftThreshold: 0
    }
  }
}
