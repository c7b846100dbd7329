/** When to ask for missing records: not at once, since they are usually on their way, then again with growing pauses. */
import type { RecordId } from '../record/record.ts'

/** A parent that is only late by reordering arrives within this. */
const PATIENCE_MS = 300
const FIRST_RETRY_MS = 2_000
const LONGEST_RETRY_MS = 60_000

interface Wait {
  readonly sinceMs: number
  nextMs: number
  pauseMs: number
}

export interface GapWatch {
  /** How many gaps were last reported. */
  readonly shown: number
  /** Which gaps to ask for now, and their number if it is not what was last reported. */
  check(gaps: Iterable<RecordId>, nowMs: number): { due: RecordId[]; changed: number | undefined }
  /** The same for ids that something parked waits for; they are not reported. */
  dueNow(wanted: readonly RecordId[], nowMs: number): RecordId[]
}

export function createGapWatch(): GapWatch {
  const waits = new Map<RecordId, Wait>()
  const parked = new Map<RecordId, Wait>()
  let shown = 0

  return {
    get shown() {
      return shown
    },

    check(gaps, nowMs) {
      const due = dueOf(waits, new Set(gaps), nowMs)
      let old = 0
      for (const wait of waits.values()) if (nowMs - wait.sinceMs >= PATIENCE_MS || wait.sinceMs > nowMs) old++
      const changed = old === shown ? undefined : old
      shown = old
      return { due, changed }
    },

    dueNow: (wanted, nowMs) => dueOf(parked, new Set(wanted), nowMs)
  }
}

function dueOf(waits: Map<RecordId, Wait>, missing: ReadonlySet<RecordId>, nowMs: number): RecordId[] {
  for (const id of waits.keys()) if (!missing.has(id)) waits.delete(id)
  const due: RecordId[] = []
  for (const id of missing) {
    const wait = waits.get(id)
    if (wait === undefined) waits.set(id, { sinceMs: nowMs, nextMs: nowMs + PATIENCE_MS, pauseMs: FIRST_RETRY_MS })
    else if (wait.nextMs <= nowMs || wait.nextMs > nowMs + LONGEST_RETRY_MS) {
      // Due, or so far away that the clock was set back meanwhile.
      due.push(id)
      wait.nextMs = nowMs + wait.pauseMs
      wait.pauseMs = Math.min(wait.pauseMs * 2, LONGEST_RETRY_MS)
    }
  }
  return due
}
