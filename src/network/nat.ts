/**
 * Whether strangers can dial this node. AutoNAT asks servers to dial it back and confirms the addresses that they reached; what is left is to give it
 * something to ask about, and to conclude something from its silence.
 */
import { autoNATv2 } from '@libp2p/autonat-v2'
import type { AutoNATv2Components } from '@libp2p/autonat-v2'
import type { Connection, Libp2p } from '@libp2p/interface'
import type { UPnPNATComponents } from '@libp2p/upnp-nat'
import { getNetConfig, isLinkLocal, isLoopback, isNetworkAddress } from '@libp2p/utils'
import type { Multiaddr } from '@multiformats/multiaddr'
import type { Nat } from '../engine/ports.ts'
import { pathOf } from './addresses.ts'
import { withoutWalk } from './relay/places.ts'

/** A server that was connected for so long has been asked to dial back, and has tried. */
const ASKED_MS = 12_000

/** What is needed of libp2p's address manager. */
interface AddressManager {
  getAddressesWithMetadata(): readonly { readonly multiaddr: Multiaddr; readonly verified: boolean; readonly type: string }[]
  addPublicAddressMapping(innerHost: string, innerPort: number, host: string, port: number, protocol: 'tcp'): void
  removePublicAddressMapping(innerHost: string, innerPort: number, host: string, port: number, protocol: 'tcp'): void
  confirmObservedAddr(address: Multiaddr, options: { readonly type: 'transport'; readonly ttl: number }): void
}

/** What the class behind AutoNAT's interface has. */
interface AutoNat {
  readonly client: { verifyExternalAddresses(server: Connection): Promise<void> }
}

export class NatVerdict {
  /** Of the node that runs. */
  components: UPnPNATComponents | undefined
  #addresses: AddressManager | undefined
  #autonat: AutoNat | undefined
  /** The address from outside under which the port that we listen on may be open, and what was mapped to it. */
  #guess: { readonly host: string; readonly port: number; readonly inner: string } | undefined

  /** A service for libp2p that does nothing but to remember what libp2p shows to services only. */
  readonly service = (components: UPnPNATComponents): object => {
    this.components = components
    this.#addresses = components.addressManager
    return {}
  }

  /** AutoNAT for libp2p, without its walks through the DHT, ten seconds of every minute, for somebody to ask: whom we are connected to suffices. */
  readonly autonat = (components: AutoNATv2Components): object => {
    const service = autoNATv2()(withoutWalk(components)) as object & AutoNat
    this.#autonat = service
    return service
  }

  /** AutoNAT asks a server when it is connected; what the router opened since, or we guessed, it is asked about now. */
  ask(libp2p: Libp2p, log: (text: string) => void): void {
    // libp2p confirms all ports of an address when one is: a guess beside what the router says would be confirmed by that.
    const mapped = this.#known().filter(({ type }) => type === 'ip-mapping').map(({ multiaddr }) => getNetConfig(multiaddr))
    if (mapped.some(({ host, port }) => host === this.#guess?.host && port !== this.#guess.port)) this.forget()
    if (!this.#known().some(({ multiaddr, verified }) => !verified && isPublic(multiaddr))) return
    for (const connection of libp2p.getConnections()) {
      if (connection.status !== 'open' || !isPublic(connection.remoteAddr)) continue
      this.#autonat?.client.verifyExternalAddresses(connection).catch((error: unknown) => log(String(error)))
    }
  }

  verdict(libp2p: Libp2p): Nat {
    if (this.#known().some(({ multiaddr, verified }) => verified && isPublic(multiaddr))) return 'public'
    const now = Date.now()
    const asked = libp2p.getConnections().some(({ remoteAddr, timeline }) => isPublic(remoteAddr) && now - timeline.open > ASKED_MS)
    return asked ? 'private' : 'unknown'
  }

  /** What routers were asked to open and what was found to be open. */
  mapped(): string[] {
    return this.#known().filter(({ type, verified }) => type === 'ip-mapping' && verified).map(({ multiaddr }) => multiaddr.toString())
  }

  /**
   * A chosen server sees us at this address. Somebody may have opened our port on the router by hand: that address with the port that we listen on is
   * worth a dial back. It is told to nobody before that worked.
   */
  observed(libp2p: Libp2p, seenAs: Multiaddr): void {
    if (!isPublic(seenAs) || !isNetworkAddress(seenAs)) return
    const { host, type } = getNetConfig(seenAs)
    const inner = libp2p.getMultiaddrs().filter((address) => isNetworkAddress(address) && pathOf(address) !== 'relay' &&
      getNetConfig(address).type === type && !isLoopback(address) && !isLinkLocal(address))
    // With the address on an interface of this machine there is nothing to guess.
    if (inner.some((address) => getNetConfig(address).host === host) || this.#guess?.host === host) return
    if (this.#known().some(({ multiaddr, type }) => type === 'ip-mapping' && getNetConfig(multiaddr).host === host)) return
    const first = inner.map((address) => getNetConfig(address)).find(({ port }) => port !== undefined)
    if (first?.port === undefined) return
    this.forget()
    this.#guess = { host, port: first.port, inner: first.host }
    this.#addresses?.addPublicAddressMapping(first.host, first.port, host, first.port, 'tcp')
  }

  /** The network is another one: what was found from outside is void. */
  forget(): void {
    if (this.#guess === undefined) return
    const { inner, host, port } = this.#guess
    this.#guess = undefined
    this.#addresses?.removePublicAddressMapping(inner, port, host, port, 'tcp')
  }

  /** For a server: what it listens on is what it is reached at, whatever nobody has confirmed. */
  trust(): void {
    for (const { multiaddr, type } of this.#known()) {
      if (type !== 'transport' || !isNetworkAddress(multiaddr)) continue
      this.#addresses?.confirmObservedAddr(multiaddr, { type: 'transport', ttl: 2 ** 31 })
    }
  }

  #known(): ReturnType<AddressManager['getAddressesWithMetadata']> {
    return this.#addresses?.getAddressesWithMetadata() ?? []
  }
}

function isPublic(address: Multiaddr): boolean {
  return pathOf(address) === 'direct'
}

