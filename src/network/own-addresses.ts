/** Where this node is reached, as others are told by identify, and that it changed. */
import type { Libp2p } from '@libp2p/interface'
import { multiaddr } from '@multiformats/multiaddr'

export class OwnAddresses {
  readonly #libp2p: Libp2p
  readonly #log: (text: string) => void
  #last = ''

  constructor(libp2p: Libp2p, log: (text: string) => void) {
    this.#libp2p = libp2p
    this.#log = log
  }

  /** Calls `onChange` with the addresses whenever they are others than before, from now on. */
  watch(onChange: (addresses: readonly string[]) => void): void {
    this.#last = this.#now().join()
    this.#libp2p.addEventListener('self:peer:update', () => {
      const addresses = this.#now()
      if (addresses.join() === this.#last) return
      this.#last = addresses.join()
      onChange(addresses)
    })
  }

  /** The machine has other ones: libp2p looks when it begins to listen, and not when an interface comes or goes. */
  renew(): void {
    const own = `/p2p/${this.#libp2p.peerId.toString()}`
    const multiaddrs = this.#now().map((address) => multiaddr(address.endsWith(own) ? address.slice(0, -own.length) : address))
    this.#libp2p.peerStore.patch(this.#libp2p.peerId, { multiaddrs }).catch((error: unknown) => this.#log(String(error)))
  }

  #now(): string[] {
    return this.#libp2p.getMultiaddrs().map((address) => address.toString())
  }
}
