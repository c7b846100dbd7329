import type { PeerInfo } from '@libp2p/interface'
import { isLoopback, isPrivate } from '@libp2p/utils'
import type { Multiaddr } from '@multiformats/multiaddr'

/** Addresses of one peer that are told; a relayed node has one for each address of each relay. */
const MAX_TOLD_ADDRESSES = 16

/**
 * What the DHT tells of where a peer is. The numbers of somebody's home network are of use to who is in it, and to nobody else: they are told only of
 * peers that have nothing better, as in a company's network with a server of its own. Two in one home who know each other through the internet only
 * exchange theirs when they meet.
 */
export function tellable(peer: PeerInfo): PeerInfo {
  return { ...peer, multiaddrs: widest(peer.multiaddrs).slice(0, MAX_TOLD_ADDRESSES) }
}

function widest(addresses: readonly Multiaddr[]): Multiaddr[] {
  const outside = addresses.filter((address) => !isPrivate(address))
  if (outside.length > 0) return outside
  const lan = addresses.filter((address) => !isLoopback(address))
  return lan.length > 0 ? lan : [...addresses]
}
