import { refuse } from '../refusal.ts'
import type { Refusal } from '../refusal.ts'
import { FINGERPRINT_BYTES, ID_BYTES, varintBytes, writeVarint } from './id-sum.ts'

/** Negentropy protocol version 1. */
export const VERSION = 0x61
export const MODE_SKIP = 0
export const MODE_FINGERPRINT = 1
export const MODE_ID_LIST = 2

/**
 * Where a range ends (exclusive): the first place in the order (time, id) that is at or after this time and id prefix, bytes that the prefix
 * lacks being zero. The time is microseconds, or Infinity for the end of everything.
 */
export interface Bound {
  readonly timeUs: number
  readonly prefix: Uint8Array
}

const NO_PREFIX = new Uint8Array(0)
export const END: Bound = { timeUs: Infinity, prefix: NO_PREFIX }
export const START: Bound = { timeUs: 0, prefix: NO_PREFIX }

/** Reads the ranges of a message one by one. Looks at every size before it takes anything, allocates nothing but prefixes, never throws. */
export class RangeReader {
  bound: Bound = START
  mode = MODE_SKIP
  /** Where the fingerprint, or the first id, stands in the message. */
  payloadOffset = 0
  /** Ids in an id list. */
  ids = 0
  /** Set when `next` returned false because the message is malformed. */
  fault: Refusal | undefined
  readonly #message: Uint8Array
  #at: number

  /** `offset` is where the first range begins. */
  constructor(message: Uint8Array, offset: number) {
    this.#message = message
    this.#at = offset
  }

  /** Goes to the next range; false at the end and at a fault. */
  next(): boolean {
    if (this.#at >= this.#message.length || this.fault !== undefined) return false
    this.fault = this.#readBound() ?? this.#readPayload()
    return this.fault === undefined
  }

  #readBound(): Refusal | undefined {
    const encoded = this.#varint()
    if (encoded < 0) return malformed('a bound has no proper time')
    const last = this.bound
    // Once the end is reached it may be said again: the reference closes a full frame so.
    const timeUs = encoded === 0 ? Infinity : last.timeUs + encoded - 1
    if (encoded > 0 && !Number.isSafeInteger(timeUs)) return malformed('a bound lies beyond the last possible time')
    const length = this.#varint()
    if (length < 0 || length > ID_BYTES || length > this.#left()) return malformed('a bound has no proper id prefix')
    if (length > 0 && timeUs === Infinity) return malformed('the end of everything has an id prefix')
    const prefix = length === 0 ? NO_PREFIX : this.#message.subarray(this.#at, this.#at + length)
    this.#at += length
    if (timeUs === last.timeUs && comparePrefixes(prefix, last.prefix) < 0) return malformed('bounds descend')
    this.bound = { timeUs, prefix }
    return undefined
  }

  #readPayload(): Refusal | undefined {
    this.mode = this.#varint()
    this.ids = 0
    let bytes = 0
    if (this.mode === MODE_FINGERPRINT) {
      bytes = FINGERPRINT_BYTES
    } else if (this.mode === MODE_ID_LIST) {
      this.ids = this.#varint()
      if (this.ids < 0) return malformed('an id list has no proper length')
      bytes = this.ids * ID_BYTES
    } else if (this.mode !== MODE_SKIP) {
      return malformed('a range has an unknown mode')
    }
    if (bytes > this.#left()) return malformed('a range is longer than the message')
    this.payloadOffset = this.#at
    this.#at += bytes
    return undefined
  }

  #left(): number {
    return this.#message.length - this.#at
  }

  /** A varint up to 2^53 - 1 in its shortest form, or -1. */
  #varint(): number {
    let value = 0
    const begin = this.#at
    for (;;) {
      const byte = this.#message[this.#at]
      if (byte === undefined || (byte === 0x80 && this.#at === begin)) return -1
      this.#at += 1
      value = value * 128 + (byte & 0x7f)
      if (value > Number.MAX_SAFE_INTEGER) return -1
      if (byte < 0x80) return value
    }
  }
}

/** Writes ranges into a growing buffer that begins with the version byte. */
export class RangeWriter {
  #bytes = new Uint8Array(1024)
  #length = 1
  #timeUs = 0

  constructor() {
    this.#bytes[0] = VERSION
  }

  get length(): number {
    return this.#length
  }

  /** A copy. */
  message(): Uint8Array {
    return this.#bytes.slice(0, this.#length)
  }

  skip(bound: Bound): void {
    this.#head(bound, MODE_SKIP, 0)
  }

  fingerprint(bound: Bound, fingerprint: Uint8Array): void {
    this.#head(bound, MODE_FINGERPRINT, FINGERPRINT_BYTES)
    this.#bytes.set(fingerprint, this.#length)
    this.#length += FINGERPRINT_BYTES
  }

  /** `fill` writes the `ids` ids into the target at the offset. */
  idList(bound: Bound, ids: number, fill: (target: Uint8Array, offset: number) => void): void {
    this.#head(bound, MODE_ID_LIST, varintBytes(ids) + ids * ID_BYTES)
    this.#length = writeVarint(this.#bytes, this.#length, ids)
    fill(this.#bytes, this.#length)
    this.#length += ids * ID_BYTES
  }

  mark(): { length: number; timeUs: number } {
    return { length: this.#length, timeUs: this.#timeUs }
  }

  /** Takes back what was written since the mark. */
  rewind(mark: { length: number; timeUs: number }): void {
    this.#length = mark.length
    this.#timeUs = mark.timeUs
  }

  #head(bound: Bound, mode: number, payloadBytes: number): void {
    const time = bound.timeUs === Infinity ? 0 : bound.timeUs - this.#timeUs + 1
    const prefixBytes = bound.prefix.length
    this.#reserve(varintBytes(time) + 1 + prefixBytes + 1 + payloadBytes)
    this.#length = writeVarint(this.#bytes, this.#length, time)
    this.#length = writeVarint(this.#bytes, this.#length, prefixBytes)
    this.#bytes.set(bound.prefix, this.#length)
    this.#length = writeVarint(this.#bytes, this.#length + prefixBytes, mode)
    this.#timeUs = bound.timeUs
  }

  #reserve(bytes: number): void {
    const needed = this.#length + bytes
    if (needed <= this.#bytes.length) return
    const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2))
    grown.set(this.#bytes.subarray(0, this.#length))
    this.#bytes = grown
  }
}

/** The shortest bound that separates two neighbouring items. */
export function boundBetween(last: Bound, first: Bound): Bound {
  if (last.timeUs !== first.timeUs) return { timeUs: first.timeUs, prefix: NO_PREFIX }
  let shared = 0
  while (shared < ID_BYTES - 1 && last.prefix[shared] === first.prefix[shared]) shared += 1
  return { timeUs: first.timeUs, prefix: first.prefix.subarray(0, shared + 1) }
}

/** Compares as if both were padded with zeros. */
function comparePrefixes(a: Uint8Array, b: Uint8Array): number {
  const length = Math.max(a.length, b.length)
  for (let i = 0; i < length; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}

export function malformed(what: string): Refusal {
  return refuse('malformed', `The reconciliation message is malformed: ${what}.`)
}
