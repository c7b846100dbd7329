/** Being reached from the internet, and reaching: the DHT, relays, and what is known of the router in between. One for each run of the node. */
import type { Libp2p, PeerId, PeerInfo } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'
import { multiaddr } from '@multiformats/multiaddr'
import { MAX_FEDERATED } from '../core/record/limits.ts'
import type { DialProblem, NamedAddress, Nat, ReachReport } from '../engine/ports.ts'
import { peerIdOf } from './addresses.ts'
import { Dht } from './dht/dht.ts'
import type { MayDial } from './dht/hearsay.ts'
import type { NetworkInit } from './init.ts'
import { NatVerdict } from './nat.ts'
import { PortMapping } from './port-mapping.ts'
import { RelayPlaces } from './relay/places.ts'
import { RelaySearch } from './relay/search.ts'
import { DirectUpgrade } from './relay/upgrade.ts'
import { RelayServer } from './serve.ts'

/** How often it is looked at whether this node can be dialled, and so whether it answers for the DHT. */
const VERDICT_MS = 10_000

/** When there are too many connections, those to chosen servers are the last to go: libp2p takes no more than 100. */
const SERVER_TAG = 'p2pchat-server'
const SERVER_VALUE = 100

export interface ReachEvents {
  /** Somebody who may be looked for is found at these addresses. */
  onFound(peerId: string, addresses: readonly string[]): void
  /** Who is connected at an address of the configuration. */
  peerAt(address: string): string | undefined
  /** For the DHT. */
  readonly mayDial: MayDial
  readonly log: (text: string) => void
}

/** Whether whoever is at a configured address is connected. */
type IsConnected = (address: string, peerId: string | undefined) => boolean
type ProblemOf = (address: string) => DialProblem | undefined

export class Reach {
  readonly dhts: readonly Dht[]
  readonly nat = new NatVerdict()
  readonly places: RelayPlaces
  readonly #mapping: PortMapping
  readonly server: RelayServer | undefined
  readonly #init: NetworkInit
  readonly #events: ReachEvents
  #libp2p: Libp2p | undefined
  #upgrade: DirectUpgrade | undefined
  readonly #search: RelaySearch | undefined
  #timer: NodeJS.Timeout | undefined

  constructor(init: NetworkInit, events: ReachEvents, random: () => number) {
    this.#init = init
    this.#events = events
    this.places = new RelayPlaces(random, events.log)
    this.#mapping = new PortMapping(events.log)
    this.server = init.serve === undefined ? undefined : new RelayServer(init.serve)
    const own = init.dht === undefined || init.dht === false ? [] : [init.dht]
    const open = init.publicDht === undefined ? [] : [init.publicDht]
    const { mayDial, log } = events
    const dhtEvents = { onFound: (peer: PeerInfo) => this.#onFound(peer), chosen: () => this.#chosenPeers(), mayDial, log }
    const serves = init.serve !== undefined
    this.dhts = [
      ...own.map((dht) => new Dht({ ...dht, server: serves, foreign: false, random }, dhtEvents)),
      ...open.map((dht) => new Dht({ ...dht, server: false, foreign: true, random }, dhtEvents))
    ]
    const foreign = this.dhts.at(own.length)
    if (foreign === undefined || serves) return
    this.#search = new RelaySearch({ walk: (signal) => foreign.walk(signal), random, log: events.log }, this.places)
  }

  /** Strangers are asked for a place when none of the servers that the person chose keeps one. */
  #seekRelays(libp2p: Libp2p): void {
    if (this.verdict() !== 'private' || this.places.relays().some((relay) => this.#chosen(relay))) return
    this.#search?.check(libp2p).catch((error: unknown) => this.#events.log(String(error)))
  }

  /** Before the node starts, so that no early connection is missed. */
  attach(libp2p: Libp2p): void {
    this.#libp2p = libp2p
    this.server?.start(libp2p)
    this.#upgrade = new DirectUpgrade(libp2p, this.#events.log)
    libp2p.addEventListener('connection:open', () => {
      for (const dht of this.dhts) dht.connected()
    })
    // By now it is known who is at an address that names nobody.
    libp2p.addEventListener('peer:identify', ({ detail: { peerId, observedAddr } }) => {
      if (this.#chosen(peerId.toString())) {
        const tags = { [SERVER_TAG]: { value: SERVER_VALUE } }
        libp2p.peerStore.merge(peerId, { tags }).catch((error: unknown) => this.#events.log(String(error)))
        for (const dht of this.dhts) dht.arrived(peerId)
        if (observedAddr !== undefined) this.nat.observed(libp2p, observedAddr)
      }
      if (this.#wantsPlace(libp2p)) void this.places.check()
    })
  }

  /** The node listens. */
  start(): void {
    const libp2p = this.#libp2p
    if (libp2p === undefined) return
    if (this.server !== undefined) this.nat.trust()
    else this.places.start(libp2p)
    if (this.#init.upnp === true && this.nat.components !== undefined) this.#mapping.start(this.nat.components)
    for (const dht of this.dhts) dht.start()
    this.#search?.start()
    this.#timer = setInterval(() => this.#judge(), VERDICT_MS)
    this.#timer.unref()
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer)
    this.places.stop()
    this.#upgrade?.stop()
    this.#search?.stop()
    for (const dht of this.dhts) dht.stop()
    await this.#mapping.stop()
  }

  /** This node is reached elsewhere now. */
  addressesChanged(): void {
    for (const dht of this.dhts) dht.renew()
  }

  /** The machine is in another network, or was asleep. */
  networkChanged(): void {
    this.nat.forget()
    this.#search?.again()
    if (this.server === undefined) this.places.again()
    for (const dht of this.dhts) dht.renew()
  }

  provide(keys: readonly string[]): void {
    for (const dht of this.dhts) dht.provide(keys)
  }

  seek(key: string): void {
    for (const dht of this.dhts) dht.seek(key)
  }

  get searching(): boolean {
    return this.dhts.some((dht) => dht.searching)
  }

  /** Whether a peer is connected because the DHT asked it something. */
  isErrand(peerId: string): boolean {
    return this.dhts.some((dht) => dht.isErrand(peerId))
  }

  verdict(): Nat {
    return this.#libp2p === undefined ? 'unknown' : this.nat.verdict(this.#libp2p)
  }

  report(mdns: ReachReport['mdns'], uptimeMs: number, isConnected: IsConnected, problemOf: ProblemOf): ReachReport {
    const libp2p = this.#libp2p
    const announced = (libp2p?.getMultiaddrs() ?? []).map(String)
    const stateOf = (address: string): NamedAddress => {
      const [connected, problem] = [isConnected(address, peerOf(address)), problemOf(address)]
      return { address, connected, ...(connected || problem === undefined ? {} : { problem }) }
    }
    return {
      uptimeMs,
      nat: this.verdict(),
      listening: announced.filter((address) => !address.includes('/p2p-circuit')),
      announced,
      mdns,
      bootstrap: (this.#init.bootstrap ?? []).map(stateOf),
      named: (this.#init.peers ?? []).map(stateOf),
      dht: {
        mode: this.dhts.length === 0 ? 'off' : this.dhts.some(({ mode }) => mode === 'server') ? 'server' : 'client',
        peers: this.dhts.reduce((sum, { peers }) => sum + peers, 0)
      },
      relays: this.places.relays(),
      strangeRelays: this.places.strangers(),
      mapped: this.nat.mapped(),
      holePunching: this.#upgrade?.counts ?? { succeeded: 0, failed: 0 }
    }
  }

  #judge(): void {
    if (this.#libp2p !== undefined && this.server === undefined) this.nat.ask(this.#libp2p, this.#events.log)
    if (this.#libp2p !== undefined) this.#seekRelays(this.#libp2p)
    const server = this.verdict() === 'public'
    for (const dht of this.dhts) {
      dht.setServer(server).catch((error: unknown) => this.#events.log(String(error)))
    }
  }

  #wantsPlace(libp2p: Libp2p): boolean {
    return this.server === undefined && this.nat.verdict(libp2p) !== 'public'
  }

  #onFound({ id, multiaddrs }: PeerInfo): void {
    this.#events.onFound(id.toString(), multiaddrs.map((address: Multiaddr) => address.toString()))
  }

  /** Chosen servers that are connected, also those of whom the person did not say who is there. */
  #chosenPeers(): PeerId[] {
    const connected = (this.#libp2p?.getConnections() ?? []).map(({ remotePeer }) => [remotePeer.toString(), remotePeer] as const)
    return [...new Map(connected.filter(([peerId]) => this.#chosen(peerId))).values()].slice(0, MAX_FEDERATED)
  }

  /** Whether the person chose this server. */
  #chosen(peerId: string): boolean {
    return (this.#init.bootstrap ?? []).some((address) => (peerOf(address) ?? this.#events.peerAt(address)) === peerId)
  }
}

function peerOf(address: string): string | undefined {
  return peerIdOf(multiaddr(address))
}
