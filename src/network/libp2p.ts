/** The only place where a libp2p node is made, with every setting that was found to matter and the reason for it. */
import { createPrivateKey, createPublicKey } from 'node:crypto'
import { privateKeyFromRaw } from '@libp2p/crypto/keys'
import { FaultTolerance } from '@libp2p/interface'
import type { ComponentLogger, ConnectionGater, Libp2p, Logger, MultiaddrResolver, PeerDiscovery, PrivateKey } from '@libp2p/interface'
import { dcutr } from '@libp2p/dcutr'
import type { GossipSub, GossipSubComponents } from '@libp2p/gossipsub'
import { identify } from '@libp2p/identify'
import type { MulticastDNSComponents } from '@libp2p/mdns'
import { ping } from '@libp2p/ping'
import { tcp } from '@libp2p/tcp'
import type { Multiaddr } from '@multiformats/multiaddr'
import type { Datastore } from 'interface-datastore'
import { createLibp2p } from 'libp2p'
import { MAX_CLIENT_CONNECTIONS, MAX_STREAMS_PER_CONNECTION } from '../core/record/limits.ts'
import { connectingWithin } from './connect-timeout.ts'
import type { DialBudget } from './dial-budget.ts'
import { sortForDialling } from './dial-order.ts'
import type { Reach } from './reach.ts'
import { RELAY_LISTEN } from './relay/places.ts'
import { limitsOf } from './serve.ts'
import type { ServeInit } from './serve.ts'
import type { NetworkTiming } from './timing.ts'
import { INBOUND_UPGRADE_MS } from './transport/inbound-gate.ts'
import type { InboundGate } from './transport/inbound-gate.ts'
import { guardedYamux } from './transport/muxer-guard.ts'
import { guardedNoise } from './transport/noise-guard.ts'
import { noiseInOneWrite } from './transport/one-write.ts'

/** By default a peer's addresses are forgotten an hour after they were heard, even while it is connected. */
const REMEMBER_MS = 30 * 24 * 3600 * 1000
const KIB = 1024

export interface NodeInit {
  readonly privateKey: PrivateKey
  /** Multiaddrs that were checked. */
  readonly listen: readonly string[]
  readonly agentVersion: string
  readonly datastore: Datastore | undefined
  readonly timing: NetworkTiming
  readonly gossip: (components: GossipSubComponents) => GossipSub
  readonly lan: ((components: MulticastDNSComponents) => PeerDiscovery) | undefined
  readonly reach: Reach
  readonly names: MultiaddrResolver
  readonly serve: ServeInit | undefined
  readonly dialBudget: DialBudget
  /** Whether a peer is not to be dialled now, whoever wants it. */
  readonly isLeftAlone: (peerId: string) => boolean
  /** Whether a connection from this address is refused before it costs a handshake. */
  readonly refuses: (address: Multiaddr) => boolean
  readonly gate: InboundGate
}

/** The ASN.1 around an Ed25519 seed (RFC 8410). */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex')

/** The node key from its 32-byte seed. libp2p's own function for this is asynchronous, and the peer id is wanted at once. */
export function nodeKey(seed: Uint8Array): PrivateKey {
  if (seed.byteLength !== 32) throw new RangeError(`a node seed has 32 bytes, not ${seed.byteLength}`)
  const key = createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, seed]), format: 'der', type: 'pkcs8' })
  const spki = createPublicKey(key).export({ format: 'der', type: 'spki' })
  return privateKeyFromRaw(Buffer.concat([seed, spki.subarray(-32)]))
}

/** A node that is not started yet: listeners are added first, so that no early event is missed. */
export async function createNode(init: NodeInit): Promise<Libp2p> {
  const { timing, serve, reach } = init
  await Promise.all(reach.dhts.map((dht) => dht.load()))
  const [dht, publicDht] = reach.dhts
  const announce = serve?.announceAddresses ?? []
  // Who serves others is reached by itself; who listens nowhere does not want to be reached.
  const relayed = serve !== undefined || init.listen.length === 0 ? [] : RELAY_LISTEN
  return createLibp2p({
    start: false,
    privateKey: init.privateKey,
    ...(init.datastore === undefined ? {} : { datastore: init.datastore }),
    // libp2p writes thousands of debug lines a second, and formats them before it knows that nobody reads them.
    ...(process.env['DEBUG'] === undefined ? { logger: silence } : {}),
    nodeInfo: { userAgent: init.agentVersion },
    addresses: { listen: [...init.listen, ...relayed], announce: [...announce] },
    transports: [
      (components) => init.dialBudget.bound(connectingWithin(tcp()(components), timing.connectTimeoutMs)),
      reach.places.transport
    ],
    transportManager: { faultTolerance: FaultTolerance.FATAL_ALL },
    connectionEncrypters: [guardedNoise(noiseInOneWrite())],
    streamMuxers: [guardedYamux({
      maxInboundStreams: MAX_STREAMS_PER_CONNECTION,
      maxOutboundStreams: MAX_STREAMS_PER_CONNECTION,
      // Who dials has the connection before we have it, and opens streams at once.
      maxEarlyStreams: MAX_STREAMS_PER_CONNECTION,
      // One ping at the start, by which it knows the time to the peer; liveness.ts pings from then on.
      keepAliveInterval: 2 ** 31 - 1,
      // Both are unlimited or 4 MiB by default; streams that need more say so themselves.
      streamOptions: { maxReadBufferLength: 1024 * KIB, maxWriteBufferLength: 1024 * KIB }
    })],
    connectionManager: {
      maxConnections: serve === undefined ? MAX_CLIENT_CONNECTIONS : limitsOf(serve).maxConnections,
      // The gate bounds both, by host.
      inboundConnectionThreshold: Infinity,
      maxIncomingPendingConnections: Infinity,
      // Those of the redial loop, and those of four searches of the DHT, which else would wait for each other at addresses where nobody answers.
      maxParallelDials: 48,
      dialTimeout: timing.dialTimeoutMs,
      addressDialTimeout: timing.addressDialTimeoutMs,
      inboundUpgradeTimeout: INBOUND_UPGRADE_MS,
      inboundStreamProtocolNegotiationTimeout: timing.negotiateTimeoutMs,
      outboundStreamProtocolNegotiationTimeout: timing.negotiateTimeoutMs,
      addressSorter: sortForDialling(),
      // Instead of libp2p's own.
      resolvers: { names: init.names },
      // The redial loop does this, and does not give up.
      reconnectRetries: 0
    },
    peerStore: { maxAddressAge: REMEMBER_MS, maxPeerAge: REMEMBER_MS },
    // Closes a connection at the first ping that is lost; liveness.ts takes its place.
    connectionMonitor: { enabled: false },
    peerDiscovery: init.lan === undefined ? [] : [init.lan],
    connectionGater: gaterOf(init),
    services: {
      identify: identify({ timeout: timing.negotiateTimeoutMs }),
      ping: ping(),
      pubsub: init.gossip,
      autonat: reach.nat.autonat,
      nat: reach.nat.service,
      dcutr: dcutr(),
      ...(dht === undefined ? {} : { dht: dht.service }),
      ...(publicDht === undefined ? {} : { publicDht: publicDht.service }),
      ...(reach.server === undefined ? {} : { relay: reach.server.service })
    }
  })
}

/** A server refuses also those who come; every node leaves alone whoever does not want it. */
function gaterOf({ reach, isLeftAlone, refuses, gate }: NodeInit): ConnectionGater {
  const gater: ConnectionGater = reach.server?.gater ?? {}
  return {
    ...gater,
    denyDialPeer: async (peerId) => isLeftAlone(peerId.toString()) || await gater.denyDialPeer?.(peerId) === true,
    denyInboundConnection: async (connection) => refuses(connection.remoteAddr) || gate.refuses(connection),
    denyInboundUpgradedConnection: (_peerId, connection) => {
      gate.upgraded(connection)
      return false
    }
  }
}

const quiet = Object.assign(() => undefined, {
  trace: () => undefined,
  error: () => undefined,
  enabled: false,
  newScope: (): Logger => quiet
}) as unknown as Logger

const silence: ComponentLogger = { forComponent: () => quiet }
