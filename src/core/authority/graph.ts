/**
 * The authority graph: records under small numbers, parents before children, each with the set of all its ancestors. The numbers are the order of
 * arrival here and mean nothing elsewhere; nothing that is decided may depend on them.
 *
 * Ancestors are kept as `all below full` and bits for the rest up to the newest parent. In a graph that seldom forks the bits are few or none;
 * at worst, with a fork that is never merged, a record costs a bit for each that came after the fork: 6 MB for 10 000.
 */
import type { RecordId } from '../record/record.ts'

/** Numbers of records, and which lie in the past of which. */
export interface Ancestors {
  /** Whether a is a proper ancestor of b. */
  isPast(a: number, b: number): boolean
}

export class AuthorityGraph implements Ancestors {
  readonly #indexes = new Map<RecordId, number>()
  readonly #heads = new Set<number>()
  readonly #depths: number[] = []
  /** Everything below this number is an ancestor. */
  readonly #full: number[] = []
  /** Bits of ancestors, from the word that holds `full` on. */
  readonly #bits: (Uint32Array | undefined)[] = []

  get size(): number {
    return this.#full.length
  }

  /** Records that none here names as parent. */
  get heads(): ReadonlySet<number> {
    return this.#heads
  }

  indexOf(id: RecordId): number | undefined {
    return this.#indexes.get(id)
  }

  /** The longest way to the genesis. */
  depthOf(index: number): number {
    return this.#depths[index]!
  }

  isPast(a: number, b: number): boolean {
    const full = this.#full[b]!
    if (a < full) return true
    const word = this.#bits[b]?.[(a >>> 5) - (full >>> 5)]
    return word !== undefined && ((word >>> (a & 31)) & 1) === 1
  }

  /** Whether all that came before it here is in its past. */
  knowsAll(index: number): boolean {
    return this.#full[index] === index
  }

  /** The number of a new record, whose parents are all here. @throws {RangeError} when one is not, or the record is: the caller sees to it. */
  add(id: RecordId, parents: readonly RecordId[]): number {
    if (this.#indexes.has(id)) throw new RangeError('the record is here')
    const index = this.size
    const ancestors = parents.map((parent) => this.#required(parent))
    const depth = ancestors.reduce((deepest, parent) => Math.max(deepest, this.#depths[parent]! + 1), 0)
    this.#indexes.set(id, index)
    this.#depths.push(depth)
    this.#unite(ancestors)
    for (const parent of ancestors) this.#heads.delete(parent)
    this.#heads.add(index)
    return index
  }

  #required(id: RecordId): number {
    const index = this.#indexes.get(id)
    if (index === undefined) throw new RangeError('a parent is missing')
    return index
  }

  /** The ancestors of a record with these parents: they, and all of theirs. */
  #unite(parents: readonly number[]): void {
    let full = 0
    let newest = -1
    for (const parent of parents) {
      full = Math.max(full, this.knowsAll(parent) ? parent + 1 : this.#full[parent]!)
      newest = Math.max(newest, parent)
    }
    const from = full >>> 5
    const bits = new Uint32Array(newest < full ? 0 : (newest >>> 5) - from + 1)
    for (const parent of parents) {
      if (parent >= full) bits[(parent >>> 5) - from]! |= 1 << (parent & 31)
      const theirs = this.#bits[parent]
      const shift = from - (this.#full[parent]! >>> 5)
      if (theirs !== undefined) for (let at = shift; at < theirs.length; at++) bits[at - shift]! |= theirs[at]!
    }
    while (full <= newest && ((bits[(full >>> 5) - from]! >>> (full & 31)) & 1) === 1) full++
    this.#full.push(full)
    this.#bits.push(newest < full ? undefined : bits.slice((full >>> 5) - from))
  }
}
