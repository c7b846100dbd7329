/** What a server does for others beyond what every node does: it answers for the DHT, relays, and dials back. */
import { circuitRelayServer } from '@libp2p/circuit-relay-v2'
import type { CircuitRelayServerComponents, CircuitRelayService } from '@libp2p/circuit-relay-v2'
import type { Connection, ConnectionGater, Libp2p, PeerId } from '@libp2p/interface'
import { MAX_RELAYED_PER_PEER, MAX_RESERVATIONS, MAX_RESERVATIONS_PER_HOST, MAX_SERVER_CONNECTIONS, RELAY_BURST_BYTES,
  RELAY_BYTES_PER_SECOND } from '../core/record/limits.ts'
import { RelayQuota } from './relay/quota.ts'

/** A place is renewed five minutes before its end; so long a dead one is kept. */
const RESERVATION_MS = 3_600_000

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

/** The limits of a server. */
export function limitsOf(serve: ServeInit): ServeLimits {
  return {
    maxConnections: MAX_SERVER_CONNECTIONS,
    maxReservations: MAX_RESERVATIONS,
    maxReservationsPerHost: MAX_RESERVATIONS_PER_HOST,
    relayBurstBytes: RELAY_BURST_BYTES,
    relayBytesPerSecond: RELAY_BYTES_PER_SECOND,
    ...serve.limits
  }
}

/** A server's part in relaying, with what it refuses. A peer that is denied is refused before the upgrade ends: it costs one handshake. */
export class RelayServer {
  readonly gater: ConnectionGater
  readonly #quota: RelayQuota
  readonly #limits: ServeLimits
  #relay: CircuitRelayService | undefined
  #libp2p: Libp2p | undefined

  constructor(serve: ServeInit) {
    this.#limits = limitsOf(serve)
    this.#quota = new RelayQuota(this.#limits)
    const isDenied = (peerId: PeerId): boolean => serve.isDenied(peerId.toString())
    this.gater = {
      denyDialPeer: isDenied,
      denyInboundEncryptedConnection: isDenied,
      denyOutboundEncryptedConnection: isDenied,
      denyInboundRelayReservation: (source) => isDenied(source) || this.#crowded(source),
      denyOutboundRelayedConnection: (source, destination) => isDenied(source) || isDenied(destination) ||
        this.#quota.exhausted(source.toString()) || this.#quota.exhausted(destination.toString())
    }
  }

  /** The service for libp2p. A relayed connection has no limit of its own, which would cut a chat; see {@link RelayQuota}. */
  readonly service = (components: CircuitRelayServerComponents): CircuitRelayService => {
    this.#relay = circuitRelayServer({
      maxInboundHopStreams: MAX_RELAYED_PER_PEER,
      maxOutboundStopStreams: MAX_RELAYED_PER_PEER,
      reservations: { applyDefaultLimit: false, maxReservations: this.#limits.maxReservations, reservationTtl: RESERVATION_MS }
    })(components)
    this.#quota.watch(this.#relay, (connection) => this.#newest(connection))
    return this.#relay
  }

  start(libp2p: Libp2p): void {
    this.#libp2p = libp2p
  }

  /** Places kept, and bytes carried since the start. */
  get use(): { readonly reservations: number; readonly carriedBytes: number } {
    return { reservations: this.#relay?.reservations.size ?? 0, carriedBytes: this.#quota.carriedBytes }
  }

  /** The library takes the oldest connection; who slept or moved has a newer one, and whoever was sent by the older would wait for its end. */
  #newest(connection: Connection): Connection {
    return (this.#libp2p?.getConnections(connection.remotePeer) ?? [])
      .filter(({ status, direct }) => status === 'open' && direct)
      .reduce((best, other) => (other.timeline.open > best.timeline.open ? other : best), connection)
  }

  #crowded(source: PeerId): boolean {
    const { libp2p, relay } = { libp2p: this.#libp2p, relay: this.#relay }
    return libp2p !== undefined && relay !== undefined && this.#quota.crowded(libp2p, source, relay.reservations.keys())
  }
}
