import { hash } from 'node:crypto'

/** Bytes of an item's id: a SHA-256. */
export const ID_BYTES = 32
/** Bytes of a range's fingerprint. */
export const FINGERPRINT_BYTES = 16

const WORDS = ID_BYTES / 4
const WORD = 2 ** 32
/** The largest count as a varint: 8 digits of 7 bits hold every safe integer. */
const MAX_COUNT_BYTES = 8

/**
 * The sum of ids mod 2^256, ids read as little-endian integers, with how many were added: what a range's fingerprint is made from.
 * The eight words are kept as doubles and carried only at the end, which is exact for up to 2^21 additions;
 * callers add whole chunks by their carried sums, so that this is never near.
 */
export class IdSum {
  #count = 0
  readonly #words = new Float64Array(WORDS)

  addId(view: DataView, offset: number): void {
    const words = this.#words
    for (let i = 0; i < WORDS; i++) words[i] = (words[i] ?? 0) + view.getUint32(offset + i * 4, true)
    this.#count += 1
  }

  addCarried(sum: Uint32Array, count: number): void {
    const words = this.#words
    for (let i = 0; i < WORDS; i++) words[i] = (words[i] ?? 0) + (sum[i] ?? 0)
    this.#count += count
  }

  /** The first 16 bytes of SHA-256(sum as 32 little-endian bytes ‖ count as a varint): the Negentropy v1 fingerprint. */
  fingerprint(): Uint8Array {
    const bytes = new Uint8Array(ID_BYTES + MAX_COUNT_BYTES)
    const view = new DataView(bytes.buffer)
    let carry = 0
    for (let i = 0; i < WORDS; i++) {
      const word = (this.#words[i] ?? 0) + carry
      carry = Math.floor(word / WORD)
      view.setUint32(i * 4, word - carry * WORD, true)
    }
    const end = writeVarint(bytes, ID_BYTES, this.#count)
    return hash('sha256', bytes.subarray(0, end), 'buffer').subarray(0, FINGERPRINT_BYTES)
  }
}

/** Adds one id to a carried sum, mod 2^256. */
export function addToCarried(sum: Uint32Array, view: DataView, offset: number): void {
  let carry = 0
  for (let i = 0; i < WORDS; i++) {
    const word = (sum[i] ?? 0) + view.getUint32(offset + i * 4, true) + carry
    carry = word >= WORD ? 1 : 0
    sum[i] = word - carry * WORD
  }
}

/** Takes one id from a carried sum, mod 2^256. */
export function takeFromCarried(sum: Uint32Array, view: DataView, offset: number): void {
  let borrow = 0
  for (let i = 0; i < WORDS; i++) {
    const word = (sum[i] ?? 0) - view.getUint32(offset + i * 4, true) - borrow
    borrow = word < 0 ? 1 : 0
    sum[i] = word + borrow * WORD
  }
}

export function carriedSum(): Uint32Array {
  return new Uint32Array(WORDS)
}

/** How many bytes the value takes: base-128 digits, as few as possible. */
export function varintBytes(value: number): number {
  let bytes = 1
  for (let rest = Math.floor(value / 128); rest > 0; rest = Math.floor(rest / 128)) bytes += 1
  return bytes
}

/** Writes a safe integer ≥ 0, most significant digit first, with the high bit on all bytes but the last. Returns the offset behind it. */
export function writeVarint(target: Uint8Array, offset: number, value: number): number {
  const end = offset + varintBytes(value)
  let rest = value
  for (let at = end - 1; at >= offset; at--) {
    target[at] = (rest % 128) | (at === end - 1 ? 0 : 0x80)
    rest = Math.floor(rest / 128)
  }
  return end
}
