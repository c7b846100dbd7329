/**
 * The store alone, in one process: appended records in batches as a sync brings them, single durable writes as `message.send` makes them, and
 * the reads on the way of a message. Beside it, in the same run, the disk's own fdatasync. `node bench/store.ts [--short]`
 */
import { randomBytes } from 'node:crypto'
import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, statSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import type { Store, StoreOp } from '../src/engine/ports.ts'
import { openSqliteStore } from '../src/store/sqlite.ts'

const short = process.argv.includes('--short')
const RECORDS = short ? 5000 : 100_000
const BATCH = 50
const SINGLES = short ? 100 : 2000
const AUTHORS = 20
/** A 200 B text on the wire, with its signature. */
const WIRE_BYTES = 400

const randomId = (): string => randomBytes(32).toString('hex')
const room = randomId()
const authors = Array.from({ length: AUTHORS }, randomId)
const ids = Array.from({ length: RECORDS + SINGLES }, randomId)
const bytes = randomBytes(WIRE_BYTES)
const nth = (n: number): string => ids[n] ?? ''
const rest = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

function append(n: number): StoreOp {
  return {
    op: 'record',
    record: {
      id: nth(n), room, graph: 'message', kind: 1, author: authors[n % AUTHORS] ?? '', timeUs: 1_700_000_000_000_000 + n * 1000,
      prev: n < AUTHORS ? null : nth(n - AUTHORS), bytes, verified: true
    }
  }
}

function row(what: string, samplesUs: number[]): void {
  samplesUs.sort((a, b) => a - b)
  const at = (share: number): string => (samplesUs[Math.floor((samplesUs.length - 1) * share)] ?? 0).toFixed(1).padStart(9)
  console.log(`${what.padEnd(44)}${at(0.5)}${at(0.9)}${at(0.99)}${at(1)}`)
}

async function measure(count: number, run: (n: number) => unknown, per = 1): Promise<number[]> {
  const samplesUs: number[] = []
  for (let n = 0; n < count; n++) {
    const started = performance.now()
    run(n)
    samplesUs.push((performance.now() - started) * 1000 / per)
    if (n % 8 === 0) await rest()
  }
  return samplesUs
}

async function appends(store: Store): Promise<void> {
  const cpu = process.cpuUsage()
  const started = performance.now()
  const batches = await measure(RECORDS / BATCH, (n) => {
    store.write(Array.from({ length: BATCH }, (_, at) => append(n * BATCH + at)), 'normal')
  }, BATCH)
  const meanUs = (performance.now() - started) * 1000 / RECORDS
  const { user, system } = process.cpuUsage(cpu)
  row(`append, batches of ${BATCH}, normal, each record`, batches)
  const cpuUs = (user + system) / RECORDS
  console.log(`  mean of all, checkpoints included: ${meanUs.toFixed(1)}; CPU: ${cpuUs.toFixed(1)}`)
}

async function reads(store: Store): Promise<void> {
  row('has', await measure(5000, (n) => store.has(room, nth(n * 7 % RECORDS))))
  row('get', await measure(5000, (n) => store.get(room, nth(n * 7 % RECORDS))))
  row('vouched, id not there', await measure(5000, (n) => store.vouched(room, nth(n).replace(/^../u, '00'), authors[0] ?? '')))
  row('newestBy', await measure(5000, (n) => store.newestBy(room, authors[n % AUTHORS] ?? '')))
  row('timeline, last 100', await measure(200, () => store.timeline(room, [1, 2], 100)))
  row('count, last 1000', await measure(200, () => store.count(room, [1], 1_700_000_000_000_000 + (RECORDS - 1000) * 1000, room)))
  row(`items, all ${RECORDS}`, await measure(3, () => Array.from(store.items(room, 'message'))))
}

async function disk(directory: string): Promise<void> {
  const descriptor = openSync(join(directory, 'plain'), 'w')
  const page = Buffer.alloc(4096)
  for (let at = 0; at < 64; at++) writeSync(descriptor, page)
  row('reference: write 4 KiB in place, fdatasync', await measure(SINGLES, (n) => {
    writeSync(descriptor, page, 0, page.length, (n % 64) * page.length)
    fdatasyncSync(descriptor)
  }))
  closeSync(descriptor)
}

const directory = mkdtempSync(join(import.meta.dirname, '..', '.bench-store-'))
try {
  const path = join(directory, 'p2pchat.db')
  const store = openSqliteStore(path)
  console.log(`${'µs'.padEnd(44)}${['p50', 'p90', 'p99', 'max'].map((name) => name.padStart(9)).join('')}`)
  await appends(store)
  row('one record, full', await measure(SINGLES, (n) => { store.write([append(RECORDS + n)], 'full') }))
  await disk(directory)
  await reads(store)
  console.log(`database ${(statSync(path).size / 2 ** 20).toFixed(0)} MiB, log ${(statSync(`${path}-wal`).size / 2 ** 20).toFixed(0)} MiB`)
  store.close()
} finally {
  rmSync(directory, { recursive: true })
}
