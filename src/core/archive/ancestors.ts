/**
 * What lies before the cuts of removals and the like, when a whole history is at hand: the same as room/cuts.ts says, found once for each cut in one
 * sweep instead of by a walk. An edge counts only if time rises along it, so ancestors have smaller numbers.
 */
import type { RecordId } from '../record/record.ts'
import type { Entry, Table } from './table.ts'

/** Everything below `full` lies before the cut, and of the rest what has its bit. */
interface Before {
  readonly full: number
  readonly bits: Uint32Array
}

export class Ancestors {
  readonly #table: Table
  /** The place of a message in the order of time, by the number of its id. */
  readonly #places: ReadonlyMap<number, number>
  /** The places of its parents, by its own. */
  readonly #parents: readonly (readonly number[])[]
  /** Everything below this is an ancestor of the message of the place, so that a sweep goes no deeper; in a history that seldom forks it is near. */
  readonly #full: Int32Array
  readonly #cuts = new Map<readonly RecordId[], Before>()

  /** @param messages in order, by (time, id) */
  constructor(table: Table, messages: readonly Entry[]) {
    this.#table = table
    this.#places = new Map(messages.map(({ id }, place) => [id, place]))
    this.#parents = messages.map(({ parents, timeUs }) =>
      parents.flatMap((parent) => this.#places.get(parent) ?? []).filter((place) => messages[place]!.timeUs < timeUs))
    this.#full = new Int32Array(messages.length)
    for (const [place, parents] of this.#parents.entries()) this.#full[place] = this.#fullOf(parents)
  }

  /** Whether the message of this place is one of the cut, or an ancestor of one. A cut is known by its array, which its act keeps. */
  isBefore(place: number, cut: readonly RecordId[]): boolean {
    let before = this.#cuts.get(cut)
    if (before === undefined) this.#cuts.set(cut, (before = this.#sweep(cut)))
    if (place < before.full) return true
    const word = before.bits[(place >>> 5) - (before.full >>> 5)]
    return word !== undefined && ((word >>> (place & 31)) & 1) === 1
  }

  #fullOf(parents: readonly number[]): number {
    let full = 0
    for (const parent of parents) full = Math.max(full, this.#full[parent] === parent ? parent + 1 : this.#full[parent]!)
    while (parents.includes(full)) full++
    return full
  }

  #sweep(cut: readonly RecordId[]): Before {
    const heads = cut.flatMap((id) => this.#places.get(this.#table.numberOf(id) ?? -1) ?? [])
    const newest = Math.max(-1, ...heads)
    const bits = new Uint32Array(newest < 0 ? 0 : (newest >>> 5) + 1)
    const mark = (place: number): void => void (bits[place >>> 5]! |= 1 << (place & 31))
    const isMarked = (place: number): boolean => ((bits[place >>> 5]! >>> (place & 31)) & 1) === 1
    heads.forEach(mark)
    let full = 0
    for (let place = newest; place >= full; place--) {
      if (!isMarked(place)) continue
      full = Math.max(full, this.#full[place]!)
      this.#parents[place]!.forEach(mark)
    }
    while (full <= newest && isMarked(full)) full++
    return { full, bits: bits.slice(full >>> 5) }
  }
}
