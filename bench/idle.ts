/**
 * Idle: two connected nodes in one room in which nothing is said. CPU and memory of each process, measured at the same time; from the source, and as it is
 * published if there is a dist folder.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { Samples } from './harness/bench.ts'
import type { Bench } from './harness/bench.ts'
import { RpcPair } from './harness/rpc-pair.ts'

const subjects = {
  sign: 'gossipsub StrictSign (reference)', p2pchat: 'p2pchat rpc, source', 'p2pchat-published': 'p2pchat rpc, published'
} as const
const isBuilt = existsSync(join(import.meta.dirname, '..', 'dist'))

export const idle: Bench = async ({ short, systems, repeats, report }) => {
  const ours = systems.includes('p2pchat') ? ['p2pchat', ...isBuilt ? ['p2pchat-published'] as const : []] as const : []
  const chosen = ['sign', ...ours] as const
  const pairs: RpcPair[] = []
  try {
    for (const pair of await Promise.all(chosen.map((subject) => RpcPair.open(subject)))) pairs.push(pair)
    const [cpu, resident] = [new Samples<string>('sign'), new Samples<string>('sign')]
    const turns = repeats ?? (short ? 1 : 4)
    const turnMs = short ? 3000 : 30_000
    for (let turn = 0; turn < turns; turn++) {
      const before = pairs.map(({ nodes }) => nodes.map((node) => node.cpuMs()))
      const startMs = performance.now()
      await delay(turnMs)
      const tookMs = performance.now() - startMs
      pairs.forEach(({ subject, nodes }, i) => {
        nodes.forEach((node, j) => {
          cpu.add(subject, (100 * (node.cpuMs() - (before[i]?.[j] ?? NaN))) / tookMs)
          resident.add(subject, node.residentMb())
        })
      })
    }
    for (const subject of ours) {
      report.figure(`${subjects[subject]}: idle, CPU % of a core`, '≤ 1', cpu, subject)
      report.figure(`${subjects[subject]}: idle, resident MB`, '≤ 130', resident, subject)
    }
    report.table(
      `Idle in a room of two: ${turns} turns of ${turnMs / 1000} s, both nodes of each pair, all at once`,
      ['system', 'CPU % of one core', 'resident MB'],
      chosen.map((subject) => [subjects[subject], cpu.text(subject), resident.text(subject)])
    )
  } finally {
    await Promise.all(pairs.map((pair) => pair.close()))
  }
}
