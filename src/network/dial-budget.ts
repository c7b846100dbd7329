/**
 * Dials that lead to nobody are bounded for each host: on hearsay of strangers this node would otherwise knock at a victim as often as liars name it.
 * Here every dial of a socket passes, whoever wanted it: a room, the DHT, a dial back, a hole to be punched.
 */
import type { Transport } from '@libp2p/interface'
import { getNetConfig, isNetworkAddress } from '@libp2p/utils'
import type { Multiaddr } from '@multiformats/multiaddr'
import { Bucket } from '../core/bucket.ts'
import { MAX_DIALLED_HOSTS, VAIN_DIAL_BURST, VAIN_DIALS_PER_S } from '../core/record/limits.ts'
import { hostOf } from './hosts.ts'
import { steadyMs } from './steady-clock.ts'

export class DialBudget {
  readonly #now: () => number
  /** Hosts that the person named: these are tried for ever, at the pace of the redial loop. */
  readonly #free: ReadonlySet<string>
  /** And those to which names that the person gave lead by now. */
  readonly #named = new Set<string>()
  readonly #vain = new Map<string, Bucket>()
  /** Where a peer answered: whoever lies about its host does not keep us from it. */
  readonly #good = new Set<string>()

  constructor(configured: readonly Multiaddr[], now: () => number = steadyMs) {
    this.#now = now
    this.#free = new Set(configured.flatMap((address) => placeOf(address)?.host ?? []))
  }

  /** The transport with this bound on its dials. */
  bound<T extends Transport>(transport: T): T {
    const dial = transport.dial.bind(transport)
    transport.dial = async (address, options) => {
      if (!this.take(address)) throw new Error(`too many dials to the host of ${address.toString()} led to nobody`)
      const connection = await dial(address, options)
      this.succeeded(address)
      return connection
    }
    return transport
  }

  /** A name that the person gave leads here. */
  named(address: Multiaddr): void {
    const host = placeOf(address)?.host
    if (host === undefined) return
    this.#named.delete(host)
    this.#named.add(host)
    trim(this.#named)
  }

  /** Whether the address may be dialled now; counts as in vain until {@link succeeded}. */
  take(address: Multiaddr): boolean {
    const place = placeOf(address)
    if (place === undefined || this.#free.has(place.host) || this.#named.has(place.host) || this.#good.has(place.door)) return true
    return this.#bucketOf(place.host).take(1, this.#now())
  }

  /** The dial led to a peer. */
  succeeded(address: Multiaddr): void {
    const place = placeOf(address)
    if (place === undefined) return
    if (!this.#good.has(place.door)) this.#vain.get(place.host)?.give(1)
    this.#good.delete(place.door)
    this.#good.add(place.door)
    trim(this.#good)
  }

  #bucketOf(host: string): Bucket {
    const bucket = this.#vain.get(host) ?? new Bucket(VAIN_DIAL_BURST, VAIN_DIALS_PER_S, this.#now())
    this.#vain.delete(host)
    this.#vain.set(host, bucket)
    trim(this.#vain)
    return bucket
  }
}

function trim(kept: Map<string, unknown> | Set<string>): void {
  for (const oldest of kept.keys()) {
    if (kept.size <= MAX_DIALLED_HOSTS) return
    kept.delete(oldest)
  }
}

interface Place {
  readonly host: string
  readonly door: string
}

function placeOf(address: Multiaddr): Place | undefined {
  if (!isNetworkAddress(address)) return undefined
  const { host, port } = getNetConfig(address)
  return { host: hostOf(address) ?? host, door: `${host} ${port ?? ''}` }
}
