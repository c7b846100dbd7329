/**
 * Between libp2p and gossipsub: it knows for every peer whether frames can reach it.
 *
 * gossipsub opens one outbound stream per peer, on the connection that it heard of first, and never again: when that
 * connection closes while another stays, when opening fails once, or when the stream is reset, the peer is silently cut
 * off from every room. Here the loss is seen and gossipsub is told of the peer anew, as its registrar would.
 */
import type { GossipSubComponents } from '@libp2p/gossipsub'
import type { Connection, PeerId, Stream, StreamHandler, Topology } from '@libp2p/interface'
import { relayPeerOf } from '../addresses.ts'
import { hostOf } from '../hosts.ts'
import { coalesceWrites } from './coalesce.ts'

/** A peer whose gossip stream is lost so often, without lasting in between, is disconnected: redialling starts afresh. */
const MAX_REOPENS = 4
const REOPEN_AFTER_MS = 100
/** Opening takes two round trips. gossipsub opens one after the other, so a peer that does not answer holds up all others. */
const OPENING_MS = 3000
const LASTED_MS = 30_000

export interface LinkEvents {
  /** Frames reach this peer from now on, or no more. */
  onLink(peerId: string, up: boolean): void
  /** A peer with which no gossip stream lasts. */
  onBroken(peerId: string, why: string): void
}

interface Link {
  readonly peerId: PeerId
  stream: Stream | undefined
  /** What frames come by, and since when. */
  inbound: { readonly stream: Stream; readonly connection: Connection; readonly sinceMs: number } | undefined
  reopens: number
  /** When the stream was opened, or lost, or opening it began. */
  sinceMs: number
}

type Registrar = GossipSubComponents['registrar']

export class GossipLinks {
  readonly #links = new Map<string, Link>()
  #topology: Topology | undefined
  readonly #events: LinkEvents
  #connections: (peerId: PeerId) => Connection[] = () => []
  #stopped = false

  constructor(events: LinkEvents) {
    this.#events = events
  }

  /** True when a frame written now goes to the peer. */
  up(peerId: string): boolean {
    const stream = this.#links.get(peerId)?.stream
    return stream !== undefined && usable(stream)
  }

  /** The relays by which a peer is connected; none when there is a way without one. */
  relaysTo(peerId: string): readonly string[] {
    const peer = this.#links.get(peerId)?.peerId
    const open = peer === undefined ? [] : this.#connections(peer).filter(({ status }) => status === 'open')
    const relays = open.map(({ remoteAddr }) => relayPeerOf(remoteAddr))
    return relays.includes(undefined) ? [] : [...new Set(relays as string[])]
  }

  /** The address at which a peer is connected, of IPv6 the /64; through a relay, the relay's. Undefined where that is not known. */
  hostOf(peerId: string): string | undefined {
    const peer = this.#links.get(peerId)?.peerId
    const [connection] = peer === undefined ? [] : this.#connections(peer)
    return connection === undefined ? undefined : hostOf(connection.remoteAddr)
  }

  /** All peers that speak the protocol. */
  peers(): string[] {
    return [...this.#links.keys()]
  }

  /** The streams that frames are written to, by peer. */
  *streams(): Generator<[string, Stream]> {
    for (const [id, link] of this.#links) {
      if (link.stream !== undefined) yield [id, link.stream]
    }
  }

  stop(): void {
    this.#stopped = true
    this.#links.clear()
  }

  /** Looks for peers that lost their stream without an event. Called once per heartbeat. */
  check(): void {
    const now = Date.now()
    for (const [id, link] of this.#links) {
      const { stream, sinceMs } = link
      if (stream === undefined) {
        if (now - sinceMs > 2 * OPENING_MS) this.#reopen(id, link)
      } else if (stream.status === 'open' && stream.writeStatus !== 'writable') {
        // gossipsub has closed it, which it does only when it cannot decode what the peer sends; and it reads no more.
        this.#events.onBroken(id, 'it broke the gossip protocol')
      } else if (!usable(stream)) this.#lost(id, link, undefined)
      else if (now - sinceMs > LASTED_MS) link.reopens = 0
    }
  }

  /** The components of gossipsub, with a registrar that lets its streams pass through here. */
  components(components: GossipSubComponents): GossipSubComponents {
    const { registrar, connectionManager } = components
    this.#connections = (peerId) => connectionManager.getConnections(peerId)
    const watched: Registrar = {
      getProtocols: () => registrar.getProtocols(),
      getHandler: (protocol) => registrar.getHandler(protocol),
      unhandle: (protocol, options) => registrar.unhandle(protocol, options),
      use: (protocol, middleware) => registrar.use(protocol, middleware),
      unuse: (protocol) => registrar.unuse(protocol),
      getMiddleware: (protocol) => registrar.getMiddleware(protocol),
      unregister: (id) => registrar.unregister(id),
      getTopologies: (protocol) => registrar.getTopologies(protocol),
      handle: (protocol, handler, options) => registrar.handle(protocol, this.#watchHandler(handler), options),
      register: (protocol, topology, options) => {
        this.#topology ??= this.#watchTopology(topology)
        return registrar.register(protocol, this.#topology, options)
      }
    }
    return {
      privateKey: components.privateKey,
      peerId: components.peerId,
      peerStore: components.peerStore,
      registrar: watched,
      connectionManager,
      logger: components.logger
    }
  }

  #watchHandler(handler: StreamHandler): StreamHandler {
    return (stream, connection) => {
      const link = this.#link(connection.remotePeer)
      if (isOfAnother(link, connection)) return passOver(stream, link.inbound!.stream)
      const inbound = { stream, connection, sinceMs: Date.now() }
      link.inbound = inbound
      stream.addEventListener('close', () => {
        if (link.inbound === inbound) link.inbound = undefined
      }, { once: true })
      return handler(stream, this.#watchConnection(connection))
    }
  }

  #watchTopology(topology: Topology): Topology {
    return {
      ...(topology.notifyOnLimitedConnection === undefined ? {} : { notifyOnLimitedConnection: topology.notifyOnLimitedConnection }),
      onConnect: (peerId, connection) => {
        this.#link(peerId)
        return topology.onConnect?.(peerId, this.#watchConnection(connection))
      },
      onDisconnect: (peerId) => {
        this.#forget(peerId.toString())
        return topology.onDisconnect?.(peerId)
      }
    }
  }

  /** A view of a connection on which the outbound stream that gossipsub opens becomes the peer's link. */
  #watchConnection(connection: Connection): Connection {
    const watched = Object.create(connection) as Connection
    watched.newStream = async (protocols, options) => {
      const signal = AbortSignal.timeout(OPENING_MS)
      const stream = await connection.newStream(protocols, { ...options, signal })
      coalesceWrites(stream)
      this.#opened(connection.remotePeer, stream)
      return stream
    }
    return watched
  }

  #link(peerId: PeerId): Link {
    const id = peerId.toString()
    let link = this.#links.get(id)
    if (link === undefined) {
      link = { peerId, stream: undefined, inbound: undefined, reopens: 0, sinceMs: Date.now() }
      this.#links.set(id, link)
    }
    return link
  }

  #opened(peerId: PeerId, stream: Stream): void {
    const id = peerId.toString()
    const link = this.#link(peerId)
    link.stream = stream
    link.sinceMs = Date.now()
    stream.addEventListener('close', (event) => {
      if (link.stream === stream) this.#lost(id, link, event.error)
    }, { once: true })
    // gossipsub attaches the stream when the promise of newStream resolves; only then can it be written.
    setImmediate(() => {
      if (link.stream === stream && this.up(id)) this.#events.onLink(id, true)
    })
  }

  #lost(id: string, link: Link, error: Error | undefined): void {
    if (this.#stopped) return
    link.stream = undefined
    link.sinceMs = Date.now()
    this.#events.onLink(id, false)
    if (error?.name === 'StreamBufferError') this.#events.onBroken(id, 'it does not read its gossip')
    else setTimeout(() => this.#reopen(id, link), REOPEN_AFTER_MS).unref()
  }

  #reopen(id: string, link: Link): void {
    if (this.#stopped || link.stream !== undefined || this.#links.get(id) !== link) return
    const connection = this.#connections(link.peerId).find((candidate) => candidate.status === 'open')
    if (connection === undefined) return
    link.reopens += 1
    link.sinceMs = Date.now()
    if (link.reopens > MAX_REOPENS) this.#events.onBroken(id, 'no gossip stream with it lasts')
    else void this.#topology?.onConnect?.(link.peerId, connection)
  }

  #forget(id: string): void {
    const link = this.#links.get(id)
    if (link === undefined) return
    this.#links.delete(id)
    if (link.stream !== undefined) this.#events.onLink(id, false)
  }
}

/**
 * A stream on a second connection while that of the first is young and lives is of another process with the same key (a copied home). gossipsub closes the
 * first then, its process opens another, and so on without end.
 */
function isOfAnother({ inbound }: Link, connection: Connection): boolean {
  if (inbound === undefined || inbound.connection === connection || inbound.connection.status !== 'open') return false
  return inbound.stream.status === 'open' && Date.now() - inbound.sinceMs < LASTED_MS
}

/** What it says comes by the members who hear it, and by reconciling. When the first stream has ended it is reset: it is opened anew then, and heard. */
function passOver(stream: Stream, first: Stream): void {
  const end = (): void => { stream.abort(new Error('opened beside another one, which has ended')) }
  stream.addEventListener('message', () => undefined)
  first.addEventListener('close', end, { once: true })
  stream.addEventListener('close', () => first.removeEventListener('close', end), { once: true })
}

function usable(stream: Stream): boolean {
  return stream.status === 'open' && stream.writeStatus === 'writable'
}
