/** What payloads are made of: the checks that several of them share. All are bounded. */
import { toHex, utf8Length } from './bytes.ts'
import { isArray, isBytes, isCount } from './codec.ts'
import type { Value } from './codec.ts'
import { isSmallOrder, KEY_BYTES } from './keys.ts'
import type { Identity } from './keys.ts'
import { MAX_MESSAGE_PARENTS, MAX_TIME_US } from './limits.ts'

export const ACCESS = ['open', 'passcode', 'invite'] as const
export type Access = (typeof ACCESS)[number]

export const COMMITMENT_BYTES = 32

/** Why somebody was kicked and the like, in UTF-8: a line in a terminal. */
const MAX_REASON_BYTES = 256
const MAX_TIME_MS = MAX_TIME_US / 1000

export function isText(value: Value | undefined, maxBytes: number): value is string {
  // A string of n UTF-16 units has at least n bytes: the cheap bound first.
  return typeof value === 'string' && value.length <= maxBytes && utf8Length(value) <= maxBytes
}

export function isReason(value: Value | undefined): value is string {
  return isText(value, MAX_REASON_BYTES)
}

/** Lower-case hex of an identity's 32 bytes; undefined for anything else, and for keys with which anybody can sign. */
export function identityFrom(value: Value | undefined): Identity | undefined {
  return isBytes(value, KEY_BYTES) && !isSmallOrder(value) ? toHex(value) : undefined
}

/** Lower-case hex of 32 bytes. */
export function idFrom(value: Value | undefined): string | undefined {
  return isBytes(value, 32) ? toHex(value) : undefined
}

/** Message heads that an author had seen: at most 16 ids, strictly ascending. */
export function cutFrom(value: Value | undefined): readonly string[] | undefined {
  if (!isArray(value) || value.length > MAX_MESSAGE_PARENTS) return undefined
  const ids: string[] = []
  for (const item of value) {
    const id = idFrom(item)
    if (id === undefined || (ids.length > 0 && ids[ids.length - 1]! >= id)) return undefined
    ids.push(id)
  }
  return ids
}

/** A time in ms, or null for never. */
export function isTimeOrNull(value: Value | undefined): value is number | null {
  return value === null || isCount(value, MAX_TIME_MS)
}

/** Each item as it is read; undefined when there are more than so many, or one cannot be read. */
export function readList<T>(value: Value | undefined, most: number, read: (item: Value) => T | undefined): T[] | undefined {
  if (!isArray(value) || value.length > most) return undefined
  const list: T[] = []
  for (const item of value) {
    const entry = read(item)
    if (entry === undefined) return undefined
    list.push(entry)
  }
  return list
}
