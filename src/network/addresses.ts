/** Multiaddrs: reading what people typed, and saying what an address means. */
import { isLinkLocal, isLoopback, isPrivate } from '@libp2p/utils'
import { peerIdFromString } from '@libp2p/peer-id'
import { multiaddr } from '@multiformats/multiaddr'
import type { Multiaddr } from '@multiformats/multiaddr'
import type { Path } from '../engine/ports.ts'
import { NetworkError } from './network-error.ts'

const EXAMPLE = '/ip4/192.0.2.1/tcp/4001'
const HOSTS = new Set(['ip4', 'ip6', 'dns', 'dns4', 'dns6'])
const NAMES = ['dns', 'dns4', 'dns6', 'dnsaddr'] as const
/** The end of an address through a relay. */
const CIRCUIT = /\/p2p-circuit(?:\/p2p\/[^/]+)?$/u
/** Longer than any address that makes sense; keeps a pasted novel out of error messages. */
const MAX_ADDRESS_CHARS = 512

/**
 * A multiaddr that this node can dial: TCP to an IP address or a host name, with or without /p2p/PEERID; one that leads there through a relay; or
 * a /dnsaddr, under which such are found.
 */
export function parseDialAddress(text: string, selfPeerId: string): Multiaddr {
  const whole = parse(text.trim())
  const address = relayOf(whole) ?? whole
  if (!isDnsAddr(address)) checkTcp(address, text, 'dialled')
  const nobody = nobodyAt(address)
  if (nobody !== undefined) throw new NetworkError('bad-address', `${text} cannot be dialled: ${nobody}`)
  if (portOf(address) === 0) {
    throw new NetworkError('bad-address', `${text} cannot be dialled: port 0 stands for "any" and is only for listening.`)
  }
  const wrong = whole.getComponents().find(({ name, value }) => name === 'p2p' && !isPeerId(value ?? ''))
  if (wrong !== undefined) throw new NetworkError('bad-address', `${text} cannot be dialled: "${wrong.value ?? ''}" is no PeerId.`)
  if (peerIdOf(whole) === selfPeerId) {
    throw new NetworkError('self', `${text} is this node itself.`)
  }
  return whole
}

/** The address of the relay in one that leads through it: both peers must be named. */
function relayOf(address: Multiaddr): Multiaddr | undefined {
  const text = address.toString()
  const end = CIRCUIT.exec(text)
  if (end === null || !end[0].includes('/p2p/')) return undefined
  const relay = multiaddr(text.slice(0, end.index))
  return peerIdOf(relay) === undefined ? undefined : relay
}

function isDnsAddr(address: Multiaddr): boolean {
  const [host, peer, ...rest] = address.getComponents()
  return host?.name === 'dnsaddr' && (peer === undefined || peer.name === 'p2p') && rest.length === 0
}

/** The host name with which an address begins, and what it is to be looked up as. */
export function hostNameOf(address: Multiaddr): { readonly kind: 'dns' | 'dns4' | 'dns6' | 'dnsaddr'; readonly host: string } | undefined {
  const [first] = address.getComponents()
  const kind = NAMES.find((name) => name === first?.name)
  return kind === undefined || first?.value === undefined ? undefined : { kind, host: first.value }
}

/** Whether {@link parseDialAddress} takes it. */
export function isDialAddress(text: string, selfPeerId = ''): boolean {
  try {
    parseDialAddress(text, selfPeerId)
    return true
  } catch {
    return false
  }
}

/** A multiaddr that this node can listen on. */
export function parseListenAddress(text: string): Multiaddr {
  const address = parse(text.trim())
  checkTcp(address, text, 'listened on')
  if (peerIdOf(address) !== undefined) {
    throw new NetworkError('bad-address', `${text} cannot be listened on: leave out its /p2p/ part.`)
  }
  return address
}

function parse(text: string): Multiaddr {
  try {
    if (text.startsWith('/') && text.length <= MAX_ADDRESS_CHARS) return multiaddr(text)
  } catch (error) {
    throw malformed(text, error)
  }
  throw malformed(text, undefined)
}

function malformed(text: string, cause: unknown): NetworkError {
  const shown = text.length > 80 ? `${text.slice(0, 80)}…` : text
  return new NetworkError('bad-address', `"${shown}" is not a multiaddr: it should look like ${EXAMPLE}.`, { cause })
}

function checkTcp(address: Multiaddr, text: string, use: string): void {
  const [host, transport, peer, ...rest] = address.getComponents().filter((component) => component.name !== 'ip6zone')
  const known = host !== undefined && HOSTS.has(host.name) && transport?.name === 'tcp' &&
    (peer === undefined || peer.name === 'p2p') && rest.length === 0
  if (known) return
  throw new NetworkError('unsupported-address', `${text} cannot be ${use}: this node speaks TCP only, as in ${EXAMPLE}.`)
}

/** Why nobody can be at this address, whatever node it is dialled from; the end of a sentence. */
function nobodyAt(address: Multiaddr): string | undefined {
  const components = address.getComponents()
  const host = components.find(({ name }) => name === 'ip4' || name === 'ip6')?.value ?? ''
  const first = firstOctet(host)
  if (first === 0 || host === '::') return `${host} stands for every address of a machine, and is only for listening.`
  if (first >= 224 || /^ff/iu.test(host)) return `${host} is no address of one machine.`
  const hasZone = components.some(({ name }) => name === 'ip6zone')
  if (/^fe[89ab]/iu.test(host) && !hasZone) return `${host} needs the interface that leads there: put /ip6zone/ and its name in front.`
  return undefined
}

/** Of an IPv4 address, also of one that is written as an IPv6 address; NaN of any other. */
function firstOctet(host: string): number {
  const [, high] = /^::ffff:([\da-f]{1,4}):[\da-f]{1,4}$/iu.exec(host) ?? []
  if (high !== undefined) return Number.parseInt(high, 16) >>> 8
  return Number(/^(?:::ffff:)?(\d+)\.[\d.]+$/iu.exec(host)?.[1] ?? NaN)
}

function portOf(address: Multiaddr): number {
  return Number(address.getComponents().find((component) => component.name === 'tcp')?.value)
}

/** The peer that an address leads to, if it says so. */
export function peerIdOf(address: Multiaddr): string | undefined {
  return address.getComponents().findLast((component) => component.name === 'p2p')?.value
}

export function isPeerId(text: string): boolean {
  try {
    peerIdFromString(text)
    return true
  } catch {
    return false
  }
}

/** How a connection with this remote address runs. */
export function pathOf(remote: Multiaddr): Path {
  if (remote.getComponents().some((component) => component.name === 'p2p-circuit')) return 'relay'
  return isPrivate(remote) || isLoopback(remote) || isLinkLocal(remote) ? 'lan' : 'direct'
}

/** The PeerId of the relay that carries a connection with this remote address. */
export function relayPeerOf(remote: Multiaddr): string | undefined {
  const parts = remote.getComponents()
  const at = parts.findIndex(({ name }) => name === 'p2p-circuit')
  return at === -1 ? undefined : parts.slice(0, at).findLast(({ name }) => name === 'p2p')?.value
}

const PATH_RANK: Record<Path, number> = { lan: 0, direct: 1, relay: 2 }

/** Sorts the better path first. */
export function comparePaths(a: Path, b: Path): number {
  return PATH_RANK[a] - PATH_RANK[b]
}
