/**
 * Members of a room of whom others told: known and not connected. What each told is kept apart, so that nobody can push out what others told, or put
 * other addresses in its place.
 */
import { interleave } from '../core/interleave.ts'
import { MAX_PEERS_TOLD } from '../core/record/limits.ts'
import type { PeerHint } from '../core/room/member-protocol.ts'
import type { Random } from './ports.ts'
import { shuffled } from './shuffled.ts'

/** With what so many told, a view is filled again though most of them are gone. */
const MAX_TELLERS = 8
/** Addresses of one peer in all: five through relays, or more that are direct. */
const MAX_ADDRESSES_BYTES = 768
/** When somebody was dialled is remembered for so many, also for those that were met before and not told of. */
const MAX_TRIED = 512

/** `teller`: the PeerId of whoever told of it; undefined if this node met it itself. */
export type Candidate = PeerHint & { readonly teller: string | undefined }

export class PassiveView {
  readonly #random: Random
  /** By teller, who told last behind; what each told by PeerId, what it told last behind. */
  readonly #tellers = new Map<string, Map<string, PeerHint>>()
  readonly #triedMs = new Map<string, number>()

  constructor(random: Random) {
    this.#random = random
  }

  add(teller: string, { peerId, addresses }: PeerHint): void {
    const told = this.#tellers.get(teller) ?? new Map<string, PeerHint>()
    moveBehind(this.#tellers, teller, told, MAX_TELLERS)
    let bytes = 0
    const kept = addresses.filter((address) => (bytes += address.length) <= MAX_ADDRESSES_BYTES)
    moveBehind(told, peerId, { peerId, addresses: kept }, MAX_PEERS_TOLD)
  }

  /** In chance order, one of each teller's in turn. Somebody of whom several told is there several times. */
  inTurn(): Candidate[] {
    const tellers = shuffled([...this.#tellers], this.#random)
    return interleave(tellers.map(([teller, told]) => shuffled([...told.values()], this.#random).map((hint) => ({ ...hint, teller }))))
  }

  tried(peerId: string, nowMs: number): void {
    moveBehind(this.#triedMs, peerId, nowMs, MAX_TRIED)
  }

  /** When it was dialled last, ms; -Infinity if never. */
  triedMs(peerId: string): number {
    return this.#triedMs.get(peerId) ?? -Infinity
  }
}

/** Sets it as the last one, and drops the first if there are more than `most`. */
function moveBehind<V>(map: Map<string, V>, key: string, value: V, most: number): void {
  map.delete(key)
  map.set(key, value)
  if (map.size > most) map.delete(map.keys().next().value!)
}
