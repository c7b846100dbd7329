/**
 * Where records wait that cannot be judged yet: for authority records that they rely on, or for their own time. Bounded; the oldest waiter
 * gives way, since it can be fetched again.
 */
import { MAX_PARKED_RECORD_BYTES, MAX_PARKED_RECORDS } from '../record/limits.ts'
import type { RecordId, SignedRecord } from '../record/record.ts'

export interface Parked {
  readonly record: SignedRecord
  /** Whether its signature was checked, as when it arrived. */
  readonly verified: boolean
  /** Authority records that are not there. */
  readonly missing: ReadonlySet<RecordId>
  /** When it may be applied, ms; 0 when it waits for records only. */
  readonly dueMs: number
}

export interface Parking {
  readonly size: number
  has(id: RecordId): boolean
  park(entry: Parked): void
  /** Takes out all that no longer wait: those whose records `has` knows and whose time has come. */
  release(has: (id: RecordId) => boolean, nowMs: number): Parked[]
  /** Every id that somebody waits for. */
  wanted(): RecordId[]
  /** All that wait, the one that came first before the others. */
  records(): Iterable<SignedRecord>
  /** Lets go of those that wait for such a record; returns their ids. */
  discard(isHopeless: (id: RecordId) => boolean): RecordId[]
  /** The earliest time at which something falls due, ms. */
  nextDueMs(): number | undefined
}

export function createParking(capacity = MAX_PARKED_RECORDS): Parking {
  const waiting = new Map<RecordId, Parked>()
  let bytes = 0

  function take(entry: Parked): void {
    waiting.delete(entry.record.id)
    bytes -= entry.record.bytes.length
  }

  return {
    get size() {
      return waiting.size
    },
    has: (id) => waiting.has(id),

    park(entry) {
      if (waiting.has(entry.record.id)) return
      bytes += entry.record.bytes.length
      waiting.set(entry.record.id, entry)
      while (waiting.size > capacity || bytes > MAX_PARKED_RECORD_BYTES) take(waiting.values().next().value!)
    },

    release(has, nowMs) {
      const free: Parked[] = []
      for (const entry of waiting.values()) {
        if (entry.dueMs <= nowMs && [...entry.missing].every(has)) free.push(entry)
      }
      for (const entry of free) take(entry)
      return free
    },

    *records() {
      for (const entry of waiting.values()) yield entry.record
    },

    discard(isHopeless) {
      const hopeless = [...waiting.values()].filter((entry) => [...entry.missing].some(isHopeless))
      for (const entry of hopeless) take(entry)
      return hopeless.map((entry) => entry.record.id)
    },

    wanted: () => [...new Set([...waiting.values()].flatMap((entry) => [...entry.missing]))],

    nextDueMs() {
      const due = [...waiting.values()].map((entry) => entry.dueMs).filter((dueMs) => dueMs > 0)
      return due.length > 0 ? Math.min(...due) : undefined
    }
  }
}
