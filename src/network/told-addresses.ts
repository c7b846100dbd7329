/**
 * Which of the addresses that somebody tells of a peer are worth a dial: the only judge of that, for the DHT, the LAN, introductions and servers alike. Who
 * tells may lie: an address can be a victim's, a printer's in our own network, or a name that only its teller's name server knows.
 */
import { BlockList, isIPv6 } from 'node:net'
import { isLoopback } from '@libp2p/utils'
import { multiaddr } from '@multiformats/multiaddr'
import type { Multiaddr } from '@multiformats/multiaddr'
import type { Connection } from '@libp2p/interface'
import { MAX_TOLD_ADDRESSES, MAX_TOLD_ADDRESSES_PER_HOST, MAX_TOLD_NAMES } from '../core/record/limits.ts'
import { hostNameOf, isDialAddress, pathOf, peerIdOf } from './addresses.ts'
import { hostOf, numberOf } from './hosts.ts'

/** Nobody can be there: unspecified, multicast, broadcast, reserved; documentation networks are left for tests and laboratories. */
const NOBODY = new BlockList()
NOBODY.addSubnet('0.0.0.0', 8, 'ipv4')
NOBODY.addSubnet('224.0.0.0', 3, 'ipv4')
NOBODY.addSubnet('ff00::', 8, 'ipv6')
// Needs a zone, which an address from elsewhere cannot name.
NOBODY.addSubnet('fe80::', 10, 'ipv6')

/** How near a teller is: what it says of this very host, or of private networks, counts only if it is there itself. */
export type Nearness = 'host' | 'lan' | 'far'

export interface Teller {
  readonly near: Nearness
  /** Where this node is connected with a relay; undefined if it is not. */
  readonly wayTo: (peerId: string) => Multiaddr | undefined
  /** Host names that may be among what it tells; each makes us ask a name server of somebody else's choice. */
  readonly names?: number
}

export function nearness(teller: Multiaddr | undefined): Nearness {
  if (teller === undefined || pathOf(teller) === 'relay') return 'far'
  if (isLoopback(teller)) return 'host'
  return pathOf(teller) === 'lan' ? 'lan' : 'far'
}

/** Connections, as they are asked for here. */
export type Connected = (peerId: string) => readonly Pick<Connection, 'remoteAddr' | 'direct' | 'direction' | 'status'>[]

/**
 * Who tells, by its connections. `stranger`: of private networks only what it sees itself. `friend`: somebody in a room of ours, or a server that was
 * chosen, introduces people to each other who may be in one home. `memory`: what this node was told by the peer itself when they met, and wrote down.
 */
export function tellerOf(peerId: string | undefined, kind: 'stranger' | 'friend' | 'memory', connected: Connected): Teller {
  const wayTo = (relay: string): Multiaddr | undefined => {
    const direct = connected(relay).filter((connection) => connection.direct && connection.status === 'open')
    return (direct.find(({ direction }) => direction === 'outbound') ?? direct[0])?.remoteAddr
  }
  // A relay that goes by a name has two addresses at most.
  if (kind === 'memory') return { near: 'host', wayTo, names: MAX_TOLD_NAMES }
  const near = nearness(peerId === undefined ? undefined : connected(peerId)[0]?.remoteAddr)
  return { near: kind === 'friend' && near === 'far' ? 'lan' : near, wayTo }
}

/**
 * Addresses that this node can dial, by number, of hosts where somebody can be, as far as the teller can know of them; few of one host, and few in all.
 * Through a relay that this node is connected with, the way is the one on which it is, however it was told, since that asks nobody new.
 */
export function toldAddresses(addresses: readonly Multiaddr[], teller: Teller): Multiaddr[] {
  const counts = new Map<string, number>()
  const usable = new Map<string, Multiaddr>()
  for (const told of addresses) {
    if (usable.size >= MAX_TOLD_ADDRESSES) break
    const address = throughKnown(told, teller) ?? told
    const place = isDialAddress(address.toString()) ? placeOf(address, address !== told, teller) : undefined
    if (place === undefined || usable.has(address.toString())) continue
    const count = (counts.get(place.host) ?? 0) + 1
    counts.set(place.host, count)
    if (count <= place.most) usable.set(address.toString(), address)
  }
  return [...usable.values()]
}

/** The same of what is said in text of one peer, which each address must name. */
export function toldOf(peerId: string, addresses: readonly string[], teller: Teller): string[] {
  const ofPeer = addresses.filter((text) => text.endsWith(`/p2p/${peerId}`) && isDialAddress(text))
  return toldAddresses(ofPeer.map((text) => multiaddr(text)), teller).map(String)
}

/** The address with the peer that is to be there; undefined if it names another. */
export function withPeer(address: Multiaddr, peerId: string): Multiaddr | undefined {
  const last = address.getComponents().at(-1)
  if (last?.name === 'p2p') return last.value === peerId ? address : undefined
  return address.encapsulate(`/p2p/${peerId}`)
}

/** An address through a relay that this node is connected with, over the way on which it is. */
function throughKnown(address: Multiaddr, { wayTo }: Teller): Multiaddr | undefined {
  const components = address.getComponents()
  const circuit = components.findIndex(({ name }) => name === 'p2p-circuit')
  const relay = components[circuit - 1]
  const way = relay?.name === 'p2p' && relay.value !== undefined ? wayTo(relay.value) : undefined
  if (way === undefined) return undefined
  const named = peerIdOf(way) === undefined ? way.encapsulate(`/p2p/${relay?.value}`) : way
  return named.encapsulate(multiaddr(components.slice(circuit)))
}

/** What an address is counted under, and of how many. */
interface Place {
  readonly host: string
  readonly most: number
}

/** Undefined if it is not worth a dial. */
function placeOf(address: Multiaddr, isKnown: boolean, { near, names = 0 }: Teller): Place | undefined {
  const name = hostNameOf(address)
  if (name !== undefined) return names === 0 || name.kind === 'dnsaddr' ? undefined : { host: 'names', most: names }
  const host = hostOf(address)
  if (host === undefined || !(isKnown || isThinkable(address, near))) return undefined
  return { host, most: MAX_TOLD_ADDRESSES_PER_HOST }
}

function isThinkable(address: Multiaddr, near: Nearness): boolean {
  const number = numberOf(address) ?? ''
  // Under ::/16 there is nobody but this host, and IPv4 written so that it looks like something else.
  if (NOBODY.check(number, isIPv6(number) ? 'ipv6' : 'ipv4') || (number.startsWith('::') && number !== '::1')) return false
  if (near === 'host') return true
  if (isLoopback(address)) return false
  return near === 'lan' || pathOf(address) !== 'lan'
}
