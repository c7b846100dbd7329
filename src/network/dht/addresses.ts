import type { PeerInfo } from '@libp2p/interface'
import { isLoopback, isPrivate } from '@libp2p/utils'
import type { Multiaddr } from '@multiformats/multiaddr'
import { MAX_DHT_TOLD_BYTES } from '../../core/record/limits.ts'


/** Addresses of one peer that are told. */
const MAX_TOLD = 16

/**
 * What the DHT tells of where a peer is. The numbers of somebody's home network are of use to who is in it, and to nobody else: they are told only of
 * peers that have nothing better, as in a company's network with a server of its own. Two in one home who know each other through the internet only
 * exchange theirs when they meet.
 */
export function tellable(peer: PeerInfo): PeerInfo {
  return { ...peer, multiaddrs: fitting(widest(peer.multiaddrs)) }
}

/** As many as one peer may take up of an answer, so that no liar makes it longer than who asks will read. */
function fitting(addresses: readonly Multiaddr[]): Multiaddr[] {
  let left = MAX_DHT_TOLD_BYTES
  return addresses.slice(0, MAX_TOLD).filter(({ bytes }) => {
    if (bytes.length > left) return false
    left -= bytes.length
    return true
  })
}

function widest(addresses: readonly Multiaddr[]): Multiaddr[] {
  const outside = addresses.filter((address) => !isPrivate(address))
  if (outside.length > 0) return outside
  const lan = addresses.filter((address) => !isLoopback(address))
  return lan.length > 0 ? lan : [...addresses]
}
