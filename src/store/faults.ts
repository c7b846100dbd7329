/** Turns what SQLite and the operating system report into a {@link StoreError}: which file, what happened, the way out. */
import { accessSync, closeSync, constants, existsSync, openSync, statfsSync } from 'node:fs'
import { dirname } from 'node:path'
import { StoreError, type StoreFault } from '../engine/ports.ts'

/** SQLite's primary result codes that mean that the world failed, not the code. https://sqlite.org/rescode.html */
const FAULT_OF_RESULT: Readonly<Record<number, StoreFault>> = {
  5: 'busy', // SQLITE_BUSY
  6: 'busy', // SQLITE_LOCKED
  8: 'read-only', // SQLITE_READONLY
  10: 'io', // SQLITE_IOERR
  11: 'corrupt', // SQLITE_CORRUPT
  13: 'disk-full', // SQLITE_FULL
  14: 'io', // SQLITE_CANTOPEN
  26: 'corrupt' // SQLITE_NOTADB
}

const FAULT_OF_ERRNO: Readonly<Record<string, StoreFault>> = {
  ENOSPC: 'disk-full',
  EDQUOT: 'disk-full',
  EROFS: 'read-only',
  EACCES: 'read-only',
  EPERM: 'read-only',
  EMFILE: 'no-files',
  ENFILE: 'no-files'
}

/** SQLite needs a few pages more for almost any write; with less than this free, a failed write is a full disk. */
const NEARLY_FULL_BYTES = 64 * 1024

const SENTENCE: Readonly<Record<StoreFault, (path: string) => string>> = {
  'disk-full': path => `No space is left on the disk that holds ${path}: free some space there, then try again.`,
  'read-only': path => `${path} cannot be written: make it and its directory writable for you, or choose another home with --home.`,
  newer: path => `${path} was written by a newer p2pchat: upgrade p2pchat to open it. It was left untouched.`,
  corrupt: path => `${path} is damaged or not of p2pchat: move it away and start again, or put a backup in its place.`,
  incomplete: path => `${path} is not complete: put all files of one backup there.`,
  // A home has a lock of its own, so that who holds a file of it is no other p2pchat.
  busy: path => `${path} is held by another program, such as a backup or a tool for databases: wait until that has ended, or end it.`,
  'no-files': path => `${path} cannot be opened, because no more files may be: raise the limit (ulimit -n), or end what has so many open.`,
  io: path => `Reading or writing ${path} failed: check that the disk is there and healthy, then try again.`
}

export function storeError(fault: StoreFault, path: string, cause?: unknown): StoreError {
  const detail = fault === 'io' && cause instanceof Error ? ` (${cause.message})` : ''
  return new StoreError(fault, SENTENCE[fault](path) + detail, cause === undefined ? {} : { cause })
}

/** The StoreError for a failure of the disk or the file; any other error is a bug and comes back as it is. */
export function asStoreError(error: unknown, path: string): unknown {
  if (!(error instanceof Error) || error instanceof StoreError) return error
  const result = primaryResult(error)
  if (result !== undefined) {
    const fault = FAULT_OF_RESULT[result]
    if (fault === undefined) return error
    return storeError(fault === 'io' ? probe(path) : fault, path, error)
  }
  const errno = 'code' in error && typeof error.code === 'string' && 'syscall' in error ? error.code : undefined
  if (errno === undefined) return error
  return storeError(FAULT_OF_ERRNO[errno] ?? probe(path), path, error)
}

/** SQLite's result code with the detail in its upper bytes, if SQLite raised this error. */
export function sqliteResult(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number') return undefined
  return error.errcode
}

function primaryResult(error: Error): number | undefined {
  const result = sqliteResult(error)
  return result === undefined ? undefined : result & 0xff
}

/**
 * SQLite reports a full or read-only file system as a plain I/O error on some of its paths, and a recursive mkdir in Node reports a
 * read-only one as ENOENT: ask the file system itself.
 */
function probe(path: string): StoreFault {
  let directory = dirname(path)
  while (!existsSync(directory) && dirname(directory) !== directory) directory = dirname(directory)
  try {
    const disk = statfsSync(directory)
    // What has no blocks at all is no disk, as /proc.
    if (disk.blocks > 0 && disk.bavail * disk.bsize < NEARLY_FULL_BYTES) return 'disk-full'
    accessSync(directory, constants.W_OK)
    // SQLite says only that it could not open something.
    closeSync(openSync(directory, 'r'))
    return 'io'
  } catch (error) {
    const errno = error instanceof Error && 'code' in error ? String(error.code) : ''
    return FAULT_OF_ERRNO[errno] ?? 'io'
  }
}
