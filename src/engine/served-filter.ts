/**
 * Which ids a peer was given lately, in little memory: two Bloom filters (Bloom 1970), of which the older one is emptied when
 * the newer one is full. An id that was never given is taken for a given one once in some million times; one that was given
 * is forgotten after 16 384 to 32 768 others.
 */
const WORDS = 32_768
/** Bits that stand for one id, out of 2^20. Ids are hashes: their own bytes are as good as further hashes of them. */
const BITS_PER_ID = 6
const MAX_IDS = 16_384

export class ServedFilter {
  #newer: Uint32Array | undefined
  #older: Uint32Array | undefined
  #count = 0

  /** `id`: 64 hex digits. */
  has(id: string): boolean {
    const places = placesOf(id)
    return isSet(this.#newer, places) || isSet(this.#older, places)
  }

  add(id: string): void {
    if (this.#count === MAX_IDS) {
      this.#older = this.#newer
      this.#newer = undefined
      this.#count = 0
    }
    this.#newer ??= new Uint32Array(WORDS)
    for (const place of placesOf(id)) this.#newer[place >>> 5]! |= 1 << (place & 31)
    this.#count++
  }
}

function isSet(filter: Uint32Array | undefined, places: readonly number[]): boolean {
  return filter !== undefined && places.every((place) => (filter[place >>> 5]! & (1 << (place & 31))) !== 0)
}

function placesOf(id: string): number[] {
  return Array.from({ length: BITS_PER_ID }, (_, at) => Number.parseInt(id.slice(at * 8, at * 8 + 5), 16))
}
