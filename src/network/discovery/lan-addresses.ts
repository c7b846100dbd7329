import { networkInterfaces } from 'node:os'
import { getNetConfig, isLinkLocal, isLoopback, isNetworkAddress } from '@libp2p/utils'
import type { Multiaddr } from '@multiformats/multiaddr'

/**
 * What of an mDNS answer is worth dialling. Peers announce their loopback addresses too, which on another machine lead to
 * whatever listens on that port there; they mean something only when the peer runs on this machine. Link-local IPv6 addresses
 * need a zone that only this machine could name.
 */
export function lanAddresses(announced: readonly Multiaddr[]): string[] {
  const own = new Set(Object.values(networkInterfaces()).flatMap((infos) => infos ?? [])
    .filter((info) => !info.internal).map((info) => info.address))
  const here = announced.some((address) => isNetworkAddress(address) && own.has(getNetConfig(address).host))
  const onlyLoopback = announced.every((address) => isLoopback(address))
  return announced
    .filter((address) => !isLinkLocal(address) && (!isLoopback(address) || here || onlyLoopback))
    .map((address) => address.toString())
}
