/**
 * Host names in addresses: looked up at each dial, so that a name that leads elsewhere is followed. libp2p would leave /dns4 and /dns6 to the socket,
 * which takes either kind of address, and its /dnsaddr fails over one record that it cannot read, keeps answers for a minute, and follows records that
 * name each other without a bound that helps. See docs/adr/0037.
 */
import type { MultiaddrResolver } from '@libp2p/interface'
import { multiaddr } from '@multiformats/multiaddr'
import type { Multiaddr } from '@multiformats/multiaddr'
import {
  MAX_ADDRESSES_PER_NAME, MAX_DNSADDR_ADDRESSES, MAX_DNSADDR_QUERIES, MAX_DNSADDR_RECORDS, MAX_DNSADDR_RECORD_CHARS
} from '../../core/record/limits.ts'
import { hostNameOf, isDialAddress, peerIdOf } from '../addresses.ts'
import { Lane } from './lane.ts'
import { nameProblem, SYSTEM_NAMES } from './system.ts'
import type { SystemNames } from './system.ts'

/** `no-address`: the name exists, and is of no use here. */
export type NameProblem = 'no-name' | 'no-resolver' | 'no-address'

/** So long a dial waits for a name: one name server that is dead, of two, takes 5 s. */
const LOOKUP_MS = 6_000
/** Lookups hold threads of which there are four, also when nobody waits any more: so many for names of the configuration, and for others. */
const CHOSEN_LOOKUPS = 2
const OTHER_LOOKUPS = 1
/** Names of which it is remembered what was wrong. */
const MAX_PROBLEMS = 64
const FAMILIES: Readonly<Record<string, 0 | 4 | 6>> = { dns: 0, dns4: 4, dns6: 6 }
const RECORD = /^dnsaddr=(?<address>\/\S+)$/u

interface HostNamesInit {
  /** This node's own, which is not dialled. */
  readonly selfId: string
  /** Addresses of the configuration. */
  readonly chosen: readonly Multiaddr[]
  /** A name of the configuration leads here. */
  onChosen(address: Multiaddr): void
  /** Uniform in [0, 1). */
  readonly random: () => number
}

export class HostNames implements MultiaddrResolver {
  readonly #init: HostNamesInit
  readonly #system: SystemNames
  readonly #chosen: ReadonlySet<string>
  readonly #lanes = { chosen: new Lane(CHOSEN_LOOKUPS), other: new Lane(OTHER_LOOKUPS) }
  readonly #problems = new Map<string, NameProblem>()

  constructor(init: HostNamesInit, system: SystemNames = SYSTEM_NAMES) {
    this.#init = init
    this.#system = system
    this.#chosen = new Set(init.chosen.flatMap((address) => hostNameOf(address)?.host ?? []))
  }

  /** An address through a relay is left as it is: the relay is mostly connected, and looked up when it is not. */
  canResolve(address: Multiaddr): boolean {
    return hostNameOf(address) !== undefined && !address.toString().includes('/p2p-circuit')
  }

  /** Never rejects, since libp2p would give up the other addresses of the peer as well: why there is none, {@link problemOf} says. */
  async resolve(address: Multiaddr, { signal }: { signal?: AbortSignal } = {}): Promise<Multiaddr[]> {
    const name = hostNameOf(address)
    if (name === undefined) return [address]
    const deadline = AbortSignal.any([AbortSignal.timeout(LOOKUP_MS), ...(signal === undefined ? [] : [signal])])
    const found = name.kind === 'dnsaddr'
      ? await this.#search(name.host, peerIdOf(address), deadline)
      : await this.#addresses(address, deadline)
    if (found.length > 0) this.#problems.delete(address.toString())
    if (this.#chosen.has(name.host)) for (const one of found) this.#init.onChosen(one)
    return found
  }

  /** Why the last lookup for this address led nowhere. */
  problemOf(address: string): NameProblem | undefined {
    return this.#problems.get(address)
  }

  async #addresses(address: Multiaddr, signal: AbortSignal): Promise<Multiaddr[]> {
    const { kind, host } = hostNameOf(address)!
    const lane = this.#chosen.has(host) ? this.#lanes.chosen : this.#lanes.other
    try {
      const found = await lane.run(`${kind} ${host}`, () => this.#system.addresses(host, FAMILIES[kind] ?? 0), signal)
      const rest = address.toString().slice(`/${kind}/${host}`.length)
      const mixed = alternate(this.#shuffled(found)).slice(0, MAX_ADDRESSES_PER_NAME)
      return mixed.map((one) => multiaddr(`/ip${one.family}/${one.address}${rest}`))
    } catch (error) {
      this.#remember(address, signal.aborted ? 'no-resolver' : nameProblem(error))
      return []
    }
  }

  /** All addresses that a /dnsaddr leads to, by way of others too; in an order by chance, so that many who use it are spread. */
  async #search(domain: string, peerId: string | undefined, signal: AbortSignal): Promise<Multiaddr[]> {
    const asked = new Map([[domain.toLowerCase(), this.#texts(domain, signal)]])
    const found = new Map<string, Multiaddr>()
    let problem: NameProblem = 'no-address'
    for (const [name, answer] of asked) {
      const texts = await answer.catch((error: unknown) => {
        if (name === domain.toLowerCase()) problem = signal.aborted ? 'no-resolver' : nameProblem(error)
        return []
      })
      for (const address of this.#usable(texts, peerId)) {
        const next = hostNameOf(address)
        if (next?.kind !== 'dnsaddr') found.set(address.toString(), address)
        // A map goes on over what is added meanwhile, and a name that was asked for is not again: circles end.
        else if (asked.size < MAX_DNSADDR_QUERIES && !asked.has(next.host.toLowerCase())) {
          asked.set(next.host.toLowerCase(), this.#texts(next.host, signal))
        }
      }
    }
    const named = this.#shuffled([...found.values()]).slice(0, MAX_DNSADDR_ADDRESSES)
    const addresses = (await Promise.all(named.map((address) => this.resolve(address, { signal })))).flat()
    if (addresses.length === 0) this.#remember(multiaddr(`/dnsaddr/${domain}${peerId === undefined ? '' : `/p2p/${peerId}`}`), problem)
    return addresses.slice(0, MAX_DNSADDR_ADDRESSES)
  }

  async #texts(domain: string, signal: AbortSignal): Promise<string[]> {
    const texts = await this.#system.texts(`_dnsaddr.${domain}`, signal)
    return this.#shuffled(texts).slice(0, MAX_DNSADDR_RECORDS)
  }

  /** What else there is, transports that this node does not speak and junk, is left out; and with a peer wanted, what leads to another. */
  #usable(texts: readonly string[], peerId: string | undefined): Multiaddr[] {
    return texts.flatMap((text) => {
      const address = text.length > MAX_DNSADDR_RECORD_CHARS ? undefined : RECORD.exec(text.trim())?.groups?.['address']
      if (address === undefined || !isDialAddress(address, this.#init.selfId)) return []
      const parsed = multiaddr(address)
      const named = peerIdOf(parsed)
      return peerId === undefined || named === undefined || named === peerId ? [parsed] : []
    })
  }

  #remember(address: Multiaddr, problem: NameProblem): void {
    const key = address.toString()
    this.#problems.delete(key)
    this.#problems.set(key, problem)
    for (const oldest of this.#problems.keys()) {
      if (this.#problems.size <= MAX_PROBLEMS) break
      this.#problems.delete(oldest)
    }
  }

  #shuffled<T>(list: readonly T[]): T[] {
    return list.map((item) => ({ item, at: this.#init.random() })).sort((left, right) => left.at - right.at).map(({ item }) => item)
  }
}

/** One of each kind in turn, as in RFC 8305: where one of the two leads nowhere, the other is tried next. */
function alternate<T extends { readonly family: number }>(list: readonly T[]): T[] {
  const kinds = [6, 4].map((family) => list.filter((one) => one.family === family))
  return list.flatMap((_, at) => kinds.flatMap((kind) => kind[at] ?? []))
}
