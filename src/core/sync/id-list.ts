import { ID_BYTES } from './id-sum.ts'

/** A range with fewer own items than this is looked up without the filter: clearing it would cost more than it saves. */
const FILTER_FROM_ITEMS = 1024
const FILTER_BITS = 1 << 16

/**
 * The ids of one id list, for looking up own ids in it. A bitmap over an id's first 16 bits turns most own ids away before a key is
 * made, so that a short list against a large range costs a few nanoseconds an item. The keys are strings, whose hashes V8 seeds:
 * ids made to collide gain nothing.
 */
export class IdList {
  readonly #left = new Map<string, number>()
  readonly #message: Uint8Array
  readonly #filter: Uint8Array | undefined

  /** `ownItems` is how many ids will be looked up. The ids must lie within the message. */
  constructor(message: Uint8Array, offset: number, ids: number, ownItems: number) {
    this.#message = message
    const view = new DataView(message.buffer, message.byteOffset, message.length)
    const filter = ids > 0 && ownItems >= FILTER_FROM_ITEMS ? new Uint8Array(FILTER_BITS / 8) : undefined
    this.#filter = filter
    for (let i = 0; i < ids; i++) {
      const at = offset + i * ID_BYTES
      this.#left.set(idKey(view, at), at)
      if (filter === undefined) continue
      const bits = view.getUint16(at)
      filter[bits >>> 3] = (filter[bits >>> 3] ?? 0) | (1 << (bits & 7))
    }
  }

  /** Whether the id is in the list, and was not struck before; strikes it. */
  strike(view: DataView, offset: number): boolean {
    if (this.#left.size === 0) return false
    if (this.#filter !== undefined) {
      const bits = view.getUint16(offset)
      if (((this.#filter[bits >>> 3] ?? 0) & (1 << (bits & 7))) === 0) return false
    }
    return this.#left.delete(idKey(view, offset))
  }

  /** Copies of the ids that were not struck, each once, in the order of the list. */
  *left(): IterableIterator<Uint8Array> {
    for (const at of this.#left.values()) yield this.#message.slice(at, at + ID_BYTES)
  }
}

function idKey(view: DataView, offset: number): string {
  return String.fromCharCode(
    view.getUint16(offset), view.getUint16(offset + 2), view.getUint16(offset + 4), view.getUint16(offset + 6),
    view.getUint16(offset + 8), view.getUint16(offset + 10), view.getUint16(offset + 12), view.getUint16(offset + 14),
    view.getUint16(offset + 16), view.getUint16(offset + 18), view.getUint16(offset + 20), view.getUint16(offset + 22),
    view.getUint16(offset + 24), view.getUint16(offset + 26), view.getUint16(offset + 28), view.getUint16(offset + 30)
  )
}
