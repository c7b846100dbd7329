/**
 * The canonical encoding of everything that is signed or sent: CBOR (RFC 8949) of null, booleans, safe integers, byte strings, text and arrays,
 * shortest form, definite lengths, no maps, floats or tags. Of a value there is one encoding; the reader takes no other.
 */
import { encode as cborEncode } from 'cborg'
import { accept, refuse } from '../refusal.ts'
import type { Outcome } from '../refusal.ts'
import { MAX_PAYLOAD_DEPTH } from './limits.ts'
import { Malformed, ValueReader } from './value-reader.ts'

export type Value = null | boolean | number | string | Uint8Array | readonly Value[]

/** Encodes a value; integers must be safe. */
export function encode(value: Value): Uint8Array {
  return cborEncode(value)
}

/**
 * Decodes canonical bytes; never throws. The caller has checked the size. Refuses with `malformed` what is not CBOR, with `not-canonical`
 * what is, but has another or longer form or a type that we do not use, and with `too-deep` what nests deeper than `maxDepth`.
 */
export function decode(bytes: Uint8Array, maxDepth = MAX_PAYLOAD_DEPTH + 2): Outcome<Value> {
  const reader = new ValueReader(bytes, maxDepth)
  try {
    const value = reader.read()
    return reader.ended ? accept(value) : refuse('malformed', 'something follows its end')
  } catch (error) {
    if (error instanceof Malformed) return refuse(error.reason, error.message)
    throw error
  }
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
