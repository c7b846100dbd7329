/**
 * libp2p's key-value store (its peer store lives there) as a table of the home's database, so that peers are remembered over restarts.
 *
 * The peer store writes at every connection and every address heard of. Those writes are hints, so they are gathered in memory and
 * written together a moment later, without a sync of their own; reads see them at once. What a killed process loses is that moment.
 */
import type { StatementSync } from 'node:sqlite'
import { BaseDatastore } from 'datastore-core'
import { type Datastore, Key, type KeyQuery, type Pair, type Query } from 'interface-datastore'
import { StoreError } from '../engine/ports.ts'
import type { Connection } from './connection.ts'

/** How long writes are gathered. */
const GATHER_MS = 500
/** Changes gathered before they are written at once, and changes in one transaction. */
const MAX_GATHERED = 256
/** How long a disk that refused is left alone. */
const RETRY_MS = 5000
/** Changes kept while the disk refuses them; beyond that the oldest are dropped, as they are only hints. */
const MAX_UNWRITTEN = 4096

/** Entries kept, those written last: anyone who connects gets one (some 0.5 KB), and libp2p drops them only when it comes across them. */
const MAX_ENTRIES = 10_000
/** A peer may say of itself what it likes, up to 80 KB in one go; an honest one comes to 2 KB. What is longer is not remembered. */
const MAX_VALUE_BYTES = 8 * 1024
const NO_VALUE = new Uint8Array(0)

export function createDatastore(connection: Connection): Datastore {
  return new SqliteDatastore(connection)
}

class SqliteDatastore extends BaseDatastore {
  private readonly connection: Connection
  private readonly sql: Record<'put' | 'get' | 'remove' | 'prune' | 'all' | 'keys', StatementSync>
  /** Changes not written yet; null: removed. */
  private readonly gathered = new Map<string, Uint8Array | null>()
  private timer: NodeJS.Timeout | undefined
  private isRefused = false

  constructor(connection: Connection) {
    super()
    this.connection = connection
    this.sql = {
      put: connection.prepare('REPLACE INTO datastore (key, value) VALUES (?, ?)'),
      get: connection.prepare('SELECT value FROM datastore WHERE key = ?'),
      remove: connection.prepare('DELETE FROM datastore WHERE key = ?'),
      prune: connection.prepare('DELETE FROM datastore WHERE no <= (SELECT no FROM datastore ORDER BY no DESC LIMIT 1 OFFSET ?)'),
      // Not LIKE: a prefix may hold % and _, and LIKE folds case. U+10FFFF sorts behind whatever follows the prefix.
      all: connection.prepare('SELECT key, value FROM datastore WHERE key BETWEEN ?1 AND ?1 || char(0x10FFFF) ORDER BY key'),
      keys: connection.prepare('SELECT key FROM datastore WHERE key BETWEEN ?1 AND ?1 || char(0x10FFFF) ORDER BY key')
    }
    connection.onClose(() => this.flush())
  }

  override put(key: Key, value: Uint8Array): Key {
    if (value.byteLength > MAX_VALUE_BYTES) throw new RangeError(`${key.toString()} has ${value.byteLength} bytes: too long to be kept`)
    this.gather(key.toString(), value.slice())
    return key
  }

  override get(key: Key): Uint8Array {
    const value = this.lookUp(key.toString())
    if (value === undefined) throw notFound(key)
    return value
  }

  override has(key: Key): boolean {
    return this.lookUp(key.toString()) !== undefined
  }

  override delete(key: Key): void {
    this.gather(key.toString(), null)
  }

  override *_all(query: Query): Generator<Pair> {
    for (const [key, value] of this.entries(this.sql.all, query.prefix)) yield { key: new Key(key), value }
  }

  override *_allKeys(query: KeyQuery): Generator<Key> {
    for (const [key] of this.entries(this.sql.keys, query.prefix)) yield new Key(key)
  }

  /** Sorted by key, as they were when asked for. The query for keys alone has no values. */
  private entries(query: StatementSync, prefix = '/'): [string, Uint8Array][] {
    const entries = new Map<string, Uint8Array>()
    if (this.connection.isOpen) {
      if (!this.isRefused) this.flush()
      const rows = this.connection.read(() => query.all(prefix)) as unknown as { key: string; value?: Uint8Array }[]
      for (const { key, value } of rows) entries.set(key, value ?? NO_VALUE)
    }
    if (this.gathered.size === 0) return [...entries]
    for (const [key, value] of this.gathered) {
      if (value === null) entries.delete(key)
      else if (key.startsWith(prefix)) entries.set(key, value)
    }
    return [...entries].sort(([a], [b]) => (a < b ? -1 : 1))
  }

  private lookUp(key: string): Uint8Array | undefined {
    const gathered = this.gathered.get(key)
    if (gathered !== undefined) return gathered ?? undefined
    if (!this.connection.isOpen) return undefined
    const row = this.connection.read(() => this.sql.get.get(key)) as { value: Uint8Array } | undefined
    return row?.value
  }

  private gather(key: string, value: Uint8Array | null): void {
    this.gathered.delete(key)
    this.gathered.set(key, value)
    if (this.gathered.size >= MAX_GATHERED && !this.isRefused) this.flush()
    else this.flushIn(GATHER_MS)
    for (const oldest of this.gathered.keys()) {
      if (this.gathered.size <= MAX_UNWRITTEN) break
      this.gathered.delete(oldest)
    }
  }

  private flushIn(delayMs: number): void {
    this.timer ??= setTimeout(() => this.flush(), delayMs).unref()
  }

  private flush(): void {
    clearTimeout(this.timer)
    this.timer = undefined
    if (!this.connection.isOpen) return
    try {
      while (this.gathered.size > 0) this.writeSome([...this.gathered].slice(0, MAX_GATHERED))
      this.isRefused = false
    } catch (error) {
      if (!(error instanceof StoreError)) throw error
      // The store's own writes tell the person. What was gathered is still read from memory, and tried again.
      this.isRefused = true
      this.flushIn(RETRY_MS)
    }
  }

  private writeSome(changes: readonly (readonly [string, Uint8Array | null])[]): void {
    this.connection.transaction('normal', changes.length, () => {
      for (const [key, value] of changes) {
        if (value === null) this.sql.remove.run(key)
        else this.sql.put.run(key, value)
      }
      this.sql.prune.run(MAX_ENTRIES)
    })
    for (const [key] of changes) this.gathered.delete(key)
  }
}

/** libp2p tells it from other errors by its name. */
function notFound(key: Key): Error {
  const error = new Error(`${key.toString()} is not in the datastore`)
  error.name = 'NotFoundError'
  return error
}
