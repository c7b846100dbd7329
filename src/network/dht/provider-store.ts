/**
 * Who can be found under what, as the DHT wants to store it: in memory, by key and bounded three ways. The library keeps these in the node's datastore,
 * without a bound, reads all of them for an answer, and goes on providing what an earlier run provided. Whoever is found says so again within the hour,
 * so a restart forgets nothing for long.
 */
import { BaseDatastore } from 'datastore-core'
import { Key } from 'interface-datastore'
import type { KeyQuery, Pair, Query } from 'interface-datastore'
import {
  MAX_PROVIDED_KEYS, MAX_PROVIDER_RECORDS, MAX_PROVIDER_RECORDS_PER_HOST, MAX_PROVIDERS_PER_ANSWER, MAX_PROVIDERS_PER_KEY
} from '../../core/record/limits.ts'
import { inTurns, mostCrowded } from '../fair-turns.ts'
import { networksOf } from '../hosts.ts'

/** A record that was not renewed for so long is void; it is renewed four times within that. */
export const PROVIDER_VALID_MS = 2 * 3_600_000

interface Entry {
  readonly value: Uint8Array
  readonly putMs: number
  /** Where the peer was connected from when it said so. */
  readonly host: string
}

type Providers = ReadonlyMap<string, Entry>

export interface ProviderStoreInit {
  /** Uniform in [0, 1). */
  readonly random: () => number
  readonly nowMs: () => number
  /** Where a peer is connected from. */
  readonly hostOf: (peerId: string) => string
}

export class ProviderStore extends BaseDatastore {
  readonly #init: ProviderStoreInit
  /** By key, then by peer; in both the oldest first. */
  readonly #keys = new Map<string, Map<string, Entry>>()
  readonly #countOfPeer = new Map<string, number>()
  readonly #countOfHost = new Map<string, number>()
  #size = 0

  constructor(init: ProviderStoreInit) {
    super()
    this.#init = init
  }

  get size(): number {
    return this.#size
  }

  override put(key: Key, value: Uint8Array): Key {
    const [name, peer] = parse(key)
    if (peer === undefined) throw new RangeError('this node keeps no values for others')
    this.#remove(name, peer)
    // A peer that is in more rooms than it may be is found under the first.
    if ((this.#countOfPeer.get(peer) ?? 0) >= MAX_PROVIDED_KEYS) return key
    const host = this.#init.hostOf(peer)
    if ((this.#countOfHost.get(host) ?? 0) >= MAX_PROVIDER_RECORDS_PER_HOST) return key
    const peers = this.#keys.get(name) ?? new Map<string, Entry>()
    if (peers.size >= MAX_PROVIDERS_PER_KEY) this.#removeOldest(name, new Map(mostCrowded([...peers], pathOf)))
    if (this.#size >= MAX_PROVIDER_RECORDS) this.#removeAnyOldest()
    // Behind all others, as the newest.
    this.#keys.delete(name)
    this.#keys.set(name, peers)
    peers.set(peer, { value, putMs: this.#init.nowMs(), host })
    count(this.#countOfPeer, peer, 1)
    count(this.#countOfHost, host, 1)
    this.#size++
    return key
  }

  override get(key: Key): Uint8Array {
    const [name, peer = ''] = parse(key)
    const entry = this.#keys.get(name)?.get(peer)
    if (entry === undefined) throw Object.assign(new Error('not found'), { name: 'NotFoundError' })
    return entry.value
  }

  override has(key: Key): boolean {
    const [name, peer = ''] = parse(key)
    return this.#keys.get(name)?.has(peer) === true
  }

  override delete(key: Key): void {
    const [name, peer = ''] = parse(key)
    this.#remove(name, peer)
  }

  /** What the library asks for: the providers of one key, of which a random choice is given so that nobody crowds out the others. */
  override async * query({ prefix = '' }: Query): AsyncGenerator<Pair> {
    const [name] = parse(new Key(prefix))
    const peers = this.#keys.get(name)
    if (peers === undefined) return
    for (const [peer, { putMs }] of [...peers]) {
      if (this.#init.nowMs() - putMs <= PROVIDER_VALID_MS) break
      this.#remove(name, peer)
    }
    for (const [peer, { value }] of this.#choice(peers)) yield { key: new Key(`${prefix}/${peer}`), value }
  }

  /** Only the library's own reprovider asks for all; there is nothing for it to do. */
  override async * queryKeys(_query: KeyQuery): AsyncGenerator<Key> {
    return
  }

  /** At random, but of each network and each host in turn: a hundred sybils at one address, or in one network, are one of many. */
  #choice(peers: Providers): [string, Entry][] {
    return inTurns([...peers], pathOf, this.#init.random).slice(0, MAX_PROVIDERS_PER_ANSWER)
  }

  #removeOldest(name: string, peers: Providers): void {
    for (const peer of peers.keys()) return this.#remove(name, peer)
  }

  #removeAnyOldest(): void {
    for (const [name, peers] of this.#keys) return this.#removeOldest(name, peers)
  }

  #remove(name: string, peer: string): void {
    const peers = this.#keys.get(name)
    const entry = peers?.get(peer)
    if (peers === undefined || entry === undefined) return
    peers.delete(peer)
    if (peers.size === 0) this.#keys.delete(name)
    this.#size--
    count(this.#countOfPeer, peer, -1)
    count(this.#countOfHost, entry.host, -1)
  }
}

function pathOf([, { host }]: readonly [string, Entry]): readonly string[] {
  return networksOf(host)
}

function count(counts: Map<string, number>, name: string, more: number): void {
  const now = (counts.get(name) ?? 0) + more
  if (now === 0) counts.delete(name)
  else counts.set(name, now)
}

/** `/dht/provider/KEY/PEER`, or without the peer. Anything else belongs to what this node does not do. */
function parse(key: Key): [name: string, peer: string | undefined] {
  const [place, kind, name = '', peer] = key.list()
  return place === 'dht' && kind === 'provider' ? [name, peer] : ['', undefined]
}
