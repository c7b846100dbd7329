/**
 * Which of the addresses that somebody tells of a peer are worth a dial. Who tells may lie: an address can be a victim's, a printer's in our own network,
 * or a name that only its teller's name server knows.
 */
import { BlockList, isIPv6 } from 'node:net'
import { getNetConfig, isLoopback, isNetworkAddress } from '@libp2p/utils'
import type { Multiaddr } from '@multiformats/multiaddr'
import { MAX_TOLD_ADDRESSES, MAX_TOLD_ADDRESSES_PER_HOST } from '../core/record/limits.ts'
import { pathOf } from './addresses.ts'

/** Nobody can be there: unspecified, multicast, broadcast, reserved; documentation networks are left for tests and laboratories. */
const NOBODY = new BlockList()
NOBODY.addSubnet('0.0.0.0', 8, 'ipv4')
NOBODY.addSubnet('224.0.0.0', 3, 'ipv4')
NOBODY.addAddress('::', 'ipv6')
NOBODY.addSubnet('ff00::', 8, 'ipv6')
// Needs a zone, which an address from elsewhere cannot name.
NOBODY.addSubnet('fe80::', 10, 'ipv6')

/** How near a teller is: what it says of this very host, or of private networks, counts only if it is there itself. */
export type Nearness = 'host' | 'lan' | 'far'

export function nearness(teller: Multiaddr | undefined): Nearness {
  if (teller === undefined || pathOf(teller) === 'relay') return 'far'
  if (isLoopback(teller)) return 'host'
  return pathOf(teller) === 'lan' ? 'lan' : 'far'
}

/**
 * The addresses by number, of hosts where somebody can be, as far as the teller can know of them; few of one host, and few in all. Through a relay that
 * this node is connected with one goes however it is written, since that asks nobody new.
 */
export function toldAddresses(addresses: readonly Multiaddr[], near: Nearness, isConnected: (peerId: string) => boolean): Multiaddr[] {
  const counts = new Map<string, number>()
  const usable: Multiaddr[] = []
  for (const address of addresses) {
    if (usable.length >= MAX_TOLD_ADDRESSES) break
    const relay = relayOf(address)
    const known = relay !== undefined && isConnected(relay)
    const host = known ? relay : hostOf(address)
    if (host === undefined || !(known || isThinkable(address, host, near))) continue
    const count = (counts.get(host) ?? 0) + 1
    counts.set(host, count)
    if (count <= MAX_TOLD_ADDRESSES_PER_HOST) usable.push(address)
  }
  return usable
}

/** The number at which an address begins: for one through a relay that of the relay. */
export function hostOf(address: Multiaddr): string | undefined {
  if (!isNetworkAddress(address)) return undefined
  const { host, type } = getNetConfig(address)
  return type === 'ip4' || type === 'ip6' ? host : undefined
}

function relayOf(address: Multiaddr): string | undefined {
  const components = address.getComponents()
  const circuit = components.findIndex(({ name }) => name === 'p2p-circuit')
  const relay = components[circuit - 1]
  return relay?.name === 'p2p' ? relay.value : undefined
}

function isThinkable(address: Multiaddr, host: string, near: Nearness): boolean {
  if (NOBODY.check(host, isIPv6(host) ? 'ipv6' : 'ipv4')) return false
  if (near === 'host') return true
  if (isLoopback(address)) return false
  return near === 'lan' || pathOf(address) !== 'lan'
}
