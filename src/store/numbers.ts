/** The small numbers that stand for rooms and for authors in the database, remembered so that the hot path looks up none. */
import type { StatementSync } from 'node:sqlite'
import type { Connection } from './connection.ts'
import { bytesOf, hexOf } from './hex.ts'

/** Rooms and authors remembered before the memory is started afresh: far more than talk at a time, some 1 MiB. */
const MAX_REMEMBERED = 4096

/** An author in a room, and the place of their newest record in the order (time, id). */
export interface Author {
  readonly no: number
  newestNo: number | null
  newestUs: number
  newestId: string
  /** The newest record is not written to the author's row yet. */
  changed: boolean
}

export class Numbers {
  private readonly rooms = new Map<string, number>()
  private readonly authors = new Map<string, Author>()
  private readonly roomIds = new Map<number, string>()
  private readonly authorKeys = new Map<number, string>()
  private readonly changed: Author[] = []
  private readonly sql: Record<'room' | 'addRoom' | 'roomId' | 'author' | 'addAuthor' | 'authorKey' | 'setNewest', StatementSync>

  constructor(connection: Connection) {
    this.sql = {
      room: connection.prepare('SELECT no FROM room_numbers WHERE id = ?'),
      addRoom: connection.prepare('INSERT INTO room_numbers (id) VALUES (?)'),
      roomId: connection.prepare('SELECT id FROM room_numbers WHERE no = ?'),
      author: connection.prepare(`
        SELECT authors.no, newest, time_us, records.id FROM authors LEFT JOIN records ON records.no = newest
        WHERE authors.room = ? AND authors.key = ?`),
      addAuthor: connection.prepare('INSERT INTO authors (room, key) VALUES (?, ?)'),
      authorKey: connection.prepare('SELECT key FROM authors WHERE no = ?'),
      setNewest: connection.prepare('UPDATE authors SET newest = ? WHERE no = ?')
    }
    connection.onRollback(() => this.forget())
  }

  /** The room's number; a room not seen before gets one. Only inside a transaction. */
  room(id: string): number {
    return this.knownRoom(id) ?? this.rememberRoom(id, Number(this.sql.addRoom.run(bytesOf(id)).lastInsertRowid))
  }

  knownRoom(id: string): number | undefined {
    const remembered = this.rooms.get(id)
    if (remembered !== undefined) return remembered
    const row = this.sql.room.get(bytesOf(id)) as { no: number } | undefined
    return row && this.rememberRoom(id, row.no)
  }

  roomId(no: number): string {
    const remembered = this.roomIds.get(no)
    if (remembered !== undefined) return remembered
    const { id } = this.sql.roomId.get(no) as unknown as { id: Uint8Array }
    const hex = hexOf(id)
    this.rememberRoom(hex, no)
    return hex
  }

  /** The author in this room; one not seen before gets a number. Only inside a transaction. */
  author(room: number, key: string): Author {
    const known = this.knownAuthor(room, key)
    if (known !== undefined) return known
    const no = Number(this.sql.addAuthor.run(room, bytesOf(key)).lastInsertRowid)
    return this.rememberAuthor(room, key, { no, newestNo: null, newestUs: -1, newestId: '', changed: false })
  }

  knownAuthor(room: number, key: string): Author | undefined {
    const remembered = this.authors.get(`${room} ${key}`)
    if (remembered !== undefined) return remembered
    const row = this.sql.author.get(room, bytesOf(key)) as
      | { no: number; newest: number | null; time_us: number | null; id: Uint8Array | null }
      | undefined
    if (row === undefined) return undefined
    return this.rememberAuthor(room, key, {
      no: row.no,
      newestNo: row.newest,
      newestUs: row.time_us ?? -1,
      newestId: row.id === null ? '' : hexOf(row.id),
      changed: false
    })
  }

  authorKey(no: number): string {
    const remembered = this.authorKeys.get(no)
    if (remembered !== undefined) return remembered
    const { key } = this.sql.authorKey.get(no) as unknown as { key: Uint8Array }
    const hex = hexOf(key)
    this.rememberKey(no, hex)
    return hex
  }

  /** A record of this author was added. The author's row follows in {@link flush}, once for all records of a transaction. */
  added(author: Author, recordNo: number, timeUs: number, id: string): void {
    if (timeUs < author.newestUs || (timeUs === author.newestUs && id <= author.newestId)) return
    author.newestNo = recordNo
    author.newestUs = timeUs
    author.newestId = id
    if (author.changed) return
    author.changed = true
    this.changed.push(author)
  }

  /** The author's newest record is gone; this is the newest now. */
  lost(author: Author, newest: { readonly no: number; readonly timeUs: number; readonly id: Uint8Array } | undefined): void {
    author.newestNo = newest?.no ?? null
    author.newestUs = newest?.timeUs ?? -1
    author.newestId = newest === undefined ? '' : hexOf(newest.id)
    if (author.changed) return
    author.changed = true
    this.changed.push(author)
  }

  /** Writes what {@link added} and {@link lost} collected. At the end of each transaction that added records. */
  flush(): void {
    for (const author of this.changed) {
      this.sql.setNewest.run(author.newestNo, author.no)
      author.changed = false
    }
    this.changed.length = 0
  }

  /** Forgets everything remembered; the database stays as it is. */
  forget(): void {
    this.changed.length = 0
    this.rooms.clear()
    this.authors.clear()
    this.roomIds.clear()
    this.authorKeys.clear()
  }

  private rememberRoom(id: string, no: number): number {
    if (this.rooms.size >= MAX_REMEMBERED) {
      this.rooms.clear()
      this.roomIds.clear()
    }
    this.rooms.set(id, no)
    this.roomIds.set(no, id)
    return no
  }

  private rememberAuthor(room: number, key: string, author: Author): Author {
    if (this.authors.size >= MAX_REMEMBERED) {
      // What is not written yet must be: the next look-up reads it from the author's row.
      this.flush()
      this.authors.clear()
    }
    this.authors.set(`${room} ${key}`, author)
    this.rememberKey(author.no, key)
    return author
  }

  private rememberKey(no: number, key: string): void {
    if (this.authorKeys.size >= MAX_REMEMBERED) this.authorKeys.clear()
    this.authorKeys.set(no, key)
  }
}
