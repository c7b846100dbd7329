/**
 * Peers on the same link, by mDNS. The library's own event fires for every answer, which libp2p turns into one discovery per
 * peer and lifetime; here every answer counts, as a sign that the peer is there now.
 */
import { mdns } from '@libp2p/mdns'
import multicastDns from 'multicast-dns'
import type { MulticastDNSComponents } from '@libp2p/mdns'
import type { PeerDiscovery, PeerInfo } from '@libp2p/interface'
import { steadyMs } from '../steady-clock.ts'
import type { NetworkTiming } from '../timing.ts'
import { AnswerPace } from './answer-pace.ts'
import { MulticastFilter } from './multicast-filter.ts'
import { MDNS_GROUP, MDNS_PORT, multicastSocket } from './multicast-socket.ts'

/** Our own, so that we neither bother other libp2p programs on the LAN nor are bothered. */
const LABEL = '_p2pchat'
const SERVICE_TAG = `${LABEL}._udp.local`

export interface LanEvents {
  onPeer(info: PeerInfo): void
  /** The LAN cannot be searched; called once, and again when it could be meanwhile. `text` is a sentence for a person. */
  onNoMulticast(text: string): void
  readonly log: (text: string) => void
}

/** What the class behind the library's interface has: the socket, once it is started, and what it does with packets. */
interface MulticastService {
  start(): Promise<void>
  stop(): Promise<void>
  mdns?: multicastDns.MulticastDNS | undefined
  _queryInterval: NodeJS.Timeout | null
  _onMdnsQuery(query: multicastDns.QueryPacket): void
  _onMdnsResponse(response: multicastDns.ResponsePacket): void
}

/** What asks for us. */
const OUR_QUESTION = { type: 'query', questions: [{ name: SERVICE_TAG, type: 'PTR' }] } as multicastDns.QueryPacket

export class LanDiscovery {
  readonly #events: LanEvents
  readonly #timing: NetworkTiming
  #mdns: MulticastService | undefined
  readonly #filter = new MulticastFilter(LABEL, steadyMs())
  readonly #pace = new AnswerPace(() => this.#mdns?._onMdnsQuery(OUR_QUESTION), steadyMs)
  #missed: readonly string[] = []
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
    this.#mdns.start = async () => this.#start(this.#mdns!)
    return service
  }

  /** Interfaces on which others are not looked for, since the system allows no more, by name. */
  get missed(): readonly string[] {
    return this.#missed
  }

  /** As the library starts, with a socket of our own: its own joins the first twenty interfaces that the system names, and parses whatever comes. */
  #start(service: MulticastService): void {
    if (service.mdns !== undefined) return
    const socket = multicastSocket({
      admits: (packet, source) => this.#filter.admits(packet, source, steadyMs()),
      onMissed: (names) => {
        this.#missed = names
        this.#events.log(`multicast is not heard on ${names.length === 0 ? 'no interface any more' : names.join(' ')}`)
      }
    })
    const dns = multicastDns({ socket, multicast: false, port: MDNS_PORT, ip: MDNS_GROUP })
    dns.on('query', ({ questions }) => {
      if (questions?.some(({ name }) => name === SERVICE_TAG)) this.#pace.asked()
    })
    dns.on('response', (response) => service._onMdnsResponse(response))
    dns.on('warning', (warning) => this.#events.log(`multicast: ${warning.message}`))
    dns.on('error', (error) => this.#fail(error))
    service.mdns = dns
    service._queryInterval = setInterval(() => this.#query(), this.#timing.queryIntervalMs)
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
    this.#pace.stop()
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
