/** The SQLite store against real faults: full and read-only disks, damaged and foreign files, two processes. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { StoreError, type Store, type StoredRecord, type StoreFault } from '../../src/engine/ports.ts'
import { asStoreError } from '../../src/store/faults.ts'
import { openSqliteStore } from '../../src/store/sqlite.ts'
import { A, id, record, ROOM, room } from '../contracts/store-samples.ts'
import { mountDisk, type Disk } from './disk.ts'

const directory = mkdtempSync(join(tmpdir(), 'p2pchat-sqlite-'))
let files = 0
const freshPath = () => join(directory, `${files++}.db`)
after(() => rmSync(directory, { recursive: true }))

/** Runs `work`, which must fail with this fault and a sentence that names the file. */
function faults(fault: StoreFault, path: string, work: () => unknown): void {
  assert.throws(work, (error: unknown) => {
    assert.ok(error instanceof StoreError, String(error))
    assert.equal(error.fault, fault, error.message)
    assert.ok(error.message.includes(path) && /[.)]$/.test(error.message) && !error.message.includes('\n'), error.message)
    return true
  })
}

const append = (store: Store, n: number, bytes = 1000) =>
  store.write([{ op: 'record', record: record(n, { bytes: new Uint8Array(bytes) }) }], 'full')
const digest = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex')

/** A database with some rows, closed. */
function filled(path = freshPath(), records = 2000): string {
  const store = openSqliteStore(path)
  store.write(Array.from({ length: records }, (_, n) => ({ op: 'record', record: record(n, { bytes: new Uint8Array(500) }) })), 'normal')
  store.close()
  return path
}

describe('sqlite store: files', () => {
  it('makes the directory and the file for their owner alone', () => {
    const path = join(directory, 'new', 'deep', 'p2pchat.db')
    const store = openSqliteStore(path)
    append(store, 1)
    assert.equal(statSync(path).mode & 0o777, 0o600)
    assert.equal(statSync(`${path}-wal`).mode & 0o777, 0o600)
    assert.equal(statSync(dirname(path)).mode & 0o777, 0o700)
    store.close()
    store.close()
    chmodSync(path, 0o644)
    openSqliteStore(path).close()
    assert.equal(statSync(path).mode & 0o777, 0o600)
  })

  it('finds everything after a restart', () => {
    const path = freshPath()
    let store = openSqliteStore(path)
    const records = [record(1), record(2, { prev: id(9) })]
    store.write([{ op: 'room', room: room(ROOM) }, ...records.map(one => ({ op: 'record' as const, record: one }))], 'normal')
    store.close()
    store = openSqliteStore(path)
    assert.equal(store.rooms()[0]?.name, 'Lobby')
    assert.equal(store.newestBy(ROOM, A)?.id, id(2))
    assert.equal(store.vouched(ROOM, id(9), A), true)
    store.write([{ op: 'record', record: record(9) }], 'normal')
    assert.equal(store.vouched(ROOM, id(9), A), true)
    store.close()
  })

  it('remembers of ids not there yet only those still missing', () => {
    const path = freshPath()
    const store = openSqliteStore(path)
    const put = (...records: StoredRecord[]) => store.write(records.map(one => ({ op: 'record', record: one })), 'normal')
    put(record(3, { prev: id(2) }))
    assert.throws(() => put(record(2, { prev: id(1) }), record(9, { author: 'not hex' })), TypeError)
    put(record(2, { prev: id(1) }), record(21, { prev: id(20) }), record(1))
    assert.throws(() => put(record(20), record(9, { author: 'not hex' })), TypeError)
    put(record(20), record(31, { prev: id(30) }))
    store.close()
    const database = new DatabaseSync(path)
    const awaited = database.prepare('SELECT hex(prev) AS prev FROM awaited').all().map(row => row['prev'])
    database.close()
    assert.deepEqual(awaited, [id(30).toUpperCase()])
  })

  it('takes room for its log ahead, which a crash may leave behind what was written', async () => {
    const path = freshPath()
    const store = openSqliteStore(path)
    const deadlineMs = Date.now() + 10_000
    let records = 0
    while (statSync(`${path}-wal`).size < 16 * 1024 * 1024) {
      assert.ok(Date.now() < deadlineMs, 'the log does not grow')
      append(store, records++)
      await new Promise(resolve => setTimeout(resolve, 5))
    }
    const left = freshPath()
    for (const suffix of ['', '-wal']) copyFileSync(path + suffix, left + suffix)
    store.close()
    const reopened = openSqliteStore(left)
    assert.equal(Array.from(reopened.items(ROOM, 'message')).length, records)
    append(reopened, records)
    reopened.close()
    assert.equal(existsSync(`${left}-wal`), false)
  }).timeout(20_000)

  it('keeps its log within bounds', async () => {
    const path = freshPath()
    const store = openSqliteStore(path)
    let largest = 0
    for (let n = 0; n < 3000; n++) {
      append(store, n, 20_000)
      largest = Math.max(largest, statSync(`${path}-wal`).size)
      if (n % 10 === 0) await new Promise(resolve => setImmediate(resolve))
    }
    assert.ok(statSync(path).size > 40e6, 'most of it is in the database, not in the log')
    assert.ok(largest < 24 * 1024 * 1024, `the log grew to ${largest} bytes`)
    store.close()
    assert.equal(existsSync(`${path}-wal`), false)
  }).timeout(30_000)

  it('keeps its log within bounds where the loop never rests', () => {
    const path = freshPath()
    const store = openSqliteStore(path)
    for (let n = 0; n < 6000; n++) store.write([{ op: 'record', record: record(n, { bytes: new Uint8Array(40_000) }) }], 'normal')
    assert.ok(statSync(`${path}-wal`).size < 80 * 1024 * 1024)
    store.close()
  }).timeout(30_000)
})

describe('sqlite store: files that are not right', () => {
  it('refuses a newer database and leaves it untouched', () => {
    const path = filled()
    const database = new DatabaseSync(path)
    database.exec('PRAGMA user_version = 99')
    database.close()
    const before = digest(path)
    faults('newer', path, () => openSqliteStore(path))
    assert.throws(() => openSqliteStore(path), /upgrade p2pchat/)
    assert.equal(digest(path), before)
    assert.equal(existsSync(`${path}-wal`), false)
  })

  it('refuses a file that is no database, and a database of something else, untouched', () => {
    const text = freshPath()
    writeFileSync(text, 'Dear diary, today I learnt about files.\n'.repeat(200), { mode: 0o600 })
    const foreign = freshPath()
    const database = new DatabaseSync(foreign)
    database.exec('CREATE TABLE recipes (name TEXT)')
    database.close()
    for (const path of [text, foreign]) {
      const before = digest(path)
      faults('corrupt', path, () => openSqliteStore(path))
      assert.equal(digest(path), before)
    }
  })

  it('says that a damaged database is damaged, at opening or at reading', () => {
    const damages: ((bytes: Buffer) => void)[] = [
      bytes => bytes.fill(0x5a, 4096, 4096 * 40),
      bytes => bytes.fill(0, 100, 4096),
      bytes => bytes.fill(0xff, bytes.length >> 1)
    ]
    for (const damage of damages) {
      const path = filled()
      const bytes = readFileSync(path)
      damage(bytes)
      writeFileSync(path, bytes)
      faults('corrupt', path, () => readAll(path))
    }
    const cut = filled()
    truncateSync(cut, 4096 * 20)
    faults('corrupt', cut, () => readAll(cut))
  })

  it('refuses a path that is a directory, or that goes through a file', () => {
    const path = freshPath()
    mkdirSync(path)
    faults('io', path, () => openSqliteStore(path))
    const file = filled(undefined, 1)
    faults('io', join(file, 'x.db'), () => openSqliteStore(join(file, 'x.db')))
  })

  it('refuses a second opening while the first lasts', () => {
    const path = freshPath()
    const store = openSqliteStore(path)
    faults('busy', path, () => openSqliteStore(path))
    append(store, 1)
    faults('busy', path, () => openSqliteStore(path))
    store.close()
    openSqliteStore(path).close()
  })
})

describe('sqlite store: the disk', () => {
  let disk: Disk
  let isMounted = false
  // Larger than a few checkpoints, so that these fail too, and still quickly filled.
  beforeEach(function () {
    const mounted = mountDisk(12 * 1024)
    if (typeof mounted === 'string') {
      this.test?.parent?.tests.forEach(test => { test.title += ` (skipped: ${mounted})` })
      return this.skip()
    }
    disk = mounted
    isMounted = true
  })
  afterEach(() => { if (isMounted) disk.remove() })

  /** What is made of an error of SQLite with this result code on this disk. */
  function faultOf(errcode: number): StoreFault | undefined {
    const error = asStoreError(Object.assign(new Error('disk I/O error'), { errcode }), join(disk.directory, 'p2pchat.db'))
    return error instanceof StoreError ? error.fault : undefined
  }

  it('full: the write that failed left nothing, those before are there, and it goes on once there is space', () => {
    const path = join(disk.directory, 'p2pchat.db')
    const filler = join(disk.directory, 'filler')
    writeFileSync(filler, new Uint8Array(1024 * 1024))
    let store = openSqliteStore(path)
    let written = 0
    const fill = () => { for (;;) { append(store, written, 8000); written++ } }
    faults('disk-full', path, fill)
    assert.ok(written > 10)
    for (let again = 0; again < 5; again++) faults('disk-full', path, () => append(store, written, 100_000))
    assert.equal(store.has(ROOM, id(written)), false)
    assert.equal(store.timeline(ROOM, [1], 10_000).length, written)
    rmSync(filler)
    append(store, written++, 8000)
    assert.equal(store.newestBy(ROOM, A)?.id, id(written - 1))
    faults('disk-full', path, fill)
    const before = store.timeline(ROOM, [1], 10_000).length
    assert.equal(before, written)
    store.close()
    store = openSqliteStore(path)
    assert.equal(store.timeline(ROOM, [1], 10_000).length, written)
    store.close()
  })

  it('full from the beginning: says so and leaves nothing half made', () => {
    const path = join(disk.directory, 'p2pchat.db')
    const filler = join(disk.directory, 'filler')
    try {
      writeFileSync(filler, new Uint8Array(24 * 1024 * 1024))
    } catch {
      // That is the purpose.
    }
    faults('disk-full', path, () => openSqliteStore(path))
    assert.equal(faultOf(10), 'disk-full', 'which SQLite calls an I/O error on some of its ways')
    rmSync(filler)
    const store = openSqliteStore(path)
    append(store, 1)
    store.close()
  })

  it('read-only: says so, whether the file is there or not', () => {
    const path = filled(join(disk.directory, 'p2pchat.db'), 10)
    disk.setReadOnly(true)
    faults('read-only', path, () => openSqliteStore(path))
    assert.equal(faultOf(10), 'read-only', 'which SQLite calls an I/O error')
    faults('read-only', join(disk.directory, 'new.db'), () => openSqliteStore(join(disk.directory, 'new.db')))
    disk.setReadOnly(false)
    openSqliteStore(path).close()
  })
})

/** Opens and reads every row in every way. */
function readAll(path: string): void {
  const store = openSqliteStore(path)
  try {
    for (const item of store.items(ROOM, 'message')) store.find(Buffer.from(item.id).toString('hex'))
    store.timeline(ROOM, [1], 100_000)
    store.newestBy(ROOM, A)
    for (let n = 0; n < 2000; n++) store.find(id(n))
  } finally {
    store.close()
  }
}
