/**
 * Peers on the same link, by mDNS. The library's own event fires for every answer, which libp2p turns into one discovery per
 * peer and lifetime; here every answer counts, as a sign that the peer is there now.
 */
import { mdns } from '@libp2p/mdns'
import type { MulticastDNSComponents } from '@libp2p/mdns'
import type { PeerDiscovery, PeerInfo } from '@libp2p/interface'
import type { NetworkTiming } from '../timing.ts'

/** Our own, so that we neither bother other libp2p programs on the LAN nor are bothered. */
const SERVICE_TAG = '_p2pchat._udp.local'

export interface LanEvents {
  onPeer(info: PeerInfo): void
  /** The LAN cannot be searched; called once, and again when it could be meanwhile. `text` is a sentence for a person. */
  onNoMulticast(text: string): void
  readonly log: (text: string) => void
}

/** What the class behind the library's interface has: the socket, once it is started. */
interface MulticastService {
  start(): Promise<void>
  stop(): Promise<void>
  readonly mdns?: {
    on(event: 'error', listener: (error: Error) => void): void
    query(query: { questions: { name: string; type: 'PTR' }[] }, sent: (error: Error | null | undefined) => void): void
  }
}

export class LanDiscovery {
  readonly #events: LanEvents
  readonly #timing: NetworkTiming
  #mdns: MulticastService | undefined
  #timers: NodeJS.Timeout[] = []
  #retry: NodeJS.Timeout | undefined
  /** The LAN will not answer, as was told. */
  #failed = false
  #ended = false

  constructor(events: LanEvents, timing: NetworkTiming) {
    this.#events = events
    this.#timing = timing
  }

  /** The peer discovery for libp2p. */
  readonly service = (components: MulticastDNSComponents): PeerDiscovery => {
    const service = mdns({ serviceTag: SERVICE_TAG, interval: this.#timing.queryIntervalMs })(components)
    service.addEventListener('peer', (event) => this.#events.onPeer(event.detail))
    this.#mdns = service as PeerDiscovery & MulticastService
    return service
  }

  /** True while the LAN will not answer. */
  get failed(): boolean {
    return this.#failed
  }

  /**
   * Asks the LAN, soon and often. `first`: the node listens now; the first query of the library went out before it had addresses to answer with.
   * `anew`: the machine has other addresses. Its socket joined the group where it was then, and hears nothing on an interface that came back.
   */
  async begin(how: 'first' | 'again' | 'anew'): Promise<void> {
    if (how === 'anew') {
      await this.#mdns?.stop()
      if (this.#stopped()) return
      await this.#mdns?.start()
    }
    if (how !== 'again') this.#mdns?.mdns?.on('error', (error: Error) => this.#fail(error))
    for (const timer of this.#timers) clearTimeout(timer)
    this.#query()
    this.#timers = this.#timing.firstQueriesMs.map((delayMs) => setTimeout(() => this.#query(), delayMs))
    for (const timer of this.#timers) timer.unref()
  }

  #query(): void {
    this.#events.log('the LAN is asked who is there')
    this.#mdns?.mdns?.query({ questions: [{ name: SERVICE_TAG, type: 'PTR' }] }, (error) => {
      if (error) this.#fail(error)
      else this.#failed = false
    })
  }

  stop(): void {
    for (const timer of this.#timers) clearTimeout(timer)
    clearTimeout(this.#retry)
    this.#timers = []
    this.#ended = true
  }

  /** A call and not the field, which changes while something is awaited. */
  #stopped(): boolean {
    return this.#ended
  }

  #fail(error: Error): void {
    if (this.#ended) return
    // A route may come without an address.
    clearTimeout(this.#retry)
    this.#retry = setTimeout(() => this.#query(), this.#timing.queryIntervalMs).unref()
    if (this.#failed) return
    this.#failed = true
    this.#events.onNoMulticast(sentence(error))
  }
}

function sentence(error: Error): string {
  const code = 'code' in error ? String(error.code) : error.message
  switch (code) {
    case 'ENETUNREACH':
    case 'EADDRNOTAVAIL':
    case 'EHOSTUNREACH':
    case 'ENODEV':
      return 'Peers on this LAN cannot be found: there is no route for multicast (224.0.0.0/4). ' +
        'Connect to a network, add such a route, or name a peer with --peer.'
    case 'EADDRINUSE':
      return 'Peers on this LAN cannot be found: another program holds UDP port 5353 for itself. Name a peer with --peer.'
    case 'EACCES':
    case 'EPERM':
      return 'Peers on this LAN cannot be found: a firewall forbids multicast DNS (UDP port 5353). Name a peer with --peer.'
    default:
      return `Peers on this LAN cannot be found: multicast DNS failed with ${code}. Name a peer with --peer.`
  }
}
