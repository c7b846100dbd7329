/** What a server does for others beyond what every node does: it answers for the DHT, relays, and dials back. */
import type { ConnectionGater } from '@libp2p/interface'

export interface ServeInit {
  /** Whether this peer is refused: no connection, no relaying from or to it. Asked at every handshake; must be quick and not throw. */
  isDenied(peerId: string): boolean
  /** Multiaddrs under which the world reaches this server, when they are not what it listens on. Without /p2p/. */
  readonly announceAddresses?: readonly string[]
  /** Limits that are smaller, or for tests, than those of core/record/limits.ts. */
  readonly limits?: Partial<ServeLimits>
}

export interface ServeLimits {
  readonly maxConnections: number
  readonly maxReservations: number
  readonly maxReservationsPerHost: number
  /** What is relayed for one peer: at once, and on average. */
  readonly relayBurstBytes: number
  readonly relayBytesPerSecond: number
}

/** Refuses before the upgrade ends: a peer that is denied costs one handshake. */
export function denyingGater(isDenied: ServeInit['isDenied']): ConnectionGater {
  return {
    denyDialPeer: (peerId) => isDenied(peerId.toString()),
    denyInboundEncryptedConnection: (peerId) => isDenied(peerId.toString()),
    denyOutboundEncryptedConnection: (peerId) => isDenied(peerId.toString()),
    denyInboundRelayReservation: (source) => isDenied(source.toString()),
    denyOutboundRelayedConnection: (source, destination) => isDenied(source.toString()) || isDenied(destination.toString())
  }
}
