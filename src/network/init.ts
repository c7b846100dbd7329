/** What a network is made from. */
import type { Datastore } from 'interface-datastore'
import type { DhtInit } from './dht/dht.ts'
import type { ServeInit } from './serve.ts'
import type { NetworkTiming } from './timing.ts'

export const DEFAULT_LISTEN: readonly string[] = ['/ip4/0.0.0.0/tcp/0', '/ip6/::/tcp/0']

export type NetworkLog = (level: 'debug' | 'info' | 'warn' | 'error', text: string) => void

export interface NetworkInit {
  /** 32 bytes, from which the node key and so the peer id follow. */
  readonly nodeSeed: Uint8Array
  /** Multiaddrs to listen on. */
  readonly listen?: readonly string[]
  /** Multiaddrs that are dialled, and redialled for ever. */
  readonly peers?: readonly string[]
  /** Servers that the person chose: dialled like peers, host names resolved anew each time. May be /dns4, /dns6, /dnsaddr. */
  readonly bootstrap?: readonly string[]
  /** Whether to look for peers on the LAN. */
  readonly mdns?: boolean
  /** The DHT of p2pchat nodes, by which rooms are found over the internet; none by default. */
  readonly dht?: false | DhtInit
  /** The public DHT of IPFS beside it, or one that speaks like it. */
  readonly publicDht?: DhtInit
  /** Whether to ask the router to open a port. */
  readonly upnp?: boolean
  /** This node serves others; then it is no client of relays. */
  readonly serve?: ServeInit
  /** Where libp2p remembers peers; in memory if absent. */
  readonly datastore?: Datastore
  readonly agentVersion?: string
  readonly logger?: NetworkLog
  readonly timing?: Partial<NetworkTiming>
}
