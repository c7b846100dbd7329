/**
 * Places on relays: who cannot be dialled is reached through a server that keeps a place for it. The library reserves and renews; what it does not do is
 * to ask again who refused or was away, and it looks for relays by walking through the DHT without a pause as long as one is missing. So it is given no
 * DHT to walk through, and asked from here.
 */
import { circuitRelayTransport } from '@libp2p/circuit-relay-v2'
import type { CircuitRelayTransportComponents } from '@libp2p/circuit-relay-v2'
import type { Libp2p, PeerId, Transport } from '@libp2p/interface'
import { peerIdFromString } from '@libp2p/peer-id'
import { MAX_RELAYED_PER_PEER } from '../../core/record/limits.ts'
import { pathOf } from '../addresses.ts'
import { PROTOCOLS } from '../protocols/index.ts'
import { steadyMs } from '../steady-clock.ts'

/** Two, so that the end of one relay is not the end of being reached. */
const WANTED = 2
/** Listening on this asks for a place on any relay; once for each place wanted. */
export const RELAY_LISTEN: readonly string[] = Array.from({ length: WANTED }, () => '/p2p-circuit')
export const HOP_PROTOCOL = '/libp2p/circuit/relay/0.2.0/hop'
const CHECK_MS = 5_000
/**
 * A place is taken anew after this, which is well before the end of an hour that relays give. The library goes by the end that the relay named, which is
 * by another clock: with one that is half an hour behind it would come too late.
 */
const RENEW_MS = 30 * 60_000
/** A relay that refused is asked again after this, doubled each time. */
const RETRY_FIRST_MS = 10_000
const RETRY_MAX_MS = 10 * 60_000

/** What the class behind the library's interface has. */
interface ReservationStore extends EventTarget {
  /** Relays that the library will not ask again; it forgets them only when it loses another. */
  relayFilter: { has(relay: Uint8Array): boolean; add(relay: Uint8Array): void }
  addRelay(relay: PeerId, type: 'discovered'): Promise<unknown>
  readonly reservations: { get(relay: PeerId): { readonly reservation: { expire: bigint } } | undefined }
}

interface Refusal {
  failures: number
  nextMs: number
}

const NO_WALK = {
  async * walk(): AsyncGenerator<never> {
    return
  }
}
const EVERYBODY = { has: () => false, add: () => undefined }

/** Services of libp2p that would walk through the DHT get these components instead. */
export function withoutWalk<C extends object>(components: C): C {
  return Object.create(components, { randomWalk: { value: NO_WALK } }) as C
}

export class RelayPlaces {
  readonly #random: () => number
  readonly #log: (text: string) => void
  /** Who keeps a place for us, and when it was last given. */
  readonly #held = new Map<string, number>()
  /** Those of them, and of those who were asked, that are no servers of p2pchat. */
  readonly #strangers = new Set<string>()
  readonly #refusals = new Map<string, Refusal>()
  #store: ReservationStore | undefined
  #libp2p: Libp2p | undefined
  #timer: NodeJS.Timeout | undefined
  #asking = false

  constructor(random: () => number, log: (text: string) => void) {
    this.#random = random
    this.#log = log
  }

  /** The transport for libp2p; also for who wants no place itself, to dial those who have one. */
  readonly transport = (components: CircuitRelayTransportComponents): Transport => {
    const transport = circuitRelayTransport({ maxInboundStopStreams: MAX_RELAYED_PER_PEER })(withoutWalk(components))
    const store = (transport as Transport & { readonly reservationStore: ReservationStore }).reservationStore
    store.addEventListener('relay:created-reservation', (event) => {
      const relay = relayOf(event)
      this.#held.set(relay, steadyMs())
      this.#refusals.delete(relay)
    })
    store.addEventListener('relay:removed', (event) => this.#held.delete(relayOf(event)))
    this.#store = store
    return transport
  }

  start(libp2p: Libp2p): void {
    this.#libp2p = libp2p
    this.#timer = setInterval(() => {
      for (const [relay, sinceMs] of this.#held) if (steadyMs() - sinceMs > RENEW_MS) void this.#renew(relay)
      void this.check()
    }, CHECK_MS)
    this.#timer.unref()
  }

  stop(): void {
    clearInterval(this.#timer)
    this.#libp2p = undefined
    this.#held.clear()
    this.#refusals.clear()
  }

  /** Whether a place is missing. */
  lacks(): boolean {
    return this.#held.size < WANTED
  }

  /** PeerIds of the relays that hold a place for this node. */
  relays(): string[] {
    return [...this.#held.keys()]
  }

  /** The network is another one, or the machine slept: places may be lost without a word, and who refused may not now. */
  again(): void {
    this.#refusals.clear()
    for (const relay of this.#held.keys()) void this.#renew(relay)
    void this.check()
  }

  /** How many of {@link relays} are no servers of p2pchat: by default what they carry is little, and then they cut. */
  strangers(): number {
    return this.relays().filter((relay) => this.#strangers.has(relay)).length
  }

  /** Asks one of the connected relays for a place, if one is missing; which one is left to chance, so that their load is spread. */
  async check(): Promise<void> {
    const libp2p = this.#libp2p
    if (libp2p === undefined || this.#asking || !this.lacks()) return
    this.#asking = true
    const candidates = await this.#candidates(libp2p)
    const relay = candidates[Math.floor(this.#random() * candidates.length)]
    if (relay !== undefined) await this.#ask(relay)
    this.#asking = false
  }

  /** Keeps the place while it asks; without an answer it is gone, and another one is looked for. */
  async #renew(id: string): Promise<void> {
    this.#held.set(id, steadyMs())
    const relay = peerIdFromString(id)
    const held = this.#store?.reservations.get(relay)
    if (held === undefined) return
    // Nothing else makes the library ask before what it takes for the end.
    held.reservation.expire = 0n
    await this.#ask(relay)
    void this.check()
  }

  async #ask(relay: PeerId): Promise<void> {
    const store = this.#store!
    store.relayFilter = EVERYBODY
    try {
      await store.addRelay(relay, 'discovered')
    } catch (error) {
      const failures = (this.#refusals.get(relay.toString())?.failures ?? 0) + 1
      const waitMs = Math.min(RETRY_FIRST_MS * 2 ** (failures - 1), RETRY_MAX_MS) * (0.5 + this.#random())
      this.#refusals.set(relay.toString(), { failures, nextMs: steadyMs() + waitMs })
      this.#log(`no place on the relay ${relay.toString()}: ${error instanceof Error ? error.message : String(error)}`)
    }
  }

  async #candidates(libp2p: Libp2p): Promise<PeerId[]> {
    const connected = new Map(libp2p.getConnections()
      .filter(({ status, remoteAddr }) => status === 'open' && pathOf(remoteAddr) !== 'relay')
      .map(({ remotePeer }) => [remotePeer.toString(), remotePeer]))
    for (const book of [this.#refusals, this.#strangers]) for (const relay of book.keys()) if (!connected.has(relay)) book.delete(relay)
    const relays = await Promise.all([...connected].map(async ([id, peerId]) => {
      if (this.#held.has(id) || (this.#refusals.get(id)?.nextMs ?? 0) > steadyMs()) return []
      const peer = await libp2p.peerStore.get(peerId).catch(() => undefined)
      if (peer?.protocols.includes(PROTOCOLS.server.id) === true) this.#strangers.delete(id)
      else this.#strangers.add(id)
      return peer?.protocols.includes(HOP_PROTOCOL) === true ? [peerId] : []
    }))
    return relays.flat()
  }
}

function relayOf(event: Event): string {
  return (event as CustomEvent<{ readonly relay: PeerId }>).detail.relay.toString()
}
