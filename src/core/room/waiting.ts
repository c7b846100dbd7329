/** Records that are authentic and cannot be judged yet: they wait for authority records that they rely on, or for their time. */
import { createParking } from '../log/parking.ts'
import { KIND } from '../record/kinds.ts'
import { MAX_FUTURE_MS } from '../record/limits.ts'
import { decodeRecord } from '../record/record.ts'
import type { RecordId, SignedRecord } from '../record/record.ts'
import type { Admissible } from './batch.ts'

type Has = (id: RecordId) => boolean

export class Waiting {
  readonly #parking = createParking()
  /** What all that waits here relies on, while nothing of it changes: ids are asked about by the thousand. */
  #relied: ReadonlySet<RecordId> | undefined

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

  /** Whether something waits for this authority record. */
  wants(id: RecordId): boolean {
    this.#relied ??= new Set([...this.#parking.records()].flatMap(relied))
    return this.#relied.has(id)
  }

  /** What waits for something that is refused for ever is so itself. Returns the ids of what is let go. */
  discard(isRefused: Has): RecordId[] {
    const all: RecordId[] = []
    this.#relied = undefined
    const isHopeless = (id: RecordId): boolean => isRefused(id) || all.includes(id)
    for (let gone = this.#parking.discard(isHopeless); gone.length > 0; gone = this.#parking.discard(isHopeless)) all.push(...gone)
    return all
  }

  /**
   * Whether what waits here, or what comes in the same batch, names a record, so that it is to be taken though nothing that is here does: a record or
   * message of another author; a key, as `isNamed` says; or what such a one names in its turn. A message of the same author is enough for an admission: by
   * it people speak.
   */
  naming(batch: readonly SignedRecord[], isNamed: Has): (record: SignedRecord) => boolean {
    let named: ReadonlySet<RecordId> | undefined
    return ({ id }) => (named ??= namedBy([...this.#parking.records(), ...batch], isNamed)).has(id)
  }

  /** Those that can be judged, in the order given; the others wait, and why is told of each. */
  sort(entries: readonly Admissible[], has: Has, nowMs: number): { ready: Admissible[]; held: string[] } {
    const ready: Admissible[] = []
    const held: string[] = []
    const coming = new Set<RecordId>()
    this.#relied = undefined
    for (const entry of entries) {
      const { record } = entry
      const missing = new Set(relied(record).filter((id) => !has(id) && !coming.has(id)))
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
    this.#relied = undefined
    const free = this.#parking.size === 0 ? [] : this.#parking.release(has, nowMs)
    const [acts, messages]: [Admissible[], Admissible[]] = [[], []]
    for (const entry of free) (entry.record.graph === 'authority' ? acts : messages).push(entry)
    return { acts, messages }
  }
}

/** The authority records without which it cannot be judged. */
export function relied(record: SignedRecord): readonly RecordId[] {
  return record.graph === 'authority' ? record.parents : record.auth
}

function namedBy(records: readonly SignedRecord[], isNamed: Has): Set<RecordId> {
  const acts = new Map(records.flatMap((record) => (record.graph === 'authority' ? [[record.id, record]] : [])))
  const named = new Set([...acts.keys()].filter(isNamed))
  for (const record of records) {
    for (const id of relied(record)) {
      const act = acts.get(id)
      if (act !== undefined && (act.author !== record.author || (act.kind === KIND.admit && record.graph === 'message'))) named.add(id)
    }
  }
  // What is added to a set is come to in its turn.
  for (const id of named) for (const parent of acts.get(id)?.parents ?? []) if (acts.has(parent)) named.add(parent)
  return named
}

/** The same record in memory of its own: what came may be a view into a batch a thousand times as large. */
function detached(record: SignedRecord): SignedRecord {
  // Not by slice: of a Buffer that is a view.
  const copy = decodeRecord(new Uint8Array(record.bytes))
  return copy.ok ? copy.value : record
}
