/**
 * What stands between the library and the network. Nodes that answers name are kept here, in memory and bounded, and not in the peer store, which is on the
 * disk and unbounded; they are dialled when a query comes to them and not before; and what a stream of the DHT carries is bounded.
 */
import type { KadDHTComponents, QueryEvent } from '@libp2p/kad-dht'
import type { Connection, PeerId, PeerInfo, Stream, StreamHandler } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'
import { Bucket } from '../../core/bucket.ts'
import {
  DHT_DIAL_BURST, DHT_DIALS_PER_S, MAX_CLOSER_PER_ANSWER, MAX_DHT_ANSWER_BYTES, MAX_DHT_HEARSAY, MAX_PROVIDERS_PER_ANSWER
} from '../../core/record/limits.ts'
import { hostOf } from '../hosts.ts'
import { steadyMs } from '../steady-clock.ts'
import { tellerOf, toldAddresses, withPeer } from '../told-addresses.ts'
import { AnswerBudget } from './answer-budget.ts'

type ConnectionManager = KadDHTComponents['connectionManager']
type Registrar = KadDHTComponents['registrar']

/** What of the library is reached into. */
export interface Asking {
  readonly network: {
    safeDispatchEvent(type: string, event: object): boolean
    sendRequest(to: PeerId, message: object, options: object): AsyncGenerator<QueryEvent>
  }
}

/** Whether there is room for one more connection beside those that are being made here, and the peer is not to be left alone for now. */
export type MayDial = (peerId: string, dialling: number) => boolean

export class Hearsay {
  readonly #manager: ConnectionManager
  /** By PeerId; the oldest first. */
  readonly #told = new Map<string, readonly Multiaddr[]>()
  readonly #budget: AnswerBudget
  /** Whom this dialled, and nobody else. */
  readonly #errands = new Set<string>()
  readonly #dials = new Bucket(DHT_DIAL_BURST, DHT_DIALS_PER_S, steadyMs())
  readonly #mayDial: MayDial
  #dialling = 0

  constructor(manager: ConnectionManager, mayDial: MayDial, nowMs: () => number = steadyMs) {
    this.#budget = new AnswerBudget(nowMs)
    this.#manager = manager
    this.#mayDial = mayDial
  }

  /** The connection manager and the registrar as the library is to see them. */
  parts(registrar: Registrar): { readonly connectionManager: ConnectionManager; readonly registrar: Registrar } {
    const manager = this.#manager
    // What is not named here is theirs; they keep their state in themselves.
    const connectionManager = delegate(manager, {
      openStream: (peer: PeerId, protocol: string, options: object) => this.#open(peer, protocol, options)
    })
    const handle = (protocol: string, handler: StreamHandler, options: object): Promise<void> =>
      registrar.handle(protocol, (stream, connection) => {
        this.#budget.guard(stream, connection)
        return handler(stream, connection)
      }, options)
    return { connectionManager, registrar: delegate(registrar, { handle }) }
  }

  /** From now on what answers name is cut to what is worth a dial, and kept here and in no other place. */
  attach({ network }: Asking): void {
    network.safeDispatchEvent = () => true
    const sendRequest = network.sendRequest.bind(network)
    network.sendRequest = async function * (this: Hearsay, to: PeerId, message: object, options: object): AsyncGenerator<QueryEvent> {
      for await (const event of sendRequest(to, message, options)) yield this.#cut(event)
    }.bind(this)
  }

  #cut(event: QueryEvent): QueryEvent {
    if (event.name !== 'PEER_RESPONSE') return event
    const teller = tellerOf(event.from.toString(), 'stranger', (peerId) => this.#connectionsOf(peerId))
    const worth = (peers: readonly PeerInfo[], most: number): PeerInfo[] => peers.slice(0, most).flatMap((peer) => {
      const multiaddrs = toldAddresses(peer.multiaddrs.flatMap((address) => withPeer(address, peer.id.toString()) ?? []), teller)
      return multiaddrs.length === 0 ? [] : [{ ...peer, multiaddrs }]
    })
    const closer = worth(event.closer, MAX_CLOSER_PER_ANSWER)
    for (const peer of closer) this.#note(peer)
    return { ...event, closer, providers: worth(event.providers, MAX_PROVIDERS_PER_ANSWER) }
  }

  #note({ id, multiaddrs }: PeerInfo): void {
    const name = id.toString()
    this.#told.delete(name)
    this.#told.set(name, multiaddrs)
    for (const oldest of this.#told.keys()) {
      if (this.#told.size <= MAX_DHT_HEARSAY) break
      this.#told.delete(oldest)
    }
  }

  async #open(peer: PeerId, protocol: string, options: object): Promise<Stream> {
    const stream = this.#isConnected(peer.toString())
      ? await this.#manager.openStream(peer, protocol, options)
      : await this.#dial(peer, protocol, options)
    let bytes = 0
    onBytes(stream, (more) => {
      bytes += more
      if (bytes > MAX_DHT_ANSWER_BYTES) stream.abort(new Error('an answer longer than any honest one'))
    })
    return stream
  }

  /** Whether a peer is connected because it was asked something, and for no other reason. */
  isErrand(peerId: string): boolean {
    return this.#errands.has(peerId)
  }

  async #dial(peer: PeerId, protocol: string, options: object): Promise<Stream> {
    const name = peer.toString()
    if (!this.#mayDial(name, this.#dialling)) throw new Error('there is no room, or it was let go of before')
    for (const other of this.#errands) if (!this.#isConnected(other)) this.#errands.delete(other)
    this.#dialling++
    try {
      const stream = await this.#manager.openStream(this.#whereTo(peer), protocol, options)
      this.#errands.add(name)
      return stream
    } finally {
      this.#dialling--
    }
  }

  #whereTo(peer: PeerId): PeerId | Multiaddr[] {
    if (!this.#dials.take(1, steadyMs())) throw new Error('the DHT names more nodes than are dialled')
    return this.#told.get(peer.toString())?.slice() ?? peer
  }

  /** Where a peer is connected from; empty if it is not, or through a relay. */
  hostOf(peerId: string): string {
    const connection = this.#connectionsOf(peerId).find(({ direct }) => direct)
    return connection === undefined ? '' : hostOf(connection.remoteAddr) ?? ''
  }

  #isConnected(peerId: string): boolean {
    return this.#connectionsOf(peerId).some(({ status }) => status === 'open')
  }

  #connectionsOf(peerId: string): Connection[] {
    return this.#manager.getConnections().filter(({ remotePeer }) => remotePeer.toString() === peerId)
  }
}

function onBytes(stream: Stream, count: (bytes: number) => void): void {
  stream.addEventListener('message', ({ data }) => count(data.byteLength))
}

/** Another view of a part: its methods but for some. They run on the part itself, where its state is. */
function delegate<T extends object>(part: T, instead: Partial<Record<keyof T, unknown>>): T {
  return new Proxy(part, {
    get(target, name) {
      const own: unknown = name in instead ? instead[name as keyof T] : Reflect.get(target, name, target)
      return typeof own === 'function' ? (own as (...args: unknown[]) => unknown).bind(target) : own
    }
  })
}
