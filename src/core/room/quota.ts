/**
 * What a room keeps of messages that it does not show, and what it takes in of old ones in a day: bounded for the room as a whole, since identities cost
 * nothing. What was hidden before the start goes on counting, by its number and size.
 */
import { asArray, isCount } from '../record/codec.ts'
import type { Value } from '../record/codec.ts'
import type { Identity } from '../record/keys.ts'
import {
  LATE_MS, MAX_HIDDEN, MAX_HIDDEN_BYTES, MAX_HIDDEN_NEEDED, MAX_HIDDEN_NEEDED_BYTES, MAX_HIDDEN_PER_AUTHOR, MAX_LATE_BYTES_PER_DAY
} from '../record/limits.ts'
import type { RecordId, SignedRecord } from '../record/record.ts'

type Sized = Pick<SignedRecord, 'id' | 'author' | 'bytes'>

interface Hidden {
  readonly author: Identity
  readonly bytes: number
}

const DAY_MS = 86_400_000

export class RoomQuota {
  /** Since the start. */
  readonly #hidden = new Map<RecordId, Hidden>()
  readonly #byAuthor = new Map<Identity, number>()
  #hiddenCount = 0
  #hiddenBytes = 0
  readonly #lateBytesPerDay: number
  #lateDay = 0
  #lateBytes = 0

  /**
   * @param saved what {@link save} gave; anything else counts as nothing
   * @param lateBytesPerDay what a room takes of old messages in a day
   */
  constructor(saved?: Value, lateBytesPerDay = MAX_LATE_BYTES_PER_DAY) {
    this.#lateBytesPerDay = lateBytesPerDay
    const [count, bytes, day, late] = asArray(saved ?? null, 4) ?? []
    if (!isCount(count) || !isCount(bytes) || !isCount(day) || !isCount(late)) return
    this.#hiddenCount = count
    this.#hiddenBytes = bytes
    this.#lateDay = day
    this.#lateBytes = late
  }

  save(): Value {
    return [this.#hiddenCount, this.#hiddenBytes, this.#lateDay, this.#lateBytes]
  }

  /**
   * Takes room for a message that is kept out of sight. What is `needed` to find out what else lies before a cut has more, that others do not take: without
   * it, messages that count stay in doubt.
   */
  hide({ id, author, bytes }: Sized, isNeeded: boolean): boolean {
    if (this.#hidden.has(id)) return true
    const [most, mostBytes] = isNeeded ? [MAX_HIDDEN_NEEDED, MAX_HIDDEN_NEEDED_BYTES] : [MAX_HIDDEN, MAX_HIDDEN_BYTES]
    if (this.#hiddenCount >= most || this.#hiddenBytes + bytes.length > mostBytes) return false
    const byAuthor = this.#byAuthor.get(author) ?? 0
    if (!isNeeded && byAuthor >= MAX_HIDDEN_PER_AUTHOR) return false
    this.#byAuthor.set(author, byAuthor + 1)
    this.#hidden.set(id, { author, bytes: bytes.length })
    this.#hiddenCount++
    this.#hiddenBytes += bytes.length
    return true
  }

  /** Gives back the room of what is not out of sight any more. */
  review(isHidden: (id: RecordId) => boolean): void {
    for (const [id, { author, bytes }] of this.#hidden) {
      if (isHidden(id)) continue
      this.#hidden.delete(id)
      this.#hiddenCount--
      this.#hiddenBytes -= bytes
      const left = this.#byAuthor.get(author)! - 1
      if (left === 0) this.#byAuthor.delete(author)
      else this.#byAuthor.set(author, left)
    }
  }

  /** Whether a day began since a late message was asked about. */
  isNewDay(nowMs: number): boolean {
    return this.#lateDay !== dayOf(nowMs)
  }

  /** Takes from what is left of today for a message that comes late; for others there is always room. */
  takeLate({ timeUs, bytes }: Pick<SignedRecord, 'timeUs' | 'bytes'>, nowMs: number): boolean {
    if (nowMs - timeUs / 1000 <= LATE_MS) return true
    if (this.isNewDay(nowMs)) [this.#lateDay, this.#lateBytes] = [dayOf(nowMs), 0]
    if (this.#lateBytes >= this.#lateBytesPerDay) return false
    this.#lateBytes += bytes.length
    return true
  }
}

function dayOf(nowMs: number): number {
  return Math.max(0, Math.floor(nowMs / DAY_MS))
}
