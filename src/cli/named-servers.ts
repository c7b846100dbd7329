/** The addresses of other servers, as an operator writes them: each says which server is meant. */
import { MAX_FEDERATED } from '../core/record/limits.ts'
import { accept, refuse } from '../core/refusal.ts'
import type { Outcome } from '../core/refusal.ts'
import { parseDialAddress } from '../network/addresses.ts'
import { NetworkError } from '../network/network-error.ts'
import type { ServerAddress } from '../server/alliance.ts'
import type { NamedServer } from '../server/federation.ts'
import { usage } from './failure.ts'

export function parseServerAddress(text: string, ownPeerId: string): Outcome<ServerAddress> {
  try {
    const address = parseDialAddress(text, ownPeerId).toString()
    const peerId = /\/p2p\/([^/]+)$/u.exec(address)?.[1]
    if (peerId === undefined) {
      const way = 'add /p2p/ and its PeerId, which it shows when it starts.'
      return refuse('bad-address', `${address} does not say which server is meant: ${way}`)
    }
    if (address.includes('/p2p-circuit/')) return refuse('bad-address', `${address} leads through a relay; a server is reached by itself.`)
    return accept({ peerId, address })
  } catch (error) {
    if (error instanceof NetworkError) return refuse(error.reason, error.message)
    throw error
  }
}

/** @throws Failure for an address that names no other server, and for too many. */
export function namedServers(addresses: readonly string[], ownPeerId: string): NamedServer[] {
  const servers = new Map<string, string[]>()
  for (const text of addresses) {
    const read = parseServerAddress(text, ownPeerId)
    if (!read.ok) throw usage(`--federate: ${read.message}`)
    const { peerId, address } = read.value
    servers.set(peerId, [...(servers.get(peerId) ?? []), address])
  }
  if (servers.size > MAX_FEDERATED) throw usage(`--federate names ${servers.size} servers; a server acts with ${MAX_FEDERATED} at most.`)
  return [...servers].map(([peerId, list]) => ({ peerId, addresses: list }))
}
