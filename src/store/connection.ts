/**
 * The one connection to a home's database: pragmas, transactions with their durability, checkpoints, cached statements,
 * and every failure as a StoreError. docs/adr/0010-sqlite-of-node.md, docs/adr/0012-durability.md.
 */
import { chmodSync, closeSync, existsSync, openSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { backup, DatabaseSync, type StatementSync } from 'node:sqlite'
import { StoreError } from '../engine/ports.ts'
import type { Durability } from '../engine/ports.ts'
import { asStoreError, sqliteResult, storeError } from './faults.ts'
import { makeFolder } from './folder.ts'
import { checkPair, markOf, newMark, userVersion } from './log-pairing.ts'
import { LogSpace } from './log-space.ts'
import { LogSync } from './log-sync.ts'
import { migrate, readVersion, SCHEMA_VERSION } from './migrations.ts'

/** "p2pc" in ASCII, in the file's header: tells our database from any other SQLite file. */
export const APPLICATION_ID = 0x70327063
/** How long opening waits for another process to let go: a predecessor that is just ending. Blocks the event loop. */
const BUSY_TIMEOUT_MS = 500
/** Pages of 4 KiB in the write-ahead log after which it is copied into the database, once the present turn has ended. */
const CHECKPOINT_PAGES = 4000
/** … and after which it is copied at once, where the loop never comes to rest. Bounds the log to some 64 MiB. */
const CHECKPOINT_NOW_PAGES = 16_000
/** What the log's file has from the first durable write on, and is cut back to when it starts over: {@link LogSpace} says why. */
const LOG_KEPT_BYTES = 16 * 1024 * 1024
/** After so long without a write the log is copied into the database: a copy of the file alone then lacks nothing, and the next start is quick. */
const IDLE_MS = 2000
/** Operations between two looks at the length of the log; a look takes some µs. */
const LOOK_EVERY_OPS = 64
/** Pages that a copy takes in one go: 1 MiB. */
const COPIED_PAGES = 256
/** Page cache. Holds the inner pages of all indexes at a million records. */
const CACHE_KIB = 8 * 1024
/** SQLITE_IOERR_FSYNC and SQLITE_IOERR_DIR_FSYNC. */
const SYNC_FAILED = new Set([10 | (4 << 8), 10 | (5 << 8)])

export class Connection {
  readonly path: string
  private readonly database: DatabaseSync
  private readonly begin: StatementSync
  private readonly commit: StatementSync
  private readonly logLength: StatementSync
  private readonly rolledBack: (() => void)[] = []
  private readonly closing: (() => void)[] = []
  private readonly logSpace: LogSpace
  private readonly logSync: LogSync
  private hasLogSpace = false
  private durability: Durability = 'full'
  private opsSinceLook = 0
  private checkpointDue: NodeJS.Immediate | undefined
  private syncFailed = false
  /** See log-pairing.ts: the next transaction begins a log, and has to write the mark. */
  private isMarkDue = true
  private readonly mark: number
  private lastWriteMs = 0
  private idleTimer: NodeJS.Timeout | undefined

  /** @param mark what the database file itself carries */
  constructor(path: string, database: DatabaseSync, mark: number) {
    this.mark = mark
    this.path = path
    this.database = database
    this.begin = database.prepare('BEGIN')
    this.commit = database.prepare('COMMIT')
    this.logLength = database.prepare('PRAGMA wal_checkpoint(NOOP)')
    this.logSpace = new LogSpace(`${path}-wal`, LOG_KEPT_BYTES)
    this.logSync = new LogSync(`${path}-wal`)
  }

  get isOpen(): boolean {
    return this.database.isOpen
  }

  /** Prepare once, keep. */
  prepare(sql: string): StatementSync {
    return this.database.prepare(sql)
  }

  /** Called after a transaction was rolled back: whoever remembers rows must forget them. */
  onRollback(forget: () => void): void {
    this.rolledBack.push(forget)
  }

  /** Called before the database is closed. */
  onClose(finish: () => void): void {
    this.closing.push(finish)
  }

  /**
   * Runs `change` in one transaction: all of it is there afterwards, or nothing.
   * @param weight how many operations it holds, which decides when the log is looked at
   * @throws {StoreError} when the disk or the file failed; what `change` throws otherwise comes out as it is
   */
  transaction(durability: Durability, weight: number, change: () => void): void {
    try {
      this.recoverSync()
      if (durability !== this.durability) {
        this.database.exec(durability === 'full' ? 'PRAGMA synchronous = FULL' : 'PRAGMA synchronous = NORMAL')
        this.durability = durability
      }
      this.begin.run()
      if (this.isMarkDue) this.database.exec(`PRAGMA user_version = ${userVersion(SCHEMA_VERSION, this.mark)}`)
      change()
      this.commit.run()
      this.isMarkDue = false
    } catch (error) {
      this.rollback(error)
      throw asStoreError(error, this.path)
    }
    if (durability === 'full') this.takeLogSpace()
    this.lastWriteMs = performance.now()
    this.idleTimer ??= setTimeout(() => this.rest(), IDLE_MS).unref()
    this.opsSinceLook += weight
    if (this.opsSinceLook >= LOOK_EVERY_OPS) this.look()
  }

  /** See `Store.sync`. */
  sync(done: (fault?: StoreError) => void): void {
    this.logSync.request((error) => {
      if (error !== undefined && this.isOpen) this.syncFailed = true
      try {
        // Copied into the database, it is as safe.
        if (this.isOpen) this.recoverSync()
      } catch (failure) {
        const fault = asStoreError(failure, this.path)
        if (!(fault instanceof StoreError)) throw fault
        done(fault)
        return
      }
      done()
    })
    if (this.isOpen) this.takeLogSpace()
  }

  /** Runs reads, with failures of the file as StoreErrors. */
  read<T>(query: () => T): T {
    try {
      return query()
    } catch (error) {
      throw asStoreError(error, this.path)
    }
  }

  /** Pages at a time, between which the event loop goes on; what is written meanwhile is in the copy as well. */
  async copyTo(path: string): Promise<void> {
    await backup(this.database, path, { rate: COPIED_PAGES })
  }

  close(): void {
    if (!this.database.isOpen) return
    for (const finish of this.closing) finish()
    if (this.checkpointDue !== undefined) clearImmediate(this.checkpointDue)
    clearTimeout(this.idleTimer)
    this.logSpace.close()
    this.logSync.close()
    const isMarked = !this.unmark()
    try {
      this.database.close()
    } catch (error) {
      throw asStoreError(error, this.path)
    } finally {
      OPEN.delete(this.path)
    }
    // It is whole, and says that it has a log: an empty one.
    if (isMarked && !existsSync(`${this.path}-wal`)) closeSync(openSync(`${this.path}-wal`, 'a', 0o600))
  }

  /** From now on it has no log, once it is closed. False when the disk did not take that. */
  private unmark(): boolean {
    for (const prepare of ['', 'PRAGMA wal_checkpoint(TRUNCATE);']) {
      try {
        this.database.exec(`${prepare} PRAGMA user_version = ${SCHEMA_VERSION}`)
        return true
      } catch {
        // On a full disk there is room in the log once it was copied.
      }
    }
    return false
  }

  /** Writes are over for now. */
  private rest(): void {
    const leftMs = this.lastWriteMs + IDLE_MS - performance.now()
    this.idleTimer = undefined
    if (leftMs > 0) this.idleTimer = setTimeout(() => this.rest(), leftMs).unref()
    else if (this.isOpen) this.checkpoint()
  }

  private rollback(error: unknown): void {
    const result = sqliteResult(error)
    if (result !== undefined && SYNC_FAILED.has(result)) this.syncFailed = true
    try {
      // Some failures (a full disk) have ended the transaction already.
      if (this.database.isTransaction) this.database.exec('ROLLBACK')
    } catch {
      // The file is out of reach, so nothing more can reach it either; the error that led here is the one to report.
    }
    for (const forget of this.rolledBack) forget()
  }

  /**
   * After a failed sync the kernel counts the lost pages of the log as clean, so a later sync would succeed over a hole,
   * and what lies behind the hole is lost with the power. So first copy the log into the database and start it over.
   */
  private recoverSync(): void {
    if (!this.syncFailed) return
    this.database.exec('PRAGMA wal_checkpoint(TRUNCATE)')
    this.isMarkDue = true
    this.syncFailed = false
    this.hasLogSpace = false
  }

  private takeLogSpace(): void {
    if (this.hasLogSpace) return
    this.hasLogSpace = true
    this.logSpace.grow()
  }

  /**
   * Checkpoints are taken here and not by wal_autocheckpoint, since that runs inside COMMIT: its 5 to 20 ms would fall on the message
   * that is being sent. Here they fall after the turn in which it was handed on.
   */
  private look(): void {
    this.opsSinceLook = 0
    try {
      const { log, checkpointed } = this.logLength.get() as unknown as { log: number; checkpointed: number }
      const open = log - checkpointed
      if (open >= CHECKPOINT_NOW_PAGES) this.checkpoint()
      else if (open >= CHECKPOINT_PAGES) this.checkpointDue ??= setImmediate(() => this.checkpoint()).unref()
    } catch {
      // The transaction is committed; a failing disk shows itself at the next write.
    }
  }

  private checkpoint(): void {
    this.checkpointDue = undefined
    try {
      this.database.exec('PRAGMA wal_checkpoint(PASSIVE)')
      this.isMarkDue = true
    } catch {
      // Nothing is lost: the log still holds it all, and the next look tries again.
    }
  }
}

/** Databases that this process has open. */
const OPEN = new Set<string>()

/**
 * Opens the database at `path`, makes it when it is not there (mode 0600, its directory 0700), and brings its schema up to date.
 * Holds it exclusively until closed; a process that is killed lets go of it.
 * @throws {StoreError}
 */
export function openConnection(path: string): Connection {
  let database: DatabaseSync | undefined
  try {
    if (!OPEN.has(path)) checkPair(path, APPLICATION_ID)
    createFile(path)
    database = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS })
    prepareDatabase(database, path)
    const connection = new Connection(path, database, writeMark(database))
    OPEN.add(path)
    return connection
  } catch (error) {
    if (database?.isOpen === true) database.close()
    throw asStoreError(error, path)
  }
}

function createFile(path: string): void {
  makeFolder(dirname(path))
  try {
    closeSync(openSync(path, 'wx', 0o600))
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
    // By path, never through a descriptor: closing one would drop the locks that this process holds on the file.
    if (process.platform !== 'win32' && (statSync(path).mode & 0o077) !== 0) chmodSync(path, 0o600)
  }
}

/** Gives the mark that is in the file itself then, which on a full disk is the one of before. */
function writeMark(database: DatabaseSync): number {
  const before = markOf(readVersion(database).userVersion)
  const mark = newMark()
  try {
    database.exec(`PRAGMA user_version = ${userVersion(SCHEMA_VERSION, mark)}`)
    const { busy } = database.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get() as { busy: number }
    return busy === 0 ? mark : before
  } catch (error) {
    if (sqliteResult(error) === undefined) throw error
    return before
  }
}

function prepareDatabase(database: DatabaseSync, path: string): void {
  database.exec('PRAGMA locking_mode = EXCLUSIVE')
  // Takes the lock before anything is looked at. Of two that start at once, one gets it.
  database.exec('BEGIN EXCLUSIVE; COMMIT')
  const { applicationId, version, isEmpty } = readVersion(database)
  if (!isEmpty && applicationId !== APPLICATION_ID) throw storeError('corrupt', path)
  if (version > SCHEMA_VERSION) throw storeError('newer', path)
  database.exec(`
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    PRAGMA wal_autocheckpoint = 0;
    PRAGMA journal_size_limit = ${LOG_KEPT_BYTES};
    PRAGMA cache_size = -${CACHE_KIB};
    PRAGMA foreign_keys = ON;
    PRAGMA secure_delete = ON;
    PRAGMA cell_size_check = ON;
    PRAGMA trusted_schema = OFF;
    PRAGMA temp_store = MEMORY`)
  if (isEmpty) database.exec(`PRAGMA application_id = ${APPLICATION_ID}`)
  migrate(database, version)
}
