/**
 * Presence counts while it is fresh, and only if it is newer than what its author said before: replayed, it says nothing. The same holds for what is sent
 * and never stored of kinds that this version does not know; it is passed on and has no effect.
 */
import { KIND } from '../record/kinds.ts'
import { MAX_FUTURE_MS, MAX_MEMBERS, MAX_PRESENCE_AGE_MS } from '../record/limits.ts'
import { readPresence } from '../record/payloads.ts'
import type { SignedRecord } from '../record/record.ts'
import { verdict } from './effects.ts'
import type { RoomEffect } from './effects.ts'

export class Attendance {
  /** When the last presence of each author was said, by its clock. */
  readonly #heardUs = new Map<string, number>()
  /** The same for kinds that are not known. */
  readonly #passedUs = new Map<string, number>()

  /** Takes in an ephemeral record that is authentic. */
  hear(record: SignedRecord, nowMs: number): RoomEffect[] {
    const ageMs = nowMs - record.timeUs / 1000
    if (ageMs < -MAX_FUTURE_MS || ageMs > MAX_PRESENCE_AGE_MS) return [verdict('ignore', 'it is not of the present')]
    if (record.kind !== KIND.presence) return this.#pass(record, nowMs)
    const claim = readPresence(record.payload)
    if (!claim.ok) return [verdict('reject', claim.message)]
    if (record.timeUs <= (this.#heardUs.get(record.author) ?? 0)) return [verdict('ignore', 'something newer was heard')]
    if (!mayRemember(this.#heardUs, record.author, nowMs)) return [verdict('ignore', 'more people speak than can be kept apart')]
    this.#heardUs.set(record.author, record.timeUs)
    const { author, parents, auth } = record
    return [verdict('accept', ''), { type: 'presence', identity: author, claim: claim.value, heads: parents, auth }]
  }

  #pass({ author, timeUs }: SignedRecord, nowMs: number): RoomEffect[] {
    if (timeUs <= (this.#passedUs.get(author) ?? 0)) return [verdict('ignore', 'something newer was heard')]
    if (!mayRemember(this.#passedUs, author, nowMs)) return [verdict('ignore', 'more people speak than can be kept apart')]
    this.#passedUs.set(author, timeUs)
    return [verdict('accept', '')]
  }
}

/** Forgets those whose presence could not count any more anyway; never others, since theirs could then be said again by anybody. */
function mayRemember(heardUs: Map<string, number>, author: string, nowMs: number): boolean {
  if (heardUs.has(author) || heardUs.size < MAX_MEMBERS) return true
  for (const [other, timeUs] of heardUs) if (nowMs - timeUs / 1000 > MAX_PRESENCE_AGE_MS) heardUs.delete(other)
  return heardUs.size < MAX_MEMBERS
}
