/** Records that are authentic and cannot be judged yet: they wait for authority records that they rely on, or for their time. */
import { createParking } from '../log/parking.ts'
import { MAX_FUTURE_MS } from '../record/limits.ts'
import { decodeRecord } from '../record/record.ts'
import type { RecordId, SignedRecord } from '../record/record.ts'
import type { Admissible } from './batch.ts'

type Has = (id: RecordId) => boolean

export class Waiting {
  readonly #parking = createParking()

  get size(): number {
    return this.#parking.size
  }

  has(id: RecordId): boolean {
    return this.#parking.has(id)
  }

  /** Authority records that something waits for. */
  wanted(): RecordId[] {
    return this.#parking.wanted()
  }

  /** Those that can be judged, in the order given; the others wait, and why is told of each. */
  sort(entries: readonly Admissible[], has: Has, nowMs: number): { ready: Admissible[]; held: string[] } {
    const ready: Admissible[] = []
    const held: string[] = []
    const coming = new Set<RecordId>()
    for (const entry of entries) {
      const { record } = entry
      const needed = record.graph === 'authority' ? record.parents : record.auth
      const missing = new Set(needed.filter((id) => !has(id) && !coming.has(id)))
      const dueMs = record.timeUs / 1000 - MAX_FUTURE_MS
      if (missing.size === 0 && dueMs <= nowMs) {
        ready.push(entry)
        if (record.graph === 'authority') coming.add(record.id)
        continue
      }
      this.#parking.park({ ...entry, record: detached(record), missing, dueMs: dueMs > nowMs ? dueMs : 0 })
      held.push(missing.size > 0 ? 'it relies on authority records that are not here' : 'it is from the future')
    }
    return { ready, held }
  }

  /** Takes out what no longer waits. */
  release(has: Has, nowMs: number): { acts: Admissible[]; messages: Admissible[] } {
    const free = this.#parking.size === 0 ? [] : this.#parking.release(has, nowMs)
    const [acts, messages]: [Admissible[], Admissible[]] = [[], []]
    for (const entry of free) (entry.record.graph === 'authority' ? acts : messages).push(entry)
    return { acts, messages }
  }
}

/** The same record in memory of its own: what came may be a view into a batch a thousand times as large. */
function detached(record: SignedRecord): SignedRecord {
  // Not by slice: of a Buffer that is a view.
  const copy = decodeRecord(new Uint8Array(record.bytes))
  return copy.ok ? copy.value : record
}
