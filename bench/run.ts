/**
 * `npm run bench` runs every bench, shortened. `npm run bench -- NAME…` runs these in full; `--quick` shortens them,
 * `--repeats N` sets how often, `--systems sign,nosign,tcp,p2pchat` which.
 */
import { parseArgs } from 'node:util'
import { authority } from './authority.ts'
import { idle } from './idle.ts'
import { latency } from './latency.ts'
import { lateJoiner } from './late-joiner.ts'
import { rpcLatency } from './rpc-latency.ts'
import { server, serverDirect, serverRelayed } from './server.ts'
import { start } from './start.ts'
import { throughput } from './throughput.ts'
import type { Bench } from './harness/bench.ts'
import { watchLoad } from './harness/table.ts'
import { REFERENCE, SYSTEMS } from './systems/system.ts'
import type { SystemName } from './systems/system.ts'

const benches: Record<string, Bench> = {
  latency, throughput, 'rpc-latency': rpcLatency, 'late-joiner': lateJoiner, start, idle, authority, server,
  'server-direct': serverDirect, 'server-relayed': serverRelayed
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { quick: { type: 'boolean' }, repeats: { type: 'string' }, systems: { type: 'string' } }
})

const systems = (values.systems?.split(',') ?? Object.keys(SYSTEMS)) as SystemName[]
const chosen = positionals.length === 0 ? Object.keys(benches) : positionals
const unknown = [...systems.filter((name) => !(name in SYSTEMS)), ...chosen.filter((name) => !(name in benches))]
if (unknown.length > 0 || !systems.includes(REFERENCE)) {
  const has = (record: object): string => Object.keys(record).join(', ')
  console.error(`Benches: ${has(benches)}. Systems: ${has(SYSTEMS)}, of which ${REFERENCE} is always needed.`)
  process.exit(2)
}

for (const name of chosen) {
  const load = watchLoad()
  await benches[name]?.({
    quick: values.quick ?? positionals.length === 0,
    systems,
    repeats: values.repeats === undefined ? undefined : Number(values.repeats)
  })
  console.log(`\n${load()}; Node ${process.version}`)
}
