import { addToCarried, carriedSum, ID_BYTES, takeFromCarried } from './id-sum.ts'

/** Items in a chunk: large enough that a million items are two thousand chunks, small enough that an insert moves at most 20 KB. */
export const CHUNK_ITEMS = 512
/** A chunk's buffer grows by this many items at a time, so that half-filled chunks do not cost what full ones do. */
const GROWTH_ITEMS = 64
const TIME_BYTES = 8
const ITEM_BYTES = TIME_BYTES + ID_BYTES

/** A sorted run of items, each packed into 40 bytes (time as a double, id), with the sum of their ids. */
export class ItemChunk {
  count = 0
  readonly sum = carriedSum()
  #bytes = new Uint8Array(GROWTH_ITEMS * ITEM_BYTES)
  #view = new DataView(this.#bytes.buffer)

  /** For reading ids in place, at {@link idOffset}; valid until the next insert or removal. */
  get view(): DataView {
    return this.#view
  }

  idOffset(index: number): number {
    return index * ITEM_BYTES + TIME_BYTES
  }

  timeAt(index: number): number {
    return this.#view.getFloat64(index * ITEM_BYTES)
  }

  /** A copy. */
  idAt(index: number): Uint8Array {
    const offset = this.idOffset(index)
    return this.#bytes.slice(offset, offset + ID_BYTES)
  }

  copyIds(from: number, to: number, target: Uint8Array, offset: number): void {
    for (let i = from; i < to; i++) {
      const at = this.idOffset(i)
      target.set(this.#bytes.subarray(at, at + ID_BYTES), offset + (i - from) * ID_BYTES)
    }
  }

  /**
   * Below, at or above zero as the item at `index` sorts before, at or after (timeUs, prefix), where bytes that the prefix lacks are
   * zero; so an item whose id begins with a shorter prefix is at or after it.
   */
  compare(index: number, timeUs: number, prefix: Uint8Array): number {
    const time = this.timeAt(index)
    if (time !== timeUs) return time < timeUs ? -1 : 1
    const offset = this.idOffset(index)
    for (let i = 0; i < prefix.length; i++) {
      const difference = this.#view.getUint8(offset + i) - (prefix[i] ?? 0)
      if (difference !== 0) return difference
    }
    return 0
  }

  /** The first index whose item is not before (timeUs, prefix); `count` if there is none. */
  lowerBound(timeUs: number, prefix: Uint8Array): number {
    let low = 0
    let high = this.count
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.compare(middle, timeUs, prefix) < 0) low = middle + 1
      else high = middle
    }
    return low
  }

  /** The chunk must not be full. */
  insert(index: number, timeUs: number, id: Uint8Array): void {
    this.#reserve(this.count + 1)
    const at = index * ITEM_BYTES
    this.#bytes.copyWithin(at + ITEM_BYTES, at, this.count * ITEM_BYTES)
    this.#view.setFloat64(at, timeUs)
    this.#bytes.set(id, at + TIME_BYTES)
    this.count += 1
    addToCarried(this.sum, this.#view, at + TIME_BYTES)
  }

  /** Of an item that is here. */
  remove(index: number): void {
    const at = index * ITEM_BYTES
    takeFromCarried(this.sum, this.#view, at + TIME_BYTES)
    this.#bytes.copyWithin(at, at + ITEM_BYTES, this.count * ITEM_BYTES)
    this.count -= 1
  }

  /** Moves the upper half into a new chunk. */
  split(): ItemChunk {
    const middle = this.count >>> 1
    const lower = this.#bytes.slice(0, middle * ITEM_BYTES)
    const upper = new ItemChunk()
    upper.#hold(this.#bytes.subarray(middle * ITEM_BYTES, this.count * ITEM_BYTES))
    this.#hold(lower)
    return upper
  }

  #hold(items: Uint8Array): void {
    this.count = 0
    this.#bytes = new Uint8Array(0)
    this.#reserve(items.length / ITEM_BYTES)
    this.#bytes.set(items)
    this.count = items.length / ITEM_BYTES
    this.sum.fill(0)
    for (let i = 0; i < this.count; i++) addToCarried(this.sum, this.#view, this.idOffset(i))
  }

  #reserve(items: number): void {
    if (items * ITEM_BYTES <= this.#bytes.length) return
    const grown = new Uint8Array(Math.ceil(items / GROWTH_ITEMS) * GROWTH_ITEMS * ITEM_BYTES)
    grown.set(this.#bytes.subarray(0, this.count * ITEM_BYTES))
    this.#bytes = grown
    this.#view = new DataView(grown.buffer)
  }
}
