/** Presence counts while it is fresh, and only if it is newer than what its author said before: replayed, it says nothing. */
import { KIND } from '../record/kinds.ts'
import { MAX_FUTURE_MS, MAX_MEMBERS, MAX_PRESENCE_AGE_MS } from '../record/limits.ts'
import { readPresence } from '../record/payloads.ts'
import type { SignedRecord } from '../record/record.ts'
import { verdict } from './effects.ts'
import type { RoomEffect } from './effects.ts'

export class Attendance {
  /** When the last presence of each author was said, by its clock. */
  readonly #heardUs = new Map<string, number>()

  /** Takes in an ephemeral record that is authentic. */
  hear(record: SignedRecord, nowMs: number): RoomEffect[] {
    const ageMs = nowMs - record.timeUs / 1000
    if (ageMs < -MAX_FUTURE_MS || ageMs > MAX_PRESENCE_AGE_MS) return [verdict('ignore', 'it is not of the present')]
    if (record.kind !== KIND.presence) return [verdict('accept', '')]
    const claim = readPresence(record.payload)
    if (!claim.ok) return [verdict('reject', claim.message)]
    if (record.timeUs <= (this.#heardUs.get(record.author) ?? 0)) return [verdict('ignore', 'something newer was heard')]
    if (!this.#mayRemember(record.author, nowMs)) return [verdict('ignore', 'more people speak than can be kept apart')]
    this.#heardUs.set(record.author, record.timeUs)
    const { author, parents, auth } = record
    return [verdict('accept', ''), { type: 'presence', identity: author, claim: claim.value, heads: parents, auth }]
  }

  /** Forgets those whose presence could not count any more anyway; never others, since theirs could then be said again by anybody. */
  #mayRemember(author: string, nowMs: number): boolean {
    if (this.#heardUs.has(author) || this.#heardUs.size < MAX_MEMBERS) return true
    for (const [other, timeUs] of this.#heardUs) if (nowMs - timeUs / 1000 > MAX_PRESENCE_AGE_MS) this.#heardUs.delete(other)
    return this.#heardUs.size < MAX_MEMBERS
  }
}
