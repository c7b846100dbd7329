/**
 * Latency as a program sees it: from writing the request `message.send` to one `p2pchat rpc` to reading the notification
 * `message` from another. 100 texts of 200 bytes a second. The reference is libp2p alone behind the same lines of JSON.
 */
import { interleave, Samples } from './harness/bench.ts'
import type { Bench } from './harness/bench.ts'
import { RpcPair } from './harness/rpc-pair.ts'
import { quantile } from './harness/statistics.ts'
import { table } from './harness/table.ts'

const INTERVAL_MS = 10
/** A turn: 2 s. */
const TURN_TEXTS = 200

const subjects = { sign: 'gossipsub StrictSign behind JSON lines (reference)', p2pchat: 'p2pchat rpc' } as const

export const rpcLatency: Bench = async ({ quick, systems, repeats }) => {
  const chosen = (['sign', 'p2pchat'] as const).filter((subject) => systems.includes(subject))
  const pairs: RpcPair[] = []
  try {
    for (const subject of chosen) pairs.push(await RpcPair.open(subject))
    for (const pair of pairs) await pair.pace(TURN_TEXTS * (quick ? 1 : 3), 2)
    const turns = repeats ?? (quick ? 3 : 20)
    const [middle, tail] = [new Samples<string>('sign'), new Samples<string>('sign')]
    let lost = 0
    await interleave(pairs, turns, async (pair) => {
      const latenciesMs = await pair.pace(TURN_TEXTS, INTERVAL_MS)
      lost += TURN_TEXTS - latenciesMs.length
      middle.add(pair.subject, quantile(latenciesMs, 0.5))
      tail.add(pair.subject, quantile(latenciesMs, 0.99))
    })
    const what = `${turns} turns of ${TURN_TEXTS} texts each, interleaved; ${lost} lost`
    console.log(`\n## From message.send to the notification, over rpc: ${what}\n`)
    console.log(
      table(
        ['system', 'p50 ms', 'ratio', 'p99 ms', 'ratio'],
        chosen.map((name) => [subjects[name], middle.text(name), middle.ratioText(name), tail.text(name), tail.ratioText(name)])
      )
    )
  } finally {
    await Promise.all(pairs.map((pair) => pair.close()))
  }
}
