/**
 * One graph of a room: its heads (records that no known record names as parent) and its gaps (parents that are named but not there). Both are a
 * function of the set of records, whatever the order in which they came.
 */
import { fromHex, toHex } from '../record/bytes.ts'
import { asArray, decode, encode, isArray, isBytes, isCount } from '../record/codec.ts'
import type { Value } from '../record/codec.ts'
import { MAX_GAPS } from '../record/limits.ts'
import type { RecordId } from '../record/record.ts'

/** Heads that are kept. More appear only in an attack; the oldest are then left for reconciliation to find. */
const MAX_HEADS = 1024

export interface GraphRecord {
  readonly id: RecordId
  readonly timeUs: number
  readonly parents: readonly RecordId[]
}

export interface RecordGraphState {
  /** Heads with their times, µs. */
  readonly heads: ReadonlyMap<RecordId, number>
  readonly gaps: ReadonlySet<RecordId>
  /** Takes a record in. False when it is refused because too many parents are missing already. The caller has checked that it is new. */
  add(record: GraphRecord, has: (id: RecordId) => boolean): boolean
  /** Ids that a new record should name: the newest heads, at most `most`. */
  parents(most: number): RecordId[]
  /** The time that a new record must exceed, µs. */
  newestUs(): number
  save(): Value
}

/** `saved` is what {@link RecordGraphState.save} gave, or undefined for an empty graph. Damaged state gives an empty graph. */
export function createGraph(saved?: Value): RecordGraphState {
  const { heads, gaps } = load(saved)

  return {
    heads,
    gaps,

    add(record, has) {
      const missing = record.parents.filter((parent) => !heads.has(parent) && !gaps.has(parent) && !has(parent))
      if (gaps.size + missing.length > MAX_GAPS) return false
      for (const parent of record.parents) heads.delete(parent)
      for (const parent of missing) gaps.add(parent)
      // A record that was missed has a child already, so it is no head.
      if (!gaps.delete(record.id)) heads.set(record.id, record.timeUs)
      if (heads.size > MAX_HEADS) heads.delete(oldest(heads))
      return true
    },

    parents: (most) => newestFirst(heads).slice(0, most),
    newestUs: () => Math.max(0, ...heads.values()),
    save: () => [[...heads].map(([id, timeUs]) => [fromHex(id), timeUs]), [...gaps].map(fromHex)]
  }
}

/** Reads a graph's saved bytes. */
export function loadGraph(bytes: Uint8Array): RecordGraphState {
  const value = decode(bytes)
  return createGraph(value.ok ? value.value : undefined)
}

export function saveGraph(graph: RecordGraphState): Uint8Array {
  return encode(graph.save())
}

function newestFirst(heads: ReadonlyMap<RecordId, number>): RecordId[] {
  return [...heads].sort(([leftId, left], [rightId, right]) => right - left || (leftId < rightId ? -1 : 1)).map(([id]) => id)
}

function oldest(heads: ReadonlyMap<RecordId, number>): RecordId {
  return newestFirst(heads).at(-1)!
}

function load(saved: Value | undefined): { heads: Map<RecordId, number>; gaps: Set<RecordId> } {
  const heads = new Map<RecordId, number>()
  const gaps = new Set<RecordId>()
  const [savedHeads, savedGaps] = asArray(saved ?? null, 2) ?? []
  if (!isArray(savedHeads) || !isArray(savedGaps)) return { heads, gaps }
  for (const head of savedHeads) {
    const [id, timeUs] = asArray(head, 2) ?? []
    if (isBytes(id, 32) && isCount(timeUs)) heads.set(toHex(id), timeUs)
  }
  for (const gap of savedGaps) if (isBytes(gap, 32)) gaps.add(toHex(gap))
  return { heads, gaps }
}
