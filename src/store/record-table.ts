/** Records in SQLite: the hot path. docs/adr/0011-database-layout.md says why there are so few indexes. */
import type { StatementSync } from 'node:sqlite'
import type { Graph, StoredRecord, TimelinePlace } from '../engine/ports.ts'
import type { Connection } from './connection.ts'
import { bytesOf, hexOf } from './hex.ts'
import type { Numbers } from './numbers.ts'

const GRAPHS: readonly Graph[] = ['message', 'authority']
const COLUMNS = 'id, room, author, graph, kind, time_us, prev, verified, bytes'
/** Kinds come as a JSON array; the plus keeps the planner on the index that gives the order. */
const OF_KINDS = '+kind IN (SELECT value FROM json_each(?))'
/** Items read at a time, so that a write may come in between and 100 000 need no array. */
const ITEMS_PER_READ = 2048
const FIRST_ID = new Uint8Array(0)
/** After every place that a record can have. */
const END: TimelinePlace = { timeUs: Number.MAX_SAFE_INTEGER, id: 'ff'.repeat(32) }

interface Row {
  id: Uint8Array
  room: number
  author: number
  graph: number
  kind: number
  time_us: number
  prev: Uint8Array | null
  verified: number
  bytes: Uint8Array
}

interface Place {
  readonly id: string
  readonly no: number
  readonly room: number
}

interface Item {
  readonly timeUs: number
  readonly id: Uint8Array
}

type Query =
  | 'insert' | 'vouch' | 'await' | 'arrived' | 'remove' | 'newestMessage' | 'newestAct'
  | 'highest' | 'kept' | 'keep' | 'after'
  | 'has' | 'find' | 'vouched' | 'awaited' | 'timeline' | 'count' | 'items' | 'authority' | 'by' | 'newest'

export class RecordTable {
  private readonly numbers: Numbers
  private readonly sql: Record<Query, StatementSync>
  private readonly countAwaited: StatementSync
  /** Rows in `awaited`; mostly 0, and then nothing need be deleted there. */
  private awaited = 0
  /** Where the number that SQLite would give was given before. */
  private nextNo: number | null = null
  /** The record appended last, which the next operation is likely to be about. */
  private last: Place | undefined

  constructor(connection: Connection, numbers: Numbers) {
    this.numbers = numbers
    this.sql = prepareQueries(connection)
    this.countAwaited = connection.prepare('SELECT count(*) AS n FROM awaited')
    this.recount()
    connection.onRollback(() => this.recount())
  }

  /** A record that is there already stays as it is. Only inside a transaction, which ends with `numbers.flush()`. */
  append(record: StoredRecord): void {
    const room = this.numbers.room(record.room)
    const author = this.numbers.author(room, record.author)
    const id = bytesOf(record.id)
    const prev = record.prev === null ? null : bytesOf(record.prev)
    const { changes, lastInsertRowid } = this.sql.insert.run(
      this.nextNo, id, room, author.no, GRAPHS.indexOf(record.graph), record.kind, record.timeUs, prev, record.verified ? 1 : 0,
      author.no, id, record.bytes
    )
    if (changes === 0) return
    this.nextNo = null
    this.last = { id: record.id, no: Number(lastInsertRowid), room }
    if (this.awaited > 0) this.awaited -= Number(this.sql.arrived.run(author.no, id).changes)
    this.numbers.added(author, Number(lastInsertRowid), record.timeUs, record.id)
    if (prev === null || this.sql.vouch.run(prev, author.no).changes !== 0) return
    this.awaited += Number(this.sql.await.run(author.no, prev).changes)
  }

  /** Only inside a transaction, which ends with `numbers.flush()`. What a record of the same author says of it goes on counting. */
  forget(room: string, id: string): void {
    const bytes = bytesOf(id)
    const row = this.sql.find.get(bytes) as (Row & { no: number; vouched: number }) | undefined
    if (row === undefined || row.room !== this.numbers.knownRoom(room)) return
    if (this.nextNo === null && row.no === numberIn(this.sql.highest)) {
      this.keepHighest()
      this.nextNo = row.no + 1
    }
    this.sql.remove.run(row.no)
    if (this.last?.id === id) this.last = undefined
    if (row.vouched === 1) this.awaited += Number(this.sql.await.run(row.author, bytes).changes)
    const isPrevHere = row.prev === null || this.sql.vouched.get(row.prev, row.author) !== undefined
    if (!isPrevHere) this.awaited -= Number(this.sql.arrived.run(row.author, row.prev).changes)
    const author = this.numbers.knownAuthor(row.room, this.numbers.authorKey(row.author))
    if (author?.newestNo === row.no) this.numbers.lost(author, this.newestOf(row.room, author.no, row.time_us))
  }

  /** The author's newest record that is not later than the time. Few others are later than its newest message. */
  private newestOf(room: number, author: number, untilUs: number): { no: number; timeUs: number; id: Uint8Array } | undefined {
    type Newest = { no: number; timeUs: number; id: Uint8Array } | undefined
    const message = this.sql.newestMessage.get(room, untilUs, author) as Newest
    const act = this.sql.newestAct.get(room, untilUs, message?.timeUs ?? -1, message?.id ?? FIRST_ID, author) as Newest
    return act ?? message
  }

  /** After rows went in another way than through {@link append}. */
  recount(): void {
    this.last = undefined
    const kept = this.keptNo
    this.nextNo = kept > numberIn(this.sql.highest) ? kept + 1 : null
    this.awaited = (this.countAwaited.get() as unknown as { n: number }).n
  }

  get highestNo(): number {
    return Math.max(this.keptNo, numberIn(this.sql.highest))
  }

  /** Before records are deleted: their numbers are not given again. */
  keepHighest(): void {
    this.sql.keep.run(this.highestNo)
  }

  private get keptNo(): number {
    return numberIn(this.sql.kept)
  }

  arrived(after: number, kinds: readonly number[], limit: number): { no: number; record: StoredRecord }[] {
    const rows = this.sql.after.all(after, JSON.stringify(kinds), limit) as unknown as (Row & { no: number })[]
    return rows.map((row) => ({ no: row.no, record: this.fromRow(row) }))
  }

  /** Under which number a record stands, and in which room. */
  place(id: string): Place | undefined {
    if (this.last?.id === id) return this.last
    const row = this.sql.has.get(bytesOf(id)) as { no: number; room: number } | undefined
    return row && { id, ...row }
  }

  has(room: string, id: string): boolean {
    const row = this.sql.has.get(bytesOf(id)) as { room: number } | undefined
    return row !== undefined && row.room === this.numbers.knownRoom(room)
  }

  find(id: string): StoredRecord | undefined {
    const row = this.sql.find.get(bytesOf(id)) as Row | undefined
    return row && this.fromRow(row)
  }

  vouched(room: string, id: string, author: string): boolean {
    const roomNo = this.numbers.knownRoom(room)
    const known = roomNo === undefined ? undefined : this.numbers.knownAuthor(roomNo, author)
    if (known === undefined) return false
    const bytes = bytesOf(id)
    const row = this.sql.vouched.get(bytes, known.no) as { vouched: number } | undefined
    return row === undefined ? this.sql.awaited.get(known.no, bytes) !== undefined : row.vouched === 1
  }

  timeline(room: string, kinds: readonly number[], limit: number, before: TimelinePlace = END): StoredRecord[] {
    const roomNo = this.numbers.knownRoom(room)
    if (roomNo === undefined || kinds.length === 0 || limit <= 0) return []
    const rows = this.sql.timeline.all(roomNo, before.timeUs, bytesOf(before.id), JSON.stringify(kinds), limit) as unknown as Row[]
    return rows.reverse().map(row => this.fromRow(row))
  }

  count(room: string, kinds: readonly number[], sinceUs: number, notBy: string): number {
    const roomNo = this.numbers.knownRoom(room)
    if (roomNo === undefined) return 0
    const author = this.numbers.knownAuthor(roomNo, notBy)?.no ?? 0
    return (this.sql.count.get(roomNo, sinceUs, JSON.stringify(kinds), author) as unknown as { n: number }).n
  }

  *items(room: string, graph: Graph, read: <T>(query: () => T) => T): Generator<Item> {
    const roomNo = read(() => this.numbers.knownRoom(room))
    if (roomNo === undefined) return
    let timeUs = Number.MIN_SAFE_INTEGER
    let id: Uint8Array = FIRST_ID
    for (;;) {
      const rows = read(() => this.sql.items.all(roomNo, GRAPHS.indexOf(graph), timeUs, id, ITEMS_PER_READ)) as unknown as Item[]
      yield* rows
      const last = rows.at(-1)
      if (last === undefined || rows.length < ITEMS_PER_READ) return
      timeUs = last.timeUs
      id = last.id
    }
  }

  authority(room: string): StoredRecord[] {
    const roomNo = this.numbers.knownRoom(room)
    if (roomNo === undefined) return []
    return (this.sql.authority.all(roomNo) as unknown as Row[]).map(row => this.fromRow(row))
  }

  newestBy(room: string, author: string): StoredRecord | undefined {
    const roomNo = this.numbers.knownRoom(room)
    const newestNo = roomNo === undefined ? undefined : this.numbers.knownAuthor(roomNo, author)?.newestNo
    if (newestNo === undefined || newestNo === null) return undefined
    const row = this.sql.newest.get(newestNo) as Row | undefined
    return row && this.fromRow(row)
  }

  messagesBy(room: string, author: string, fromUs: number, toUs: number): StoredRecord[] {
    const roomNo = this.numbers.knownRoom(room)
    const known = roomNo === undefined ? undefined : this.numbers.knownAuthor(roomNo, author)
    if (roomNo === undefined || known === undefined) return []
    return (this.sql.by.all(roomNo, fromUs, toUs, known.no) as unknown as Row[]).map(row => this.fromRow(row))
  }

  private fromRow(row: Row): StoredRecord {
    return {
      id: hexOf(row.id),
      room: this.numbers.roomId(row.room),
      graph: row.graph === 0 ? 'message' : 'authority',
      kind: row.kind,
      author: this.numbers.authorKey(row.author),
      timeUs: row.time_us,
      prev: row.prev === null ? null : hexOf(row.prev),
      bytes: row.bytes,
      verified: row.verified === 1
    }
  }
}

function numberIn(query: StatementSync): number {
  return (query.get() as unknown as { n: number }).n
}

function prepareQueries(connection: Connection): Record<Query, StatementSync> {
  return {
    insert: connection.prepare(`
      INSERT INTO records (no, id, room, author, graph, kind, time_us, prev, verified, vouched, bytes)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, EXISTS (SELECT 1 FROM awaited WHERE author = ? AND prev = ?), ?)
      ON CONFLICT (id) DO NOTHING`),
    vouch: connection.prepare('UPDATE records SET vouched = 1 WHERE id = ? AND author = ?'),
    await: connection.prepare('INSERT INTO awaited (author, prev) VALUES (?, ?) ON CONFLICT DO NOTHING'),
    arrived: connection.prepare('DELETE FROM awaited WHERE author = ? AND prev = ?'),
    highest: connection.prepare('SELECT coalesce(max(no), 0) AS n FROM records'),
    kept: connection.prepare('SELECT highest AS n FROM arrival'),
    keep: connection.prepare('UPDATE arrival SET highest = ?'),
    after: connection.prepare(`SELECT no, ${COLUMNS} FROM records WHERE no > ? AND graph = 0 AND ${OF_KINDS} ORDER BY no LIMIT ?`),
    has: connection.prepare('SELECT no, room FROM records WHERE id = ?'),
    find: connection.prepare(`SELECT ${COLUMNS}, no, vouched FROM records WHERE id = ?`),
    remove: connection.prepare('DELETE FROM records WHERE no = ?'),
    vouched: connection.prepare('SELECT vouched FROM records WHERE id = ? AND author = ?'),
    awaited: connection.prepare('SELECT 1 FROM awaited WHERE author = ? AND prev = ?'),
    timeline: connection.prepare(`
      SELECT ${COLUMNS} FROM records WHERE room = ? AND graph = 0 AND (time_us, id) < (?, ?) AND ${OF_KINDS}
      ORDER BY time_us DESC, id DESC LIMIT ?`),
    count: connection.prepare(`
      SELECT count(*) AS n FROM records WHERE room = ? AND graph IN (0, 1) AND time_us > ? AND ${OF_KINDS} AND author <> ?`),
    items: connection.prepare(`
      SELECT time_us AS timeUs, id FROM records WHERE room = ? AND graph = ? AND (time_us, id) > (?, ?)
      ORDER BY time_us, id LIMIT ?`),
    authority: connection.prepare(`SELECT ${COLUMNS} FROM records WHERE room = ? AND graph = 1 ORDER BY time_us, id`),
    by: connection.prepare(`
      SELECT ${COLUMNS} FROM records WHERE room = ? AND graph = 0 AND time_us >= ? AND time_us < ? AND +author = ?
      ORDER BY time_us, id`),
    newestMessage: connection.prepare(`
      SELECT no, time_us AS timeUs, id FROM records WHERE room = ? AND graph = 0 AND time_us <= ? AND +author = ?
      ORDER BY time_us DESC, id DESC LIMIT 1`),
    newestAct: connection.prepare(`
      SELECT no, time_us AS timeUs, id FROM records WHERE room = ? AND graph = 1 AND time_us <= ? AND (time_us, id) > (?, ?) AND +author = ?
      ORDER BY time_us DESC, id DESC LIMIT 1`),
    newest: connection.prepare(`SELECT ${COLUMNS} FROM records WHERE no = ?`)
  }
}
