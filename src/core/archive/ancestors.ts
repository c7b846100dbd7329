/**
 * What lies before the cuts of removals and the like, when a whole history is at hand: the same as room/cuts.ts says. Cuts are swept in groups, a bit for
 * each, so that one pass from the newest message to the oldest finds what lies before all of a group (bitset lanes, as in multi-source breadth-first
 * search). An edge counts only if time rises along it, so ancestors have smaller numbers.
 */
import type { Act } from '../authority/act.ts'
import type { RecordId } from '../record/record.ts'
import type { Entry, Table } from './table.ts'

/** Cuts of a group: bits in a word. */
const LANES = 32
const NO_GROUP = -1
/** Memory for groups, in bytes; the one that was not asked for longest gives way. */
const MAX_BYTES = 128 * 1024 * 1024

type Cut = readonly RecordId[]

/** Acts whose cuts are in one group, by their bits; or one without a cut. */
interface Lanes {
  readonly group: number
  mask: number
  readonly acts: (Act | undefined)[]
}

export class Ancestors {
  readonly #table: Table
  /** The place of a message in the order of time, by the number of its id. */
  readonly #places: ReadonlyMap<number, number>
  /** The places of its parents, by its own. */
  readonly #parents: readonly (readonly number[])[]
  readonly #groups: readonly (readonly Cut[])[]
  /** By cut, its number: those of a group, and of a bit in it, follow each other. */
  readonly #numbers = new Map<Cut, number>()
  /** By group, the cuts that each message lies before; the least recently asked first. */
  readonly #swept = new Map<number, Uint32Array>()
  #last: Uint32Array = new Uint32Array(0)
  #lastGroup = -1
  readonly #lanes = new WeakMap<readonly Act[], readonly Lanes[]>()
  /** Messages gone through, over all sweeps, and questions answered: what it costs. */
  steps = 0
  asked = 0

  /**
   * @param messages in order, by (time, id)
   * @param cuts all that will be asked for, each known by its array, which its act keeps; those that are asked for together stand together
   */
  constructor(table: Table, messages: readonly Entry[], cuts: readonly Cut[]) {
    this.#table = table
    this.#places = new Map(messages.map(({ id }, place) => [id, place]))
    this.#parents = messages.map(({ parents, timeUs }) =>
      parents.flatMap((parent) => this.#places.get(parent) ?? []).filter((place) => messages[place]!.timeUs < timeUs))
    const distinct = [...new Set(cuts)]
    this.#groups = Array.from({ length: Math.ceil(distinct.length / LANES) }, (_, n) => distinct.slice(n * LANES, (n + 1) * LANES))
    for (const [n, cut] of distinct.entries()) this.#numbers.set(cut, n)
  }

  /** Whether the message of this place is one of the cut, or an ancestor of one. */
  isBefore(place: number, cut: Cut): boolean {
    this.asked++
    if (cut.length === 0) return false
    const number = this.#numberOf(cut)
    return ((this.#wordOf(Math.floor(number / LANES), place) >>> number % LANES) & 1) === 1
  }

  /** Those of the acts for whose cut {@link isBefore} is so, in their order, a word at a time. The list is known by its array, and must not change. */
  *among(place: number, acts: readonly Act[], isBefore: boolean): Generator<Act> {
    let lanes = this.#lanes.get(acts)
    if (lanes === undefined) this.#lanes.set(acts, (lanes = this.#lanesOf(acts)))
    for (const { group, mask, acts: byBit } of lanes) {
      this.asked++
      const word = group === NO_GROUP ? 0 : this.#wordOf(group, place)
      for (let bits = (isBefore ? word : ~word) & mask; bits !== 0; bits &= bits - 1) yield byBit[31 - Math.clz32(bits & -bits)]!
    }
  }

  #lanesOf(acts: readonly Act[]): Lanes[] {
    const lanes: Lanes[] = []
    let before = -1
    for (const act of acts) {
      const cut = act.deed.cut ?? []
      const number = cut.length === 0 ? 0 : this.#numberOf(cut)
      const group = cut.length === 0 ? NO_GROUP : Math.floor(number / LANES)
      let last = lanes.at(-1)
      if (last === undefined || group === NO_GROUP || last.group !== group || number <= before) {
        lanes.push((last = { group, mask: 0, acts: [] }))
      }
      last.mask |= 1 << number % LANES
      last.acts[number % LANES] = act
      before = number
    }
    return lanes
  }

  #numberOf(cut: Cut): number {
    const number = this.#numbers.get(cut)
    if (number === undefined) throw new RangeError('a cut that was not said to be asked for')
    return number
  }

  #wordOf(group: number, place: number): number {
    // Mostly the one that was asked about before.
    if (group !== this.#lastGroup) {
      this.#last = this.#wordsOf(group)
      this.#lastGroup = group
    }
    return this.#last[place]!
  }

  #wordsOf(group: number): Uint32Array {
    const swept = this.#swept.get(group) ?? this.#sweep(this.#groups[group]!)
    this.#swept.delete(group)
    this.#swept.set(group, swept)
    const most = Math.max(1, Math.floor(MAX_BYTES / Math.max(1, swept.byteLength)))
    if (this.#swept.size > most) this.#swept.delete(this.#swept.keys().next().value!)
    return swept
  }

  #sweep(cuts: readonly Cut[]): Uint32Array {
    const words = new Uint32Array(this.#parents.length)
    let newest = -1
    for (const [bit, cut] of cuts.entries()) {
      for (const id of cut) {
        const place = this.#places.get(this.#table.numberOf(id) ?? -1)
        if (place === undefined) continue
        words[place]! |= 1 << bit
        newest = Math.max(newest, place)
      }
    }
    this.steps += newest + 1
    for (let place = newest; place >= 0; place--) {
      const word = words[place]!
      if (word !== 0) for (const parent of this.#parents[place]!) words[parent]! |= word
    }
    return words
  }
}
