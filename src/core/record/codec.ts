/**
 * The canonical encoding of everything that is signed or sent: CBOR (RFC 8949) of null, booleans, safe integers, byte strings, text and arrays,
 * shortest form, definite lengths, no maps, floats or tags. Canonical means: decoding and encoding again gives the same bytes, and that is
 * how it is checked.
 */
import { decode as cborDecode, encode as cborEncode } from 'cborg'
import { accept, refuse } from '../refusal.ts'
import type { Outcome } from '../refusal.ts'
import { sameBytes } from './bytes.ts'
import { MAX_PAYLOAD_DEPTH } from './limits.ts'

export type Value = null | boolean | number | string | Uint8Array | readonly Value[]

const DECODING = {
  strict: true,
  allowIndefinite: false,
  allowUndefined: false,
  allowInfinity: false,
  allowNaN: false,
  allowBigInt: false,
  rejectDuplicateMapKeys: true,
  useMaps: true
}

/** Encodes a value; integers must be safe. */
export function encode(value: Value): Uint8Array {
  return cborEncode(value)
}

/**
 * Decodes canonical bytes; never throws. The caller has checked the size. Refuses with `malformed` what is not CBOR, and with
 * `not-canonical` what is, but has another, shorter or better sorted form or a type that we do not use.
 */
export function decode(bytes: Uint8Array, maxDepth = MAX_PAYLOAD_DEPTH + 2): Outcome<Value> {
  // Nesting is bounded before a recursive decoder sees it, so that a bomb of brackets costs a scan and not the stack.
  const fault = scan(bytes, maxDepth)
  if (fault === 'deep') return refuse('too-deep', `it nests deeper than ${maxDepth} levels`)
  if (fault === 'foreign') return refuse('not-canonical', 'it holds a type that is not used here')
  let value: unknown
  try {
    value = cborDecode(bytes, DECODING)
  } catch {
    return refuse('malformed', 'it is not valid CBOR')
  }
  if (!isValue(value)) return refuse('not-canonical', 'it holds a type that is not used here')
  if (!sameBytes(encode(value), bytes)) return refuse('not-canonical', 'it is not in canonical form')
  return accept(value)
}

/** A decoded value as an array of exactly (or at least) the given length. */
export function asArray(value: Value, length: number): readonly Value[] | undefined {
  return isArray(value) && value.length === length ? value : undefined
}

export function isArray(value: Value | undefined): value is readonly Value[] {
  return Array.isArray(value)
}

export function isBytes(value: Value | undefined, length?: number): value is Uint8Array {
  return value instanceof Uint8Array && (length === undefined || value.length === length)
}

/** A whole number from 0 to `max`. */
export function isCount(value: Value | undefined, max = Number.MAX_SAFE_INTEGER): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value <= max
}

function isValue(value: unknown): value is Value {
  if (value === null || typeof value === 'boolean' || typeof value === 'string' || value instanceof Uint8Array) return true
  if (typeof value === 'number') return Number.isSafeInteger(value)
  return Array.isArray(value) && value.every(isValue)
}

/** Walks the item heads only; stops at the first thing that is not well formed, which the decoder then reports. */
function scan(bytes: Uint8Array, maxDepth: number): 'deep' | 'foreign' | undefined {
  const open: number[] = []
  let at = 0
  while (at < bytes.length) {
    const head = bytes[at]!
    const major = head >> 5
    const info = head & 31
    const extra = info < 24 ? 0 : info === 24 ? 1 : info === 25 ? 2 : info === 26 ? 4 : info === 27 ? 8 : -1
    if (extra < 0 || at + extra >= bytes.length) return undefined
    let length = info
    if (extra > 0) {
      length = 0
      for (let i = 1; i <= extra; i++) length = length * 256 + bytes[at + i]!
    }
    at += 1 + extra
    if (major === 2 || major === 3) at += length
    if (major === 4 && length > 0) {
      open.push(length)
      if (open.length > maxDepth) return 'deep'
      continue
    }
    // Maps and tags.
    if (major === 5 || major === 6) return 'foreign'
    while (open.length > 0 && --open[open.length - 1]! === 0) open.pop()
  }
  return undefined
}
