/**
 * `npm run attack [-- --seconds 30 --peers 1,20 --targets ann,server NAME...]`: a server and three members, each a program of its own, are attacked on
 * loopback, one attack after the other; a table says what was seen. Fails if a bound of docs/SECURITY.md is not held.
 */
import { loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import { ATTACKS } from './attacks.ts'
import { Cluster } from './cluster.ts'
import { trial } from './trial.ts'
import type { Trial } from './trial.ts'

const MAX_GROWTH_MIB = 64
const MAX_STATUS_MS = 300
const MAX_TALK_MS = 500
const MAX_BACK_MS = 10_000

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seconds: { type: 'string', default: '30' },
    peers: { type: 'string', default: '1,20' },
    targets: { type: 'string', default: 'ann,server' }
  }
})
const names = positionals.length > 0 ? positionals : Object.keys(ATTACKS)
const unknown = names.filter((name) => ATTACKS[name] === undefined)
if (unknown.length > 0) throw new Error(`no attack is called ${unknown.join(', ')}; there are ${Object.keys(ATTACKS).join(', ')}`)

function faults({ node, talk, keptOut, backMs }: Trial): string[] {
  return [
    ...(node.alive ? [] : ['it ended']),
    ...(node.growthMiB > MAX_GROWTH_MIB ? ['memory'] : []),
    ...(node.statusP99Ms > MAX_STATUS_MS ? ['status'] : []),
    ...(talk.p99Ms > MAX_TALK_MS || talk.missing > 0 ? ['messages'] : []),
    ...(keptOut > 0 ? ['newcomers'] : []),
    ...(backMs === undefined || backMs > MAX_BACK_MS ? ['not back'] : [])
  ]
}

function row(seen: Trial): string {
  const { attack, target, peers, tally, node, talk, newcomerMs, keptOut, backMs } = seen
  const cells = [
    attack, target, peers, `${(tally.bytes / 2 ** 20 / Number(values.seconds)).toFixed(1)} MiB/s`, `${tally.cut} of ${tally.connections}`, tally.refused,
    `+${node.growthMiB} MiB`, `${node.statusP50Ms} / ${node.statusP99Ms} ms`, `${talk.p50Ms} / ${talk.p99Ms} ms, ${talk.missing} of ${talk.expected} lost`,
    `${newcomerMs} ms, ${keptOut} kept out`, backMs === undefined ? 'no' : `${(backMs / 1000).toFixed(1)} s`, faults(seen).join(', ') || 'held'
  ]
  return `| ${cells.join(' | ')} |`
}

console.log('| attack | on | peers | sent | cut | refused | memory | status p50 / p99 | messages p50 / p99 | newcomers | back after | |')
console.log(`|${' --- |'.repeat(12)}`)
let failed = 0
for (const target of values.targets.split(',')) {
  let cluster = await begun()
  for (const name of names) {
    for (const peers of values.peers.split(',').map(Number)) {
      const seen = await trial(cluster, name, target, Number(values.seconds), peers)
      console.log(row(seen))
      if (faults(seen).length === 0) continue
      failed += 1
      // None is judged by what another left behind.
      cluster.end()
      cluster = await begun()
    }
  }
  cluster.end()
}
console.log(`\nload of the machine at the end: ${loadavg().map((load) => load.toFixed(1)).join(', ')}; ${failed} beyond the bounds`)
process.exit(failed === 0 ? 0 : 1)

async function begun(): Promise<Cluster> {
  const cluster = new Cluster()
  await cluster.start()
  return cluster
}
