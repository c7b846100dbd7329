/**
 * The authority graph: records under small numbers, parents before children, each with the set of all its ancestors. The numbers are the order of
 * arrival here and mean nothing elsewhere; nothing that is decided may depend on them.
 *
 * Ancestors are kept as `all below full` and bits for the rest up to the newest parent, in chunks that records share as long as these are the same. In a
 * graph that seldom forks the bits are few or none. With a fork that nobody ever names, which a liar can make, a record costs a chunk of its own and a
 * reference for each chunk since the fork: some 20 MB for 40 000 records.
 */
import type { RecordId } from '../record/record.ts'

/** Bits of a chunk, as a shift, and its words. */
const CHUNK_SHIFT = 10
const CHUNK_WORDS = 1 << (CHUNK_SHIFT - 5)

/** Bits of 1024 numbers; none of them if undefined. Never changed once a record has it. */
type Chunk = Uint32Array | undefined

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
  /** Bits of ancestors, from the chunk that holds `full` on. */
  readonly #chunks: (readonly Chunk[])[] = []

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
    return a < full || hasBit(this.#chunks[b]![(a >>> CHUNK_SHIFT) - (full >>> CHUNK_SHIFT)], a)
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
    const first = full >>> CHUNK_SHIFT
    const chunks: Chunk[] = []
    for (let at = first; newest >= full && at <= newest >>> CHUNK_SHIFT; at++) chunks.push(this.#chunkOf(at, parents))
    while (full <= newest && hasBit(chunks[(full >>> CHUNK_SHIFT) - first], full)) full++
    this.#full.push(full)
    this.#chunks.push(newest < full ? NO_CHUNKS : chunks.slice((full >>> CHUNK_SHIFT) - first))
  }

  /** What parents and their ancestors come to in one chunk: one of theirs, where that says all of it. */
  #chunkOf(at: number, parents: readonly number[]): Chunk {
    let chunk: Chunk
    let isOwn = false
    for (const parent of parents) {
      const theirs = this.#chunks[parent]![at - (this.#full[parent]! >>> CHUNK_SHIFT)]
      if (theirs === undefined || theirs === chunk) continue
      if (chunk === undefined) {
        chunk = theirs
        continue
      }
      if (!isOwn) chunk = chunk.slice()
      isOwn = true
      for (let word = 0; word < CHUNK_WORDS; word++) chunk[word]! |= theirs[word]!
    }
    for (const parent of parents) {
      if (parent >>> CHUNK_SHIFT !== at || hasBit(chunk, parent)) continue
      if (!isOwn) chunk = chunk?.slice() ?? new Uint32Array(CHUNK_WORDS)
      isOwn = true
      chunk![(parent >>> 5) & (CHUNK_WORDS - 1)]! |= 1 << (parent & 31)
    }
    return chunk
  }
}

const NO_CHUNKS: readonly Chunk[] = []

function hasBit(chunk: Chunk, index: number): boolean {
  return chunk !== undefined && ((chunk[(index >>> 5) & (CHUNK_WORDS - 1)]! >>> (index & 31)) & 1) === 1
}
