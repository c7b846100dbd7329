import { getNetConfig, isLoopback, isNetworkAddress, isPrivate } from '@libp2p/utils'
import type { Multiaddr } from '@multiformats/multiaddr'
import { inOwnNetwork } from '../dial-order.ts'
import { toldAddresses } from '../told-addresses.ts'
import { localInterfaces } from '../local-interfaces.ts'

/**
 * What of an mDNS answer is worth dialling. Peers announce their loopback addresses too, which on another machine lead to
 * whatever listens on that port there; they mean something only when the peer runs on this machine. Link-local IPv6 addresses
 * need a zone that only this machine could name. Whoever is on the LAN can announce anything: no names, no groups, and nobody who is elsewhere.
 */
export function lanAddresses(announced: readonly Multiaddr[]): string[] {
  const own = new Set(Object.values(localInterfaces()).flatMap((infos) => infos ?? [])
    .filter((info) => !info.internal).map((info) => info.address))
  const here = announced.some((address) => isNetworkAddress(address) && own.has(getNetConfig(address).host))
  const onlyLoopback = announced.every((address) => isLoopback(address))
  const near = announced.filter((address) => isLoopback(address) ? here || onlyLoopback : isPrivate(address) || inOwnNetwork(address))
  const nearest = [...near.filter(inOwnNetwork), ...near.filter((address) => !inOwnNetwork(address))]
  return toldAddresses(nearest, { near: 'host', wayTo: () => undefined }).map(String)
}
