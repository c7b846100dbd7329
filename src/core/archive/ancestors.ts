/**
 * What lies before the cuts of removals and the like, when a whole history is at hand: the same as `liesBefore` of authority/ancestry.ts says, found
 * once for each cut in one sweep instead of by a walk for each message. An edge counts only if time rises along it, so ancestors have smaller numbers.
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
  readonly #messages: readonly Entry[]
  readonly #cuts = new Map<readonly RecordId[], Before>()

  /** @param messages in order, by (time, id) */
  constructor(table: Table, messages: readonly Entry[]) {
    this.#table = table
    this.#messages = messages
    this.#places = new Map(messages.map(({ id }, place) => [id, place]))
  }

  /** Whether the message of this place is one of the cut, or an ancestor of one. A cut is known by its array, which its act keeps. */
  isBefore(place: number, cut: readonly RecordId[]): boolean {
    let before = this.#cuts.get(cut)
    if (before === undefined) this.#cuts.set(cut, (before = this.#sweep(cut)))
    const { full, bits } = before
    if (place < full) return true
    const word = bits[(place >>> 5) - (full >>> 5)]
    return word !== undefined && ((word >>> (place & 31)) & 1) === 1
  }

  #sweep(cut: readonly RecordId[]): Before {
    const heads = cut.flatMap((id) => this.#placeOf(this.#table.numberOf(id)) ?? [])
    const newest = Math.max(-1, ...heads)
    const bits = new Uint32Array(newest < 0 ? 0 : (newest >>> 5) + 1)
    for (const head of heads) bits[head >>> 5]! |= 1 << (head & 31)
    for (let place = newest; place >= 0; place--) {
      if (((bits[place >>> 5]! >>> (place & 31)) & 1) === 0) continue
      const { parents, timeUs } = this.#messages[place]!
      for (const parent of parents) {
        const at = this.#placeOf(parent)
        if (at !== undefined && this.#messages[at]!.timeUs < timeUs) bits[at >>> 5]! |= 1 << (at & 31)
      }
    }
    let full = 0
    while (full <= newest && ((bits[full >>> 5]! >>> (full & 31)) & 1) === 1) full++
    return { full, bits: bits.slice(full >>> 5) }
  }

  #placeOf(number: number | undefined): number | undefined {
    return number === undefined ? undefined : this.#places.get(number)
  }
}
