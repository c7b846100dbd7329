/** A database and its log that were copied apart, or are of different times: refused in a sentence, and untouched. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { StoreError } from '../../src/engine/ports.ts'
import { openSqliteStore } from '../../src/store/sqlite.ts'
import { until } from '../cli/program.ts'
import { id, record } from '../contracts/store-samples.ts'
import { mountDisk } from './disk.ts'

const ROOM = record(1).room

describe('a database and its log', () => {
  const base = mkdtempSync(join(tmpdir(), 'p2pchat-pair-'))
  let count = 0
  after(() => {
    rmSync(base, { recursive: true })
  })

  const folder = (): string => {
    const path = join(base, String(++count))
    mkdirSync(path)
    return path
  }
  const database = (home: string): string => join(home, 'p2pchat.db')
  const log = (home: string): string => `${database(home)}-wal`
  const write = (home: string, ...numbers: number[]): ReturnType<typeof openSqliteStore> => {
    const store = openSqliteStore(database(home))
    for (const n of numbers) store.write([{ op: 'record', record: record(n) }], 'full')
    return store
  }
  const held = (home: string): number[] => {
    const store = openSqliteStore(database(home))
    try {
      return [1, 2, 3].filter((n) => store.has(ROOM, id(n)))
    } finally {
      store.close()
    }
  }
  const copy = (from: string, ...what: ('database' | 'log')[]): string => {
    const to = folder()
    if (what.includes('database')) copyFileSync(database(from), database(to))
    if (what.includes('log')) copyFileSync(log(from), log(to))
    return to
  }
  const refuses = (home: string, about: RegExp): void => {
    const files = (): (string | undefined)[] => [database(home), log(home)].map((path) => (existsSync(path) ? readFileSync(path, 'latin1') : undefined))
    const before = files()
    assert.throws(() => openSqliteStore(database(home)), (error: unknown) =>
      error instanceof StoreError && error.fault === 'incomplete' && about.test(error.message) && error.message.includes(log(home)) &&
      !error.message.includes('\n'))
    assert.ok(files().every((content, n) => content === before[n]))
  }

  it('are opened together, copied while they are in use, and hold all', () => {
    const home = folder()
    const store = write(home, 1, 2)
    const taken = copy(home, 'database', 'log')
    assert.deepEqual(held(taken), [1, 2])
    store.close()
    assert.ok(!existsSync(log(home)))
    assert.deepEqual(held(home), [1, 2])
    assert.deepEqual(held(copy(home, 'database')), [1, 2])
  })

  it('are refused each without the other, also right after the start and after a pause', async () => {
    const home = folder()
    write(home, 1).close()
    const store = openSqliteStore(database(home))
    refuses(copy(home, 'database'), /its log .* is missing/u)
    store.write([{ op: 'record', record: record(2) }], 'full')
    refuses(copy(home, 'database'), /its log .* is missing/u)
    refuses(copy(home, 'log'), /is missing beside its log/u)
    const emptied = copy(home, 'log')
    writeFileSync(database(emptied), '')
    refuses(emptied, /is missing beside its log/u)
    // After a pause the database alone holds all, and is told so.
    await until(() => {
      const alone = copy(home, 'database')
      writeFileSync(log(alone), '')
      return held(alone).length === 2
    }, 'the log is copied into the database when nothing is written')
    refuses(copy(home, 'database'), /make an empty file/u)
    store.close()
  })

  it('are refused when they are of different times', () => {
    const home = folder()
    write(home, 1).close()
    const closed = copy(home, 'database')
    let store = write(home, 2)
    const first = copy(home, 'database', 'log')
    store.close()
    store = write(home, 3)
    const second = copy(home, 'database', 'log')
    store.close()
    for (const [one, other] of [[closed, first], [first, second], [second, first], [home, second]] as const) {
      const mixed = copy(one, 'database')
      copyFileSync(log(other), log(mixed))
      refuses(mixed, /do not belong together/u)
    }
    assert.deepEqual(held(first), [1, 2])
    assert.deepEqual(held(second), [1, 2, 3])
  })

  it('belong together after any end of the process, also in the middle of copying the log', function () {
    this.timeout(20_000)
    const home = folder()
    const script = `
      import { openSqliteStore } from ${JSON.stringify(join(import.meta.dirname, '../../src/store/sqlite.ts'))}
      import { record } from ${JSON.stringify(join(import.meta.dirname, '../contracts/store-samples.ts'))}
      const store = openSqliteStore(${JSON.stringify(database(home))})
      const from = Number(process.argv[1])
      setTimeout(() => process.kill(process.pid, 'SIGKILL'), Math.random() * 150)
      const go = (n) => {
        store.write(Array.from({ length: 64 }, (_, k) => ({ op: 'record', record: record(from + n * 64 + k) })), 'normal')
        setImmediate(go, n + 1)
      }
      go(0)`
    for (let n = 0; n < 4; n++) {
      spawnSync(process.execPath, ['--input-type=module', '-e', script, '--', String(1 + n * 1_000_000)])
      openSqliteStore(database(home)).close()
    }
  })

  it('are opened after another tool has closed them in good order', () => {
    const home = folder()
    const store = write(home, 1)
    const taken = copy(home, 'database', 'log')
    store.close()
    const tool = new DatabaseSync(database(taken))
    tool.exec('PRAGMA wal_checkpoint(TRUNCATE)')
    tool.close()
    refuses(taken, /make an empty file/u)
    writeFileSync(log(taken), '')
    assert.deepEqual(held(taken), [1])
  })

  it('are opened again after the disk was full when they were closed', function () {
    const disk = mountDisk(1024)
    if (typeof disk === 'string') this.skip()
    try {
      const store = write(disk.directory, 1)
      try {
        writeFileSync(join(disk.directory, 'filler'), Buffer.alloc(2_000_000))
      } catch {
        // Full.
      }
      store.close()
      assert.deepEqual(held(disk.directory), [1])
      rmSync(join(disk.directory, 'filler'))
      assert.deepEqual(held(disk.directory), [1])
    } finally {
      disk.remove()
    }
  })
})
