/**
 * Whether a database file and its write-ahead log belong together. SQLite does not look: it takes a database without its log for one that was closed, deletes
 * a log without its database, and reads the log of another time into it. A copied home may be any of these.
 *
 * So a database that is open carries a mark, a random number in the upper bits of `user_version`, which lies at a fixed place of its first page. The mark
 * stands in the file itself before anything is written to the log, and every log begins with a transaction that writes it again; zero is a database that was
 * closed in good order, and has no log. https://sqlite.org/fileformat2.html#the_write_ahead_log, docs/adr/0082-database-and-log.md
 */
import { randomInt } from 'node:crypto'
import { closeSync, openSync, readSync, statSync } from 'node:fs'
import { StoreError } from '../engine/ports.ts'

/** `user_version` is a signed number of 32 bits; the lower 8 are the schema. */
const SCHEMA_BITS = 8
const MAX_MARK = 2 ** (31 - SCHEMA_BITS)

const MAGIC = 'SQLite format 3\0'
const USER_VERSION_AT = 60
const APPLICATION_ID_AT = 68
const DATABASE_HEADER_BYTES = 100
const LOG_HEADER_BYTES = 32
const FRAME_HEADER_BYTES = 24
const SALTS_AT = 16

export function newMark(): number {
  return randomInt(1, MAX_MARK)
}

export function userVersion(schema: number, mark: number): number {
  return mark * 2 ** SCHEMA_BITS + schema
}

export function schemaOf(version: number): number {
  return version & (2 ** SCHEMA_BITS - 1)
}

export function markOf(version: number): number {
  return version >>> SCHEMA_BITS
}

/**
 * Only reads. Before SQLite has opened the file: closing a descriptor drops the locks that this process holds on it.
 * @throws {StoreError} `incomplete`; an error of the system
 */
export function checkPair(path: string, applicationId: number): void {
  const logPath = `${path}-wal`
  const logBytes = sizeOf(logPath)
  if ((sizeOf(path) ?? 0) === 0) {
    if ((logBytes ?? 0) > 0) throw incomplete(`${path} is missing beside its log ${logPath}, which holds what was written last: ${BOTH}`)
    return
  }
  const mark = markInDatabase(path, applicationId)
  if (mark === undefined) return
  if (logBytes === undefined) {
    if (mark !== 0) {
      const way = `or, to go on without what the log alone held, make an empty file ${logPath}.`
      throw incomplete(`${path} was copied while it was in use, and its log ${logPath} is missing: ${BOTH.slice(0, -1)}; ${way}`)
    }
    return
  }
  const marks = marksInLog(logPath)
  const belongs = marks === undefined || marks.has(mark) || (mark === 0 && marks.size === 0)
  if (!belongs) throw incomplete(`${path} and its log ${logPath} are of different times and do not belong together: ${BOTH}`)
}

const BOTH = 'put both of one backup there.'

function incomplete(sentence: string): StoreError {
  return new StoreError('incomplete', `${sentence} Nothing was changed.`)
}

function sizeOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.size
}

/** Undefined for a file that is none of ours, which is found out otherwise. */
function markInDatabase(path: string, applicationId: number): number | undefined {
  return reading(path, (read) => {
    const header = read(DATABASE_HEADER_BYTES, 0)
    if (header.length < DATABASE_HEADER_BYTES || header.toString('latin1', 0, MAGIC.length) !== MAGIC) return undefined
    return header.readUInt32BE(APPLICATION_ID_AT) === applicationId ? markOf(header.readUInt32BE(USER_VERSION_AT)) : undefined
  })
}

/** The marks in all copies of the first page, up to where the log's own frames end; undefined when it has none. */
function marksInLog(path: string): ReadonlySet<number> | undefined {
  return reading(path, (read) => {
    const header = read(LOG_HEADER_BYTES, 0)
    if (header.length < LOG_HEADER_BYTES || header.readUInt32BE(0) >>> 1 !== 0x377f0682 >>> 1) return undefined
    const pageBytes = header.readUInt32BE(8)
    const salts = header.subarray(SALTS_AT, SALTS_AT + 8)
    const marks = new Set<number>()
    for (let at = LOG_HEADER_BYTES, count = 0; ; at += FRAME_HEADER_BYTES + pageBytes, count++) {
      const frame = read(FRAME_HEADER_BYTES + USER_VERSION_AT + 4, at)
      const isOwn = frame.length === FRAME_HEADER_BYTES + USER_VERSION_AT + 4 && frame.subarray(8, 16).equals(salts)
      if (!isOwn) return count === 0 ? undefined : marks
      if (frame.readUInt32BE(0) === 1) marks.add(markOf(frame.readUInt32BE(FRAME_HEADER_BYTES + USER_VERSION_AT)))
    }
  })
}

type Read = (bytes: number, at: number) => Buffer

function reading<T>(path: string, work: (read: Read) => T): T {
  const descriptor = openSync(path, 'r')
  try {
    return work((bytes, at) => {
      const buffer = Buffer.alloc(bytes)
      return buffer.subarray(0, readSync(descriptor, buffer, 0, bytes, at))
    })
  } finally {
    closeSync(descriptor)
  }
}
