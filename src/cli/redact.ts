/** What the doctor found, without what says who and where somebody is. */
import type { NodeReach } from '../engine/reach-view.ts'

/** The same facts, of which others may be told: counts, kinds and paths; peers by number. */
export function redact(facts: NodeReach): NodeReach {
  const names = new Map<string, string>([[facts.peerId, 'this-node']])
  const nameOf = (peerId: string): string => {
    const name = names.get(peerId) ?? `peer-${names.size}`
    names.set(peerId, name)
    return name
  }
  return {
    ...facts,
    peerId: nameOf(facts.peerId),
    listening: facts.listening.map(kindOf),
    announced: facts.announced.map(kindOf),
    bootstrap: facts.bootstrap.map((server) => ({ ...server, address: kindOf(server.address) })),
    named: facts.named.map((peer) => ({ ...peer, address: kindOf(peer.address) })),
    relays: facts.relays.map(nameOf),
    ...(facts.elsewhere === undefined ? {} : { elsewhere: { address: kindOf(facts.elsewhere.address) } }),
    mapped: facts.mapped.map(kindOf),
    peers: facts.peers.map(({ peerId, path, address, limited }) => {
      const peer = { peerId: nameOf(peerId), path, address: kindOf(address) }
      return limited === true ? { ...peer, limited } : peer
    })
  }
}

/** `[ip4 private]`, `[dns4]`, `[ip6 public, relayed]`: with the port, which says nothing about anybody. */
function kindOf(address: string): string {
  const [, protocol = 'unknown', host = ''] = address.split('/')
  const port = /\/tcp\/(\d+)/u.exec(address)?.[1]
  const known = ['ip4', 'ip6', 'dns', 'dns4', 'dns6', 'dnsaddr', 'memory'].includes(protocol) ? protocol : 'other'
  const range = protocol === 'ip4' || protocol === 'ip6' ? ` ${rangeOf(host)}` : ''
  const relayed = address.includes('/p2p-circuit') ? ', relayed' : ''
  return `[${known}${range}${port === undefined ? '' : ` port ${port}`}${relayed}]`
}

function rangeOf(host: string): string {
  if (/^127\.|^::1$/u.test(host)) return 'loopback'
  return /^(?:10\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|169\.254\.|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.|f[cd]|fe80)/iu.test(host) ? 'private' : 'public'
}
