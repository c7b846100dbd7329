/** The node's part in the distributed hash table: where to be found, and finding. */
import { kadDHT, passthroughMapper } from '@libp2p/kad-dht'
import type { KadDHT, KadDHTComponents } from '@libp2p/kad-dht'

export interface DhtInit {
  /** Before `/kad/1.0.0` in the name of the protocol: nodes with another one are another network. */
  readonly prefix: string
}

export class Dht {
  readonly #init: DhtInit
  readonly #server: boolean
  #kad: KadDHT | undefined

  constructor(init: DhtInit, server: boolean) {
    this.#init = init
    this.#server = server
  }

  /** The service for libp2p. */
  readonly service = (components: KadDHTComponents): KadDHT => {
    this.#kad = kadDHT({
      protocol: `${this.#init.prefix}/kad/1.0.0`,
      clientMode: !this.#server,
      peerInfoMapper: passthroughMapper
    })(components)
    return this.#kad
  }

  get mode(): 'client' | 'server' {
    return this.#kad?.getMode() ?? 'client'
  }

  provide(keys: readonly string[]): void {
    void keys
  }

  seek(key: string): void {
    void key
  }
}
