/** Where an address is: its number, whose it is, and the networks around it. */
import { isIPv6 } from 'node:net'
import { getNetConfig, isNetworkAddress } from '@libp2p/utils'
import type { Multiaddr } from '@multiformats/multiaddr'

/** The number at which an address begins, which for one through a relay is that of the relay; undefined for a name. */
export function numberOf(address: Multiaddr): string | undefined {
  if (!isNetworkAddress(address)) return undefined
  const { host, type } = getNetConfig(address)
  return type === 'ip4' || type === 'ip6' ? host : undefined
}

/** Whose it is, which is what bounds count: a number, but a customer of IPv6 has a network of their own, the first half of the address. */
export function hostOf(address: Multiaddr): string | undefined {
  const number = numberOf(address)
  return number !== undefined && isIPv6(number) ? groupsOf(number).slice(0, 4).join(':') : number
}

/** A host and the networks around it, the widest first: what a provider of the net has, what one of its customers may have, and the host itself. */
export function networksOf(host: string): readonly string[] {
  const parts = host.split(/[.:]/u)
  // /16, /24 and /32 of IPv4; /32, /48 and /64 of IPv6.
  return [2, 3, 4].map((count) => parts.slice(0, count).join('.'))
}

/** The eight groups of an IPv6 address, in the shortest form of each. */
function groupsOf(host: string): string[] {
  const [head = '', tail] = host.split('::')
  const groups = head === '' ? [] : head.split(':')
  const rest = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = tail === undefined ? [] : Array<string>(Math.max(0, 8 - groups.length - rest.length)).fill('0')
  return [...groups, ...zeros, ...rest].map((group) => group.replace(/^0+(?=.)/u, ''))
}
