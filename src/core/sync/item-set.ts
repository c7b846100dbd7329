import { ID_BYTES, IdSum } from './id-sum.ts'
import { CHUNK_ITEMS, ItemChunk } from './item-chunk.ts'

/** What is reconciled: a record's time (µs, a safe integer ≥ 0) and its id (32 bytes). */
export interface Item {
  readonly timeUs: number
  readonly id: Uint8Array
}

/**
 * A sorted sequence of items as reconciliation reads it. Ranks count from 0; ranges are [from, to).
 * It must not change while a message is being answered; between messages it may.
 */
export interface ItemRanges {
  readonly size: number
  /** The rank of the first item that is not before (timeUs, prefix padded with zeros); `size` if none. `timeUs` may be Infinity. */
  lowerBound(timeUs: number, prefix: Uint8Array): number
  timeAt(rank: number): number
  /** A copy. */
  idAt(rank: number): Uint8Array
  copyIds(from: number, to: number, target: Uint8Array, offset: number): void
  /** Shows each id in place; what is shown is valid only during the call. */
  scanIds(from: number, to: number, visit: (view: DataView, offset: number, rank: number) => void): void
  fingerprint(from: number, to: number): Uint8Array
}

/**
 * The items of one graph of one room, sorted by (time, id), packed into 40 bytes an item. A list of sorted chunks, each with the sum
 * of its ids: an insert moves at most one chunk's bytes, and a range's fingerprint costs the chunks it spans plus two partial ones.
 */
export class ItemSet implements ItemRanges {
  #size = 0
  readonly #chunks: ItemChunk[] = []
  /** Rank of each chunk's first item; right up to `#ranked` chunks, made anew behind that on the next read. */
  readonly #starts: number[] = []
  #ranked = 0

  get size(): number {
    return this.#size
  }

  /** The memory that the items take, not counting some 300 bytes of objects a chunk. */
  get bytes(): number {
    return this.#chunks.reduce((sum, chunk) => sum + chunk.view.byteLength, 0)
  }

  /**
   * Returns whether the item was new. Cheapest at the end.
   * @throws {RangeError} when the time is no safe integer ≥ 0 or the id not 32 bytes: records are checked before they come here.
   */
  insert(timeUs: number, id: Uint8Array): boolean {
    if (!Number.isSafeInteger(timeUs) || timeUs < 0) throw new RangeError(`item time ${timeUs} is not a safe integer ≥ 0`)
    if (id.length !== ID_BYTES) throw new RangeError(`item id has ${id.length} bytes, not ${ID_BYTES}`)
    let at = this.#chunkFor(timeUs, id, true)
    let chunk = this.#chunks[at]
    if (chunk === undefined) {
      chunk = new ItemChunk()
      this.#chunks.push(chunk)
    }
    let index = chunk.lowerBound(timeUs, id)
    if (index < chunk.count && chunk.compare(index, timeUs, id) === 0) return false
    if (chunk.count === CHUNK_ITEMS) {
      // At the very end a new chunk is begun, so that sets built in order are made of full ones.
      const appending = index === chunk.count && at === this.#chunks.length - 1
      const next = appending ? new ItemChunk() : chunk.split()
      this.#chunks.splice(at + 1, 0, next)
      this.#ranked = Math.min(this.#ranked, at + 1)
      if (index >= chunk.count) {
        index -= chunk.count
        chunk = next
        at += 1
      }
    }
    chunk.insert(index, timeUs, id)
    this.#size += 1
    this.#ranked = Math.min(this.#ranked, at + 1)
    return true
  }

  /** Returns whether the item was there. */
  remove(timeUs: number, id: Uint8Array): boolean {
    if (!this.has(timeUs, id)) return false
    const at = this.#chunkFor(timeUs, id, true)
    const chunk = this.#chunks[at]!
    chunk.remove(chunk.lowerBound(timeUs, id))
    if (chunk.count === 0) this.#chunks.splice(at, 1)
    this.#size -= 1
    this.#ranked = Math.min(this.#ranked, chunk.count === 0 ? at : at + 1)
    return true
  }

  has(timeUs: number, id: Uint8Array): boolean {
    const chunk = this.#chunks[this.#chunkFor(timeUs, id, true)]
    if (chunk === undefined || id.length !== ID_BYTES) return false
    const index = chunk.lowerBound(timeUs, id)
    return index < chunk.count && chunk.compare(index, timeUs, id) === 0
  }

  lowerBound(timeUs: number, prefix: Uint8Array): number {
    const at = this.#chunkFor(timeUs, prefix, false)
    const chunk = this.#chunks[at]
    return chunk === undefined ? 0 : this.#start(at) + chunk.lowerBound(timeUs, prefix)
  }

  timeAt(rank: number): number {
    const [chunk, index] = this.#place(rank)
    return chunk.timeAt(index)
  }

  idAt(rank: number): Uint8Array {
    const [chunk, index] = this.#place(rank)
    return chunk.idAt(index)
  }

  copyIds(from: number, to: number, target: Uint8Array, offset: number): void {
    this.#eachPart(from, to, (chunk, begin, end, rank) => {
      chunk.copyIds(begin, end, target, offset + (rank - from) * ID_BYTES)
    })
  }

  scanIds(from: number, to: number, visit: (view: DataView, offset: number, rank: number) => void): void {
    this.#eachPart(from, to, (chunk, begin, end, rank) => {
      for (let i = begin; i < end; i++) visit(chunk.view, chunk.idOffset(i), rank + i - begin)
    })
  }

  fingerprint(from: number, to: number): Uint8Array {
    const sum = new IdSum()
    this.#eachPart(from, to, (chunk, begin, end) => {
      if (end - begin === chunk.count) sum.addCarried(chunk.sum, chunk.count)
      else for (let i = begin; i < end; i++) sum.addId(chunk.view, chunk.idOffset(i))
    })
    return sum.fingerprint()
  }

  /** All items in order, as copies. The set must not change meanwhile. */
  *[Symbol.iterator](): IterableIterator<Item> {
    for (const chunk of this.#chunks) {
      for (let i = 0; i < chunk.count; i++) yield { timeUs: chunk.timeAt(i), id: chunk.idAt(i) }
    }
  }

  /** The last chunk that begins before (timeUs, prefix), or the first; with `orAt`, before or at. Chunks are never empty. */
  #chunkFor(timeUs: number, prefix: Uint8Array, orAt: boolean): number {
    let low = 0
    let high = this.#chunks.length
    while (high - low > 1) {
      const middle = (low + high) >>> 1
      const difference = this.#chunks[middle]?.compare(0, timeUs, prefix) ?? 1
      if (difference < 0 || (orAt && difference === 0)) low = middle
      else high = middle
    }
    return low
  }

  #start(at: number): number {
    for (let i = this.#ranked; i < this.#chunks.length; i++) {
      this.#starts[i] = i === 0 ? 0 : (this.#starts[i - 1] ?? 0) + (this.#chunks[i - 1]?.count ?? 0)
    }
    this.#ranked = this.#chunks.length
    return this.#starts[at] ?? 0
  }

  /** Which chunk holds the item of this rank. */
  #chunkOf(rank: number): number {
    let low = 0
    let high = this.#chunks.length
    while (high - low > 1) {
      const middle = (low + high) >>> 1
      if (this.#start(middle) <= rank) low = middle
      else high = middle
    }
    return low
  }

  #place(rank: number): [ItemChunk, number] {
    const at = this.#chunkOf(rank)
    const chunk = this.#chunks[at]
    if (chunk === undefined || rank < 0 || rank >= this.#size) throw new RangeError(`no item of rank ${rank}`)
    return [chunk, rank - this.#start(at)]
  }

  #eachPart(from: number, to: number, visit: (chunk: ItemChunk, begin: number, end: number, rank: number) => void): void {
    if (from < 0 || to > this.#size) throw new RangeError(`no range ${from} to ${to}`)
    let rank = from
    for (let at = this.#chunkOf(from); rank < to; at++) {
      const chunk = this.#chunks[at]
      if (chunk === undefined) return
      const begin = rank - this.#start(at)
      const end = Math.min(chunk.count, begin + to - rank)
      visit(chunk, begin, end, rank)
      rank += end - begin
    }
  }
}
