/**
 * The node's part in a distributed hash table. Rooms are found by provider records under the hash of their name. What is found are hints: peers to dial,
 * of whom each proves its PeerId and, by the records of the room, everything else. Nothing else is kept there: values are refused.
 */
import { randomBytes } from 'node:crypto'
import type { kadDHT, KadDHT, KadDHTComponents, QueryEvent, ValidateFn } from '@libp2p/kad-dht'
import type { PeerId, PeerInfo } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'
import { MAX_DHT_STREAMS, MAX_PROVIDED_KEYS, MAX_SEEKS } from '../../core/record/limits.ts'
import { steadyMs } from '../steady-clock.ts'
import { tellable } from './addresses.ts'
import { cidOf } from './cid.ts'
import { Hearsay } from './hearsay.ts'
import type { Asking, MayDial } from './hearsay.ts'
import { KEEPERS, ProvidedKeys } from './provided.ts'
import type { Message } from './provided.ts'
import { ProviderStore } from './provider-store.ts'
import { findProviders } from './search.ts'
import type { QueryingKad, Search } from './search.ts'

/** A record is renewed after three to five quarters of this: four times within the two hours that it is valid, or the two days that it is with IPFS. */
const RENEW_MS = 30 * 60_000
const PUBLIC_RENEW_MS = 12 * 3_600_000
/** One provide, and one search: a dozen queries to nodes some of which are gone. */
const QUERY_MS = 20_000
/** A search that met no node of the DHT yet counts as under way for so long after a connection came up. */
const HOPE_MS = 2_000
const PARALLEL = 4

export interface DhtInit {
  /** Before `/kad/1.0.0` in the name of the protocol: nodes with another one are another network. */
  readonly prefix: string
}

export interface DhtEvents {
  onFound(peer: PeerInfo): void
  /** Servers that the person chose and that are connected: they are told and asked in any case, however near to a key others place themselves. */
  chosen(): readonly PeerId[]
  readonly mayDial: MayDial
  readonly log: (text: string) => void
}

export interface DhtOptions extends DhtInit {
  /** Others' DHT: this node asks there, and stores for none of them. */
  readonly foreign: boolean
  /** This node answers, whatever is known of its reach. */
  readonly server: boolean
  readonly random: () => number
}

/** What the class behind the library's interface has. */
interface RoutedKad extends KadDHT, Asking, Pick<QueryingKad, 'queryManager'> {
  readonly network: Asking['network'] & QueryingKad['network'] & Telling
  readonly routingTable: { readonly size: number; addEventListener(type: 'peer:add', listener: (event: CustomEvent<PeerId>) => void): void }
}

interface Telling {
  sendMessage(to: PeerId, message: object, options: object): AsyncGenerator<QueryEvent>
}

export class Dht {
  readonly #init: DhtOptions
  readonly #events: DhtEvents
  readonly #provided: ProvidedKeys<PeerId>
  readonly #seeks = new Map<string, 'waiting' | 'running'>()
  #library: { readonly kadDHT: typeof kadDHT } | undefined
  #kad: RoutedKad | undefined
  /** Whether a peer is connected because it was asked something here. */
  isErrand: (peerId: string) => boolean = () => false
  #self: PeerId | undefined
  #addresses: () => readonly Multiaddr[] = () => []
  #stop = new AbortController()
  #busy = 0
  #timer: NodeJS.Timeout | undefined
  #connectedMs = Number.NEGATIVE_INFINITY

  constructor(init: DhtOptions, events: DhtEvents) {
    this.#init = init
    this.#events = events
    const { foreign, random } = init
    this.#provided = new ProvidedKeys({ renewMs: foreign ? PUBLIC_RENEW_MS : RENEW_MS, walkMs: QUERY_MS, random })
  }

  /** Loads the library, which costs memory that nodes without a DHT need not pay. To be awaited before {@link service} is used. */
  async load(): Promise<void> {
    this.#library = await import('@libp2p/kad-dht')
  }

  /** The service for libp2p. */
  readonly service = (components: KadDHTComponents): KadDHT => {
    const { random } = this.#init
    const hearsay = new Hearsay(components.connectionManager, this.#events.mayDial)
    const { connectionManager, registrar } = hearsay.parts(components.registrar)
    const store = new ProviderStore({ random, nowMs: steadyMs, hostOf: (peerId) => hearsay.hostOf(peerId) })
    const parts = { datastore: { value: store }, connectionManager: { value: connectionManager }, registrar: { value: registrar } }
    const kad = this.#library!.kadDHT({
      protocol: `${this.#init.prefix}/kad/1.0.0`,
      // Which it is follows from whether it can be dialled; see setServer.
      clientMode: !this.#init.server,
      peerInfoMapper: tellable,
      validators: { pk: refuseValue },
      // It is waited for a node of the DHT here, and not inside of every query.
      allowQueryWithZeroPeers: true,
      // Done here, for the keys of now.
      reprovide: { interval: 2 ** 31 - 1 },
      maxInboundStreams: MAX_DHT_STREAMS,
      maxOutboundStreams: MAX_DHT_STREAMS
      // The components are a proxy: what is looked up is theirs but for these.
    })(Object.create(components, parts) as KadDHTComponents) as unknown as RoutedKad
    hearsay.attach(kad)
    this.isErrand = (peerId) => hearsay.isErrand(peerId)
    kad.routingTable.addEventListener('peer:add', ({ detail }) => this.#onNode(detail))
    this.#kad = kad
    this.#self = components.peerId
    this.#addresses = () => components.addressManager.getAddresses()
    return kad
  }

  start(): void {
    this.#stop = new AbortController()
    this.#wake()
  }

  stop(): void {
    this.#stop.abort()
    clearTimeout(this.#timer)
  }

  get mode(): 'client' | 'server' {
    return this.#kad?.getMode() ?? 'client'
  }

  /** Nodes that answer. */
  get peers(): number {
    return this.#kad?.routingTable.size ?? 0
  }

  /** Who can be dialled by strangers answers them. */
  async setServer(server: boolean): Promise<void> {
    if (this.#init.server || this.#init.foreign || this.#stop.signal.aborted) return
    await this.#kad?.setMode(server ? 'server' : 'client')
  }

  provide(keys: readonly string[]): void {
    for (const key of this.#provided.replace(keys.slice(0, MAX_PROVIDED_KEYS), steadyMs())) {
      this.#kad?.cancelReprovide(cidOf(key)).catch((error: unknown) => this.#events.log(String(error)))
    }
    this.#wake()
  }

  /** Where this node is reached has changed, or the network: it is told anew, soon. */
  renew(): void {
    this.#provided.moved(steadyMs())
    this.#wake()
  }

  /** A node that was chosen is connected: it may have been started anew, and know nothing of what it was told. */
  arrived(node: PeerId): void {
    this.#provided.arrived(node, steadyMs())
    this.#wake()
  }

  seek(key: string): void {
    // Who never answers can make a walk last; those that were chosen are asked again all the same.
    if (this.#seeks.get(key) === 'running') void this.#work(this.#search(key, 'chosen'))
    if (this.#seeks.has(key) || this.#seeks.size >= MAX_SEEKS) return
    this.#seeks.set(key, 'waiting')
    this.#wake()
  }

  /** A connection came up: who it is may turn out to be a node of the DHT. */
  connected(): void {
    this.#connectedMs = steadyMs()
  }

  /** True while a search may still find somebody. */
  get searching(): boolean {
    if (this.#seeks.size === 0) return false
    return [...this.#seeks.values()].includes('running') || this.peers > 0 || steadyMs() - this.#connectedMs < HOPE_MS
  }

  /** Nodes near a place by chance, as they are heard of. */
  async * walk(signal: AbortSignal): AsyncGenerator<PeerInfo> {
    if (this.#kad === undefined || this.peers === 0) return
    const heard = new Set<string>()
    for await (const event of this.#kad.getClosestPeers(randomBytes(32), { signal: AbortSignal.any([signal, this.#deadline()]) })) {
      if (event.name !== 'PEER_RESPONSE') continue
      for (const peer of event.closer) {
        if (heard.has(peer.id.toString()) || peer.id.equals(this.#self!)) continue
        heard.add(peer.id.toString())
        yield peer
      }
    }
  }

  #onNode(node: PeerId): void {
    if (this.peers <= KEEPERS) this.#provided.arrived(node, steadyMs())
    this.#wake()
  }

  /** Does what is due, and looks again when the next thing is. */
  #wake(): void {
    if (this.#stop.signal.aborted) return
    clearTimeout(this.#timer)
    if (this.#kad === undefined || this.peers === 0) return
    for (const [key, state] of this.#seeks) {
      if (state === 'waiting' && this.#busy < PARALLEL) void this.#work(this.#find(key))
    }
    for (const key of this.#provided.walks(steadyMs(), PARALLEL - this.#busy)) void this.#work(this.#tell(key))
    const messages = this.#provided.messages(steadyMs())
    if (messages.length > 0) void this.#work(this.#tellDirectly(messages))
    const nextMs = this.#provided.nextMs(steadyMs())
    if (nextMs === Infinity) return
    this.#timer = setTimeout(() => this.#wake(), Math.max(nextMs - steadyMs(), 10))
    this.#timer.unref()
  }

  async #work(work: Promise<void>): Promise<void> {
    this.#busy++
    try {
      await work
    } catch (error) {
      if (!this.#stop.signal.aborted) this.#events.log(`the DHT: ${error instanceof Error ? error.message : String(error)}`)
    }
    this.#busy--
    this.#wake()
  }

  async #tell(key: string): Promise<void> {
    const told = new Map<string, PeerId>()
    try {
      const signal = this.#deadline()
      const chosen = this.#events.chosen().map((peer) => this.#tellOne(peer, key, signal))
      const places = [this.#kad!.provide(cidOf(key), { signal }), ...chosen]
      const outcomes = await Promise.allSettled(places.map(async (events) => {
        for await (const event of events) {
          if (event.name === 'PEER_RESPONSE' && event.messageName === 'ADD_PROVIDER') told.set(event.from.toString(), event.from)
        }
      }))
      for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason
    } finally {
      this.#provided.walked(key, [...told.values()], steadyMs())
    }
  }

  async #tellDirectly(messages: readonly Message<PeerId>[]): Promise<void> {
    const signal = this.#deadline()
    await Promise.allSettled(messages.map(async ({ node, keys }) => {
      for (const key of keys) {
        let isTold = false
        for await (const { name } of this.#tellOne(node, key, signal)) isTold ||= name === 'PEER_RESPONSE'
        if (!isTold) return
        this.#provided.told(key)
      }
    }))
    this.#provided.ended(steadyMs())
  }

  /** Without a walk. Chosen nodes are told so as well, since those nearest to the key may all be liars who keep nothing. */
  #tellOne(peer: PeerId, key: string, signal: AbortSignal): AsyncGenerator<QueryEvent> {
    const providers = [{ id: this.#self!.toMultihash().bytes, multiaddrs: this.#addresses().map(({ bytes }) => bytes) }]
    const message = { type: 'ADD_PROVIDER', key: cidOf(key).multihash.bytes, providers }
    return this.#kad!.network.sendMessage(peer, message, { signal, path: { index: -1, queued: 0, running: 0, total: 0 } })
  }

  async #find(key: string): Promise<void> {
    this.#seeks.set(key, 'running')
    try {
      await this.#search(key, 'all')
    } finally {
      this.#seeks.delete(key)
    }
  }

  async #search(key: string, whom: Search['whom']): Promise<void> {
    const chosen = this.#events.chosen()
    await findProviders(this.#kad!, { key: cidOf(key).multihash.bytes, whom, chosen, signal: this.#deadline() }, (peer) => {
      if (!peer.id.equals(this.#self!)) this.#events.onFound(peer)
    })
  }

  #deadline(): AbortSignal {
    return AbortSignal.any([this.#stop.signal, AbortSignal.timeout(QUERY_MS)])
  }
}

const refuseValue: ValidateFn = () => {
  throw new RangeError('this DHT keeps no values')
}
