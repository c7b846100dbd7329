/**
 * `npm run bench` runs every bench in its short form, to see that all still run. `npm run bench -- NAME…` runs these in full; `--short` shortens them,
 * `--full` runs all in full, `--repeats N` sets how often, `--systems sign,nosign,tcp,p2pchat` which. `--document` runs all in full and writes what came of
 * it into docs/PERFORMANCE.md. A bench that fails is told, the others go on, and the exit code is 1.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { authority } from './authority.ts'
import { writeFigures } from './harness/document.ts'
import { idle } from './idle.ts'
import { latency } from './latency.ts'
import { lateJoiner } from './late-joiner.ts'
import { rpcLatency } from './rpc-latency.ts'
import { server, serverDirect, serverRelayed } from './server.ts'
import { start } from './start.ts'
import { throughput } from './throughput.ts'
import type { Bench } from './harness/bench.ts'
import { Report } from './harness/report.ts'
import { watchLoad } from './harness/table.ts'
import { REFERENCE, SYSTEMS } from './systems/system.ts'
import type { SystemName } from './systems/system.ts'

/** A bench that is a program of its own, and prints its own tables. */
const program = (name: string): Bench => async ({ short }) => {
  const child = spawn(process.execPath, [join(import.meta.dirname, name), ...short ? ['--short'] : []], { stdio: 'inherit' })
  const [code, signal] = (await once(child, 'exit')) as [number | null, string | null]
  if (code !== 0) throw new Error(`${name} ended with ${String(code ?? signal)}`)
}

const benches: Record<string, Bench> = {
  latency, throughput, 'rpc-latency': rpcLatency, 'late-joiner': lateJoiner, start, idle, authority,
  store: program('store.ts'), reconcile: program('reconcile.ts'), tui: program('tui.ts'),
  server, 'server-direct': serverDirect, 'server-relayed': serverRelayed
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    short: { type: 'boolean' }, full: { type: 'boolean' }, document: { type: 'boolean' },
    repeats: { type: 'string' }, systems: { type: 'string' }
  }
})

const systems = (values.systems?.split(',') ?? Object.keys(SYSTEMS)) as SystemName[]
const chosen = positionals.length === 0 ? Object.keys(benches) : positionals
const unknown = [...systems.filter((name) => !(name in SYSTEMS)), ...chosen.filter((name) => !(name in benches))]
if (unknown.length > 0 || !systems.includes(REFERENCE)) {
  const has = (record: object): string => Object.keys(record).join(', ')
  console.error(`Benches: ${has(benches)}. Systems: ${has(SYSTEMS)}, of which ${REFERENCE} is always needed.`)
  process.exit(2)
}
const inFull = values.document === true || values.full === true
if (values.document === true && (values.short === true || positionals.length > 0)) {
  console.error('--document takes every bench, in full.')
  process.exit(2)
}

const report = new Report()
for (const name of chosen) {
  const load = watchLoad()
  report.begin(name)
  try {
    await benches[name]!({
      short: values.short ?? (positionals.length === 0 && !inFull),
      systems,
      repeats: values.repeats === undefined ? undefined : Number(values.repeats),
      report
    })
  } catch (error) {
    report.failed(error)
  }
  report.end(load())
}
if (values.document === true) writeFigures(report)
for (const { bench, why } of report.failures) console.error(`FAILED ${bench}: ${why}`)
console.log(`\n${chosen.length} benches, ${new Set(report.failures.map(({ bench }) => bench)).size} of them failed`)
// What a broken bench left running does not hold up the end.
process.exit(report.failures.length > 0 ? 1 : 0)
