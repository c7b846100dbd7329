/**
 * Asking the DHT who is found under a key. The library's own search ends with the first answers that name twenty, so that one liar ends it. This one asks
 * on until the nodes nearest to the key have answered, asks those that the person chose in any case, and takes few names of each of the others.
 */
import type { KadDHT, QueryEvent } from '@libp2p/kad-dht'
import type { PeerId, PeerInfo } from '@libp2p/interface'
import { MAX_FOUND_PROVIDERS, MAX_PROVIDERS_PER_ANSWER, MAX_PROVIDERS_PER_ANSWERER } from '../../core/record/limits.ts'

interface QueryOptions {
  readonly signal: AbortSignal
  readonly path?: unknown
}

/** What the class behind the library's interface has. */
export interface QueryingKad extends KadDHT {
  readonly network: { sendRequest(to: PeerId, message: object, options: QueryOptions): AsyncGenerator<QueryEvent> }
  readonly queryManager: {
    run(key: Uint8Array, ask: (step: Step) => AsyncGenerator<QueryEvent>, options: QueryOptions): AsyncGenerator<QueryEvent>
  }
}

interface Step extends Required<QueryOptions> {
  readonly peer: PeerInfo
}

export interface Search {
  /** The key, as the multihash that it is asked for by. */
  readonly key: Uint8Array
  /** `chosen`: these alone are asked, and none on the way to the key. */
  readonly whom: 'all' | 'chosen'
  /** Nodes that the person chose, and that answer for the DHT. */
  readonly chosen: readonly PeerId[]
  readonly signal: AbortSignal
}

/** What one node answered. */
interface Answer {
  readonly from: PeerId
  readonly providers: readonly PeerInfo[]
}

/** Peers that are said to be found under the key, each once, and by whom it was said. */
export async function findProviders(kad: QueryingKad, search: Search, onFound: (peer: PeerInfo, from: PeerId) => void): Promise<void> {
  const found = new Set<string>()
  const shares = new Map<string, number>()
  const trusted = new Set(search.chosen.map(String))
  const take = ({ from, providers }: Answer): void => {
    const isChosen = trusted.has(from.toString())
    const share = isChosen ? MAX_PROVIDERS_PER_ANSWER : MAX_PROVIDERS_PER_ANSWERER
    for (const peer of providers.slice(0, MAX_PROVIDERS_PER_ANSWER)) {
      const count = shares.get(from.toString()) ?? 0
      // What is left for the chosen ones nobody else uses up.
      const room = isChosen || search.chosen.length === 0 ? MAX_FOUND_PROVIDERS : MAX_FOUND_PROVIDERS - MAX_PROVIDERS_PER_ANSWER
      if (count >= share || found.size >= room || found.has(peer.id.toString())) continue
      shares.set(from.toString(), count + 1)
      found.add(peer.id.toString())
      onFound(peer, from)
    }
  }
  const request = { type: 'GET_PROVIDERS', key: search.key }
  const path = { index: -1, queued: 0, running: 0, total: 0 }
  const asked = search.chosen.map(async (peer) => each(kad.network.sendRequest(peer, request, { signal: search.signal, path }), take))
  const walk = (): AsyncGenerator<QueryEvent> =>
    kad.queryManager.run(search.key, (step) => kad.network.sendRequest(step.peer.id, request, step), { signal: search.signal })
  const outcomes = await Promise.allSettled(search.whom === 'all' ? [...asked, each(walk(), take)] : asked)
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason
}

async function each(events: AsyncGenerator<QueryEvent>, take: (answer: Answer) => void): Promise<void> {
  for await (const event of events) if (event.name === 'PEER_RESPONSE') take(event)
}
