/** A room's signed records, out of the store in pages and into it again: what an export is made of, and what an import takes. */
import { fromBase64, isHex, toBase64, toHex } from '../core/record/bytes.ts'
import { KIND } from '../core/record/kinds.ts'
import { MAX_EXPORTS, RECORD_BATCH_BYTES } from '../core/record/limits.ts'
import { parentsFirst } from '../core/log/parents-first.ts'
import { decodeRecord, verifyRecord } from '../core/record/record.ts'
import type { RecordId, RoomId, SignedRecord } from '../core/record/record.ts'
import { ApiError, INVALID_PARAMS, REFUSED } from './api.ts'
import type { ImportRefusal, Result } from './api.ts'
import type { ChatNode } from './chat-node.ts'
import type { Engine } from './context.ts'
import { keepMembers } from './keep.ts'
import { ensureRunning } from './life.ts'
import { StoreError } from './ports.ts'
import type { RoomHost } from './room-host.ts'
import type { Rooms } from './rooms.ts'
import { decodeStored, messageView } from './views.ts'

export type Archive = Pick<ChatNode, 'records' | 'importRecords'>
type Page = Result<'room.records'>
type Imported = Result<'room.import'>

export function createArchive(engine: Engine, rooms: Rooms): Archive {
  /** Exports under way, by the `next` that continues them; the one begun first gives way. */
  const exporting = new Map<string, { room: string; records: Iterator<string[], undefined> }>()
  let pages = 0

  return {
    records({ room, after }) {
      const begun = exporting.get(after ?? '')
      const records = after === undefined ? begin(engine, rooms, room) : begun?.room === room ? begun.records : undefined
      if (records === undefined) throw new ApiError(REFUSED, 'not-found', 'That export was left for too long; begin it again.')
      exporting.delete(after ?? '')
      const page = records.next()
      if (page.done === true) return { records: [] } satisfies Page
      const next = String(++pages)
      exporting.set(next, { room, records })
      for (const oldest of exporting.keys()) if (exporting.size > MAX_EXPORTS) exporting.delete(oldest)
      return { records: page.value, next }
    },

    async importRecords(records) {
      ensureRunning(engine.life)
      try {
        return take(engine, rooms, records)
      } catch (error) {
        if (error instanceof StoreError) throw new ApiError(REFUSED, error.fault, error.message)
        throw error
      }
    }
  }
}

function begin(engine: Engine, rooms: Rooms, room: string): Iterator<string[], undefined> {
  // A room that was left is still here, under its id.
  const isStored = isHex(room, 32) && engine.store.rooms().some(({ id }) => id === room)
  const id = isStored ? room : rooms.resolve(room).id
  engine.writer.flush()
  return paged(recordsOf(engine, id))
}

/** What comes while the export goes on is left out of it, so that all that a message relies on has come before it. */
function* recordsOf({ store }: Engine, room: RoomId): Generator<SignedRecord, undefined> {
  const authority = parentsFirst(store.authority(room).flatMap((stored) => decodeStored(stored) ?? []))
  const known = new Set<RecordId>(authority.map(({ id }) => id))
  yield* authority
  for (const { id } of store.items(room, 'message')) {
    const stored = store.get(room, toHex(id))
    const message = stored === undefined ? undefined : decodeStored(stored)
    if (message?.auth.every((relied) => known.has(relied)) === true) yield message
  }
}

function* paged(records: Iterable<SignedRecord>): Generator<string[], undefined> {
  let page: string[] = []
  let bytes = 0
  for (const record of records) {
    page.push(toBase64(record.bytes))
    bytes += record.bytes.length
    if (bytes < RECORD_BATCH_BYTES) continue
    yield page
    page = []
    bytes = 0
  }
  if (page.length > 0) yield page
}

function take(engine: Engine, rooms: Rooms, records: readonly string[]): Imported {
  const decoded = records.map((text) => decodeText(text))
  const [first] = decoded
  const isNew = typeof first === 'object' && !engine.store.has(first.room, first.room)
  const host = enter(engine, rooms, first)
  const refusals: Imported['refusals'] = []
  const taken: { index: number; record: SignedRecord }[] = []
  let known = 0
  for (const [index, record] of decoded.entries()) {
    if (typeof record === 'string') refusals.push({ index, reason: 'malformed', why: record })
    else if (record.room !== host.id) refusals.push({ index, reason: 'other-room', why: 'it belongs to another room' })
    else if (!engine.store.has(host.id, record.id)) taken.push({ index, record })
    else if (!isNew || record.id !== host.id || index > 0) known++
  }
  dispatch(engine, host, taken.map(({ record }) => record))
  for (const { index, record } of taken) if (!engine.store.has(host.id, record.id)) refusals.push({ index, ...refusalOf(host, record) })
  return { room: host.id, added: records.length - known - refusals.length, known, refused: refusals.length, refusals }
}

function decodeText(text: string): SignedRecord | string {
  const bytes = fromBase64(text)
  if (bytes === undefined) return 'it is not base64'
  const record = decodeRecord(bytes)
  return record.ok ? record.value : record.message
}

/** The room of the first record; entered if that is a genesis. */
function enter(engine: Engine, rooms: Rooms, first: SignedRecord | string | undefined): RoomHost {
  if (first === undefined) throw new ApiError(INVALID_PARAMS, 'wrong-arguments', 'There are no records to take in.')
  if (typeof first === 'string') throw new ApiError(REFUSED, 'bad-record', `The first record cannot be read: ${first}.`)
  if (first.kind === KIND.genesis && !verifyRecord(first)) {
    throw new ApiError(REFUSED, 'bad-record', 'The first record is a genesis whose signature is wrong.')
  }
  const host = first.kind === KIND.genesis ? rooms.enter(first) : engine.hosts.get(first.room)
  if (host === undefined) throw new ApiError(REFUSED, 'not-found', 'You are not in the room of these records; its genesis comes first.')
  keepMembers(engine)
  return host
}

/** On the disk when it returns. @throws {StoreError} nothing of it is here then */
function dispatch(engine: Engine, host: RoomHost, records: readonly SignedRecord[]): void {
  const faults: StoreError[] = []
  host.dispatch({ type: 'restore', records: records.map((record) => record.bytes) })
  host.dispatch({ type: 'settle' })
  engine.writer.add({ ops: [], durability: 'full', failed: (fault) => faults.push(fault) })
  engine.writer.flush()
  for (const fault of faults) throw fault
  for (const record of records) {
    const line = messageView(record)
    if (line !== undefined) host.roster.wrote(record.author, line.from.nick, line.time)
  }
  if (records.length > 0) engine.emit({ method: 'timeline', params: { room: host.id } })
}

function refusalOf({ machine }: RoomHost, record: SignedRecord): Omit<ImportRefusal, 'index'> {
  if (machine.knows(record.id)) return { reason: 'waiting', why: 'it waits here for its time, or for records that it relies on' }
  const isJudged = record.graph === 'message' && record.auth.every((id) => machine.rights.authority.has(id))
  if (verifyRecord(record) && isJudged) return { reason: 'does-not-count', why: 'its author had no right to say it, and knew' }
  if (verifyRecord(record)) return { reason: 'not-taken', why: 'its author had no right to it, or it relies on such a record' }
  return { reason: 'bad-signature', why: 'its signature is wrong, and no later record of its author vouches for it' }
}
