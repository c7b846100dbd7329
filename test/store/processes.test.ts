/** The SQLite store when its process is killed, when syncs fail, and when two processes want one database. */
import assert from 'node:assert/strict'
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { StoreError, type Store } from '../../src/engine/ports.ts'
import { openSqliteStore } from '../../src/store/sqlite.ts'
import { until } from '../cli/program.ts'
import { A, id, record, ROOM } from '../contracts/store-samples.ts'

const WRITER = fileURLToPath(import.meta.resolve('./writer-process.ts'))
const STRACE = 'strace'
const DEADLINE_MS = 20_000
const directory = mkdtempSync(join(tmpdir(), 'p2pchat-processes-'))
let files = 0
const freshPath = () => join(directory, `${files++}.db`)
const running = new Set<ChildProcess>()

afterEach(() => { for (const child of running) child.kill('SIGKILL') })
after(() => rmSync(directory, { recursive: true }))

interface Writer {
  readonly child: ChildProcess
  readonly lines: string[]
  /** Resolves once the line has been printed that `isWanted`, and with the rest when the process has ended. */
  readonly until: (isWanted: (line: string) => boolean) => Promise<void>
  readonly ended: () => Promise<void>
}

function startWriter(command: readonly string[]): Writer {
  const [program = '', ...args] = command
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  running.add(child)
  const lines: string[] = []
  let rest = ''
  let complaints = ''
  let isOver = false
  const changed = new Set<() => void>()
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const parts = (rest + text).split('\n')
    rest = parts.pop() ?? ''
    lines.push(...parts)
    for (const look of changed) look()
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => { complaints += text })
  child.on('close', () => {
    isOver = true
    running.delete(child)
    for (const look of changed) look()
  })
  const wait = (isDone: () => boolean) => new Promise<void>((resolve, reject) => {
    const fail = (why: string) => { settle(); reject(new Error(`${why}; last lines: ${lines.slice(-3).join(' | ')}; ${complaints}`)) }
    const deadline = setTimeout(() => fail('the writer took too long'), DEADLINE_MS)
    const settle = () => { clearTimeout(deadline); changed.delete(look) }
    const look = () => {
      if (isDone()) { settle(); resolve() } else if (isOver) fail('the writer ended early')
    }
    changed.add(look)
    look()
  })
  return { child, lines, until: isWanted => wait(() => lines.some(isWanted)), ended: () => wait(() => isOver) }
}

const writer = (path: string, from: number, count: number, durability: string) =>
  [process.execPath, WRITER, path, String(from), String(count), durability]

/** How many of the four rows of write `n` are there: 4 or 0, else half of a write was kept. */
function rowsOf(store: Store, n: number): number {
  return [3 * n, 3 * n + 1, 3 * n + 2].filter(r => store.has(ROOM, id(r))).length + (store.delivery(id(3 * n)) === undefined ? 0 : 1)
}

function skipsWithoutStrace(context: Mocha.Context): boolean {
  if (spawnSync(STRACE, ['-V']).status === 0) return false
  if (context.test !== undefined) context.test.title += ' (skipped: strace is not there)'
  context.skip()
  return true
}

describe('sqlite store: processes', function () {
  this.timeout(90_000)

  for (const durability of ['normal', 'full', 'later']) {
    it(`killed in the middle of ${durability} writes, five times: every write that returned is there, none half`, async () => {
      const path = freshPath()
      const told: number[] = []
      let next = 0
      for (let round = 0; round < 5; round++) {
        const { child, lines, until, ended } = startWriter(writer(path, next, 1_000_000, durability))
        const target = next + 40 + round * 97
        await until(line => line === `ok ${target}`)
        child.kill('SIGKILL')
        await ended()
        const done = lines.filter(line => line.startsWith('ok ')).map(line => Number(line.slice(3)))
        assert.equal(lines.length, done.length + 1, 'only ok lines after open')
        told.push(...done)
        next = (done.at(-1) ?? 0) + 2

        const store = openSqliteStore(path)
        for (const n of told) assert.equal(rowsOf(store, n), 4, `write ${n}`)
        for (const n of [next - 1, next]) assert.ok([0, 4].includes(rowsOf(store, n)), `write ${n} is half there`)
        const items = [...store.items(ROOM, 'message')].length
        assert.equal(items % 3, 0)
        assert.ok(Number.parseInt(store.newestBy(ROOM, A)?.id ?? '', 16) >= 3 * (next - 2) + 2, 'the newest record is the last one')
        store.close()
      }
    })
  }

  it('tells a second process that the database is in use, and lets it in once the first was killed', async () => {
    const path = freshPath()
    const { child, until, ended } = startWriter(writer(path, 0, 1_000_000, 'normal'))
    await until(line => line === 'ok 10')
    assert.throws(() => openSqliteStore(path), (error: unknown) =>
      error instanceof StoreError && error.fault === 'busy' && error.message.includes(`${path} is held by another program`))
    assert.equal(child.exitCode, null, 'the first goes on undisturbed')
    child.kill('SIGKILL')
    await ended()
    openSqliteStore(path).close()
  })

  it('syncs every full write before it returns, before it answers when asked to, and normal ones only now and then', async function () {
    if (skipsWithoutStrace(this)) return
    for (const durability of ['full', 'later', 'normal']) {
      const path = freshPath()
      openSqliteStore(path).close()
      const log = freshPath()
      const { ended } = startWriter([STRACE, '-f', '-o', log, '-e', 'trace=fsync,fdatasync,write', ...writer(path, 0, 40, durability)])
      await ended()
      // A call that another thread's call comes in between stands on two lines, of which the second says that it is done.
      const calls = readFileSync(log, 'utf8').split('\n').filter(line => /sync.*= 0$|"ok \d+/.test(line))
      const unsynced = calls.filter((line, at) => line.includes('"ok ') && !(calls[at - 1] ?? '').includes('sync'))
      assert.equal(calls.filter(line => line.includes('"ok ')).length, 40)
      if (durability !== 'normal') assert.deepEqual(unsynced, [])
      else assert.ok(unsynced.length >= 38, `${40 - unsynced.length} of 40 normal writes were synced`)
    }
  })

  it('says `io` when a sync fails, keeps nothing of that write, and goes on when the disk does', async function () {
    if (skipsWithoutStrace(this)) return
    const path = freshPath()
    openSqliteStore(path).close()
    const log = freshPath()
    const trace = [STRACE, '-f', '-o', log, '-e', 'trace=fsync,fdatasync,ftruncate', '-e', 'inject=fsync,fdatasync:error=EIO:when=8..10']
    const { lines, ended } = startWriter([...trace, ...writer(path, 0, 30, 'full')])
    await ended()
    assert.equal(lines.at(-1), 'end', lines.join(' | '))
    const failed = lines.filter(line => line.startsWith('io ')).map(line => Number(line.slice(3)))
    const done = lines.filter(line => line.startsWith('ok ')).map(line => Number(line.slice(3)))
    assert.ok(failed.length >= 1 && failed.length <= 3, `failed: ${failed.join()}`)
    assert.equal(failed.length + done.length, 30)
    assert.ok(Math.max(...done) > Math.max(...failed))
    const calls = readFileSync(log, 'utf8').split('INJECTED').at(-1) ?? ''
    assert.match(calls, /ftruncate\(\d+, 0\)/, 'the log with the hole is started over')
    const store = openSqliteStore(path)
    for (const n of done) assert.equal(rowsOf(store, n), 4, `write ${n}`)
    for (const n of failed) assert.equal(rowsOf(store, n), 0, `write ${n}`)
    store.write([{ op: 'record', record: record(1_000_000) }], 'full')
    store.close()
  })
  it('asked to sync what was written, answers `io` when neither that works nor copying it into the database, and loses nothing', async function () {
    if (skipsWithoutStrace(this)) return
    // strace counts by thread, and there is one of ours beside SQLite's.
    for (const [when, fails] of [['8..8', false], ['8..40', true]] as const) {
      const path = freshPath()
      openSqliteStore(path).close()
      const inject = ['-e', 'trace=fsync,fdatasync', '-e', `inject=fsync,fdatasync:error=EIO:when=${when}`]
      const trace = [STRACE, '-f', '-E', 'UV_THREADPOOL_SIZE=1', '-o', freshPath(), ...inject]
      const { lines, ended } = startWriter([...trace, ...writer(path, 0, 30, 'later')])
      await ended()
      assert.equal(lines.at(-1), 'end', lines.join(' | '))
      assert.equal(lines.some(line => line.startsWith('io ')), fails, lines.join(' | '))
      const store = openSqliteStore(path)
      // What could not be made safe was written all the same, and is safe as soon as the disk does what it is told.
      for (let n = 0; n < 30; n++) assert.ok(rowsOf(store, n) === 4 || lines.includes(`io ${n}`), `write ${n}`)
      store.close()
    }
  })

  it('answers everybody who asked for a sync, also when it is closed meanwhile', async () => {
    const store = openSqliteStore(freshPath())
    const answers: unknown[] = []
    const ask = (): void => store.sync((fault) => answers.push(fault))
    store.write([{ op: 'record', record: record(1) }], 'normal')
    ask()
    ask()
    assert.deepEqual(answers, [], 'never at once')
    store.close()
    ask()
    await until(() => answers.length === 3, 'three answers')
    assert.deepEqual(answers, [undefined, undefined, undefined])
  })
})
