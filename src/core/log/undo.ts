/**
 * What it takes to take a head out of a graph again: which records it alone names, so that these become heads once more, and which gaps it alone opened.
 * Known of the records that came last; of others nothing is taken out.
 */
import type { RecordId } from '../record/record.ts'

/** Records that can be taken out: more than an attack makes in the time in which they may be displaced. */
const MAX_TRACKED = 4096

interface Named {
  readonly timeUs: number
  /** Records that can be taken out and name it. */
  by: number
}

export interface Undone {
  /** They are heads again, with their times, µs. */
  readonly heads: readonly (readonly [RecordId, number])[]
  /** They are not missed any more. */
  readonly gaps: readonly RecordId[]
}

export class Undo {
  /** By record, what it names. */
  readonly #names = new Map<RecordId, RecordId[]>()
  /** What is named by these alone. */
  readonly #named = new Map<RecordId, Named>()
  /** By gap, the one record that names it. */
  readonly #openers = new Map<RecordId, RecordId>()

  /** A record came in, and took these heads' places. */
  took(id: RecordId, heads: readonly (readonly [RecordId, number])[]): void {
    this.#names.set(id, heads.map(([head]) => head))
    for (const [head, timeUs] of heads) this.#named.set(head, { timeUs, by: 1 })
    if (this.#names.size > MAX_TRACKED) this.forget(this.#names.keys().next().value!)
  }

  /** It names as well what is no head any more. */
  names(id: RecordId, timeUs: number, other: RecordId): void {
    const named = this.#named.get(other)
    const list = this.#names.get(id)
    if (named === undefined || named.timeUs >= timeUs) return
    if (list === undefined) this.#named.delete(other)
    else {
      named.by++
      list.push(other)
    }
  }

  /** It names what is missing. `isNew`: nothing else does. */
  opened(id: RecordId, gap: RecordId, isNew: boolean): void {
    if (isNew) return void this.#openers.set(gap, id)
    // Of several, none is taken out: what is missing would have to be a head again when all of them are.
    for (const opener of [this.#openers.get(gap), id]) if (opener !== undefined) this.forget(opener)
    this.#openers.delete(gap)
  }

  /** What was missing came, and has a later child. */
  filled(gap: RecordId, timeUs: number, isNamed: boolean): void {
    const opener = this.#openers.get(gap)
    this.#openers.delete(gap)
    if (opener === undefined || !isNamed) return
    this.#names.get(opener)?.push(gap)
    if (this.#names.has(opener)) this.#named.set(gap, { timeUs, by: 1 })
  }

  /** It will not be taken out. */
  forget(id: RecordId): void {
    for (const other of this.#names.get(id) ?? []) this.#named.delete(other)
    this.#names.delete(id)
  }

  /** Takes a head out; undefined where it is not known what that comes to. */
  remove(id: RecordId, parents: readonly RecordId[]): Undone | undefined {
    const names = this.#names.get(id)
    if (names?.every((other) => this.#named.has(other)) !== true) return undefined
    this.#names.delete(id)
    const heads: [RecordId, number][] = []
    for (const other of names) {
      const named = this.#named.get(other)!
      named.by--
      if (named.by > 0) continue
      this.#named.delete(other)
      heads.push([other, named.timeUs])
    }
    const gaps = parents.filter((parent) => this.#openers.get(parent) === id)
    for (const gap of gaps) this.#openers.delete(gap)
    return { heads, gaps }
  }
}
