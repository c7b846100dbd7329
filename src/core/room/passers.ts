/**
 * Authority records that change nothing: leaves, and kinds that this version does not know. Nobody may name them, so that nobody needs them: they are told
 * of, passed on while they are fresh, the newest of each author, and not kept.
 */
import { ACTIONS } from '../authority/actions/index.ts'
import { KIND } from '../record/kinds.ts'
import { LATE_MS, MAX_FUTURE_MS, MAX_MEMBERS } from '../record/limits.ts'
import type { SignedRecord } from '../record/record.ts'
import { verdict } from './effects.ts'
import type { RoomEffect } from './effects.ts'

const WEIGHTY: ReadonlySet<number> = new Set([KIND.genesis, ...ACTIONS.filter(({ by }) => by !== 'himself').map(({ kind }) => kind)])
/** Of one author one in so long is passed on: who leaves does not leave again at once. */
const PAUSE_US = 10_000_000

/** Whether it is an authority record of a kind that changes nothing. */
export function isWeightlessKind({ graph, kind }: SignedRecord): boolean {
  return graph === 'authority' && !WEIGHTY.has(kind)
}

export class Passers {
  /** When each author did so last, by its clock, µs; the one heard from longest ago is first. */
  readonly #heardUs = new Map<string, number>()

  /** Of an author who is in the room. */
  hear(record: SignedRecord, nowMs: number): RoomEffect[] {
    const { author, kind, timeUs } = record
    const ageMs = nowMs - timeUs / 1000
    if (ageMs < -MAX_FUTURE_MS || ageMs > LATE_MS) return [verdict('ignore', 'it is not of the present')]
    const last = this.#heardUs.get(author)
    if (last !== undefined && timeUs < last + PAUSE_US) return [verdict('ignore', 'its author left a moment ago')]
    if (last === undefined && this.#heardUs.size >= MAX_MEMBERS) {
      const [oldest, oldestUs] = this.#heardUs.entries().next().value!
      if (nowMs * 1000 - oldestUs <= LATE_MS * 1000) return [verdict('ignore', 'more people leave than can be kept apart')]
      this.#heardUs.delete(oldest)
    }
    this.#heardUs.delete(author)
    this.#heardUs.set(author, timeUs)
    return kind === KIND.leave ? [verdict('accept', ''), { type: 'left', identity: author }] : [verdict('accept', '')]
  }
}
