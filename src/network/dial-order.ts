import { BlockList } from 'node:net'
import type { Address } from '@libp2p/interface'
import { isLoopback, isPrivate, isNetworkAddress, getNetConfig } from '@libp2p/utils'
import type { Multiaddr } from '@multiformats/multiaddr'
import { pathOf } from './addresses.ts'
import { steadyMs } from './steady-clock.ts'
import { localInterfaces } from './local-interfaces.ts'

/**
 * The order in which the addresses of one peer are tried, one after the other: those in a network of this machine, then
 * public ones, then relayed ones, then private networks elsewhere, then loopback. By default libp2p tries public ones first, and
 * an answer of a machine with virtual networks costs seconds per address that leads nowhere.
 */
export function sortForDialling(): (a: Address, b: Address) => -1 | 0 | 1 {
  return (a, b) => {
    const nets = localNetworks()
    const difference = rank(a, nets) - rank(b, nets)
    return difference < 0 ? -1 : difference > 0 ? 1 : 0
  }
}

interface LocalNetworks {
  readonly nets: BlockList
  readonly own: ReadonlySet<string>
}

const FRESH_MS = 1000
let cached: { readonly atMs: number; readonly networks: LocalNetworks } | undefined

/** Sorting asks for every pair; the interfaces do not change meanwhile. */
function localNetworks(): LocalNetworks {
  const now = steadyMs()
  if (cached === undefined || now - cached.atMs > FRESH_MS) cached = { atMs: now, networks: readNetworks() }
  return cached.networks
}

function readNetworks(): LocalNetworks {
  const nets = new BlockList()
  const own = new Set<string>()
  for (const info of Object.values(localInterfaces()).flat()) {
    if (info === undefined || info.internal) continue
    own.add(info.address)
    const prefix = Number(info.cidr?.split('/')[1])
    // fe80:: needs a zone, which an address from elsewhere cannot name.
    if (Number.isInteger(prefix) && !info.address.startsWith('fe80')) {
      nets.addSubnet(info.address, prefix, info.family === 'IPv6' ? 'ipv6' : 'ipv4')
    }
  }
  return { nets, own }
}

/** Whether an address has the numbers of this machine or of a network that it is in; so have those of many a home elsewhere. */
export function inOwnNetwork(address: Multiaddr): boolean {
  const place = rank({ multiaddr: address }, localNetworks())
  return place === OWN_NETWORK || place === OWN_ADDRESS
}

const OWN_NETWORK = 0
const OWN_ADDRESS = 4

function rank({ multiaddr }: Pick<Address, 'multiaddr'>, local: LocalNetworks): number {
  if (pathOf(multiaddr) === 'relay') return 2
  if (isLoopback(multiaddr)) return 5
  if (!isNetworkAddress(multiaddr)) return 6
  const { host, type } = getNetConfig(multiaddr)
  if (type !== 'ip4' && type !== 'ip6') return 1
  // Our own address: the peer runs on this machine, or has a virtual network of the same numbers.
  if (local.own.has(host)) return OWN_ADDRESS
  if (local.nets.check(host, type === 'ip6' ? 'ipv6' : 'ipv4')) return OWN_NETWORK
  return isPrivate(multiaddr) ? 3 : 1
}
