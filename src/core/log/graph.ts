/**
 * One graph of a room: its heads (records that no known record names as parent) and its gaps (parents that are named but not there, with the
 * latest time of a child). Both are a function of the set of records, whatever the order in which they came.
 */
import { fromHex, toHex } from '../record/bytes.ts'
import { asArray, isArray, isBytes, isCount } from '../record/codec.ts'
import type { Value } from '../record/codec.ts'
import { MAX_GAPS } from '../record/limits.ts'
import type { RecordId } from '../record/record.ts'
import { Undo } from './undo.ts'

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
  readonly gaps: ReadonlyMap<RecordId, number>
  /**
   * Takes a record in. The caller has checked that it is new. It is taken however much is missing before it: were it refused beyond some number of
   * gaps, whoever opens so many could decide which of the others' records are seen. What is then missing and not listed is found by reconciliation.
   */
  add(record: GraphRecord, has: (id: RecordId) => boolean): void
  /**
   * Takes a head out again, so that heads and gaps are what they would be without it. False, and nothing is changed, for what something names, since whoever
   * walks back from there needs it, and for what came too long ago.
   */
  remove(record: GraphRecord): boolean
  /** It is not missed any more, though it is not taken in. */
  forgive(id: RecordId): void
  /** Ids that a new record should name: the newest heads that are not later than `untilUs`, at most `most`. */
  parents(most: number, untilUs: number): RecordId[]
  /** The newest time of a record that is not later than `untilUs`, as far as known, µs: what is said next is to sort behind it. */
  newestUs(untilUs: number): number
  /** `[heads, gaps]`; what stands behind them is not read. */
  save(): readonly Value[]
}

/** `saved` is what {@link RecordGraphState.save} gave, or undefined for an empty graph. Damaged state gives an empty graph. */
export function createGraph(saved?: Value): RecordGraphState {
  const { heads, gaps } = load(saved)
  const undo = new Undo()
  /** Not only of heads: a record that claims to be older than its own parents takes their place as head. */
  let newestUs = latest(heads, Infinity)

  return {
    heads,
    gaps,

    add(record, has) {
      const missing = record.parents.filter((parent) => !heads.has(parent) && !gaps.has(parent) && !has(parent))
      const taken = record.parents.flatMap((parent): [RecordId, number][] => {
        const timeUs = heads.get(parent)
        return timeUs === undefined || timeUs >= record.timeUs ? [] : [[parent, timeUs]]
      })
      undo.took(record.id, taken)
      for (const parent of record.parents) {
        // An edge counts only where time rises: who dates a message before what it names would else take that out of everybody's past.
        if ((heads.get(parent) ?? Infinity) < record.timeUs) heads.delete(parent)
        undo.names(record.id, record.timeUs, parent)
        if (!gaps.has(parent)) continue
        gaps.set(parent, Math.max(gaps.get(parent)!, record.timeUs))
        undo.opened(record.id, parent, false)
      }
      for (const parent of missing) {
        if (gaps.size >= MAX_GAPS) {
          undo.forget(record.id)
          break
        }
        gaps.set(parent, record.timeUs)
        undo.opened(record.id, parent, true)
      }
      // A record that was missed has a later child already, so it is no head.
      const childUs = gaps.get(record.id) ?? -Infinity
      if (gaps.delete(record.id)) undo.filled(record.id, record.timeUs, childUs > record.timeUs)
      if (childUs <= record.timeUs) heads.set(record.id, record.timeUs)
      if (heads.size > MAX_HEADS) heads.delete(oldest(heads))
      newestUs = Math.max(newestUs, record.timeUs)
    },

    remove(record) {
      const undone = heads.has(record.id) ? undo.remove(record.id, record.parents) : undefined
      if (undone === undefined) return false
      heads.delete(record.id)
      for (const [id, timeUs] of undone.heads) heads.set(id, timeUs)
      for (const id of undone.gaps) gaps.delete(id)
      return true
    },

    forgive: (id) => void gaps.delete(id),
    parents: (most, untilUs) => newestFirst(heads).filter(([, timeUs]) => timeUs <= untilUs).slice(0, most).map(([id]) => id),
    newestUs: (untilUs) => (newestUs <= untilUs ? newestUs : latest(heads, untilUs)),
    save: () => [[...heads].map(([id, timeUs]) => [fromHex(id), timeUs]), [...gaps].map(([id, childUs]) => [fromHex(id), childUs])]
  }
}

function newestFirst(heads: ReadonlyMap<RecordId, number>): [RecordId, number][] {
  return [...heads].sort(([leftId, left], [rightId, right]) => right - left || (leftId < rightId ? -1 : 1))
}

/** The last of {@link newestFirst}, without sorting: whoever makes heads without end makes this be asked with each record. */
function oldest(heads: ReadonlyMap<RecordId, number>): RecordId {
  let [oldestId, oldestUs] = ['', Infinity]
  for (const [id, timeUs] of heads) if (timeUs < oldestUs || (timeUs === oldestUs && id > oldestId)) [oldestId, oldestUs] = [id, timeUs]
  return oldestId
}

function latest(heads: ReadonlyMap<RecordId, number>, untilUs: number): number {
  let latestUs = 0
  for (const timeUs of heads.values()) if (timeUs > latestUs && timeUs <= untilUs) latestUs = timeUs
  return latestUs
}

function load(saved: Value | undefined): { heads: Map<RecordId, number>; gaps: Map<RecordId, number> } {
  const heads = new Map<RecordId, number>()
  const gaps = new Map<RecordId, number>()
  const [savedHeads, savedGaps] = isArray(saved) ? saved : []
  if (!isArray(savedHeads) || !isArray(savedGaps)) return { heads, gaps }
  for (const head of savedHeads) {
    const [id, timeUs] = asArray(head, 2) ?? []
    if (isBytes(id, 32) && isCount(timeUs)) heads.set(toHex(id), timeUs)
  }
  for (const gap of savedGaps) {
    const [id, childUs] = asArray(gap, 2) ?? []
    if (isBytes(id, 32) && isCount(childUs)) gaps.set(toHex(id), childUs)
  }
  return { heads, gaps }
}
