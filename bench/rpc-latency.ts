/**
 * Latency as a program sees it: from writing the request `message.send` to one `p2pchat rpc` to reading the notification
 * `message` from another. 100 texts of 200 bytes a second. The reference is libp2p alone behind the same lines of JSON.
 */
import { Samples } from './harness/bench.ts'
import type { Bench } from './harness/bench.ts'
import { RpcPair } from './harness/rpc-pair.ts'
import { quantile } from './harness/statistics.ts'
import { Turns } from './harness/turns.ts'

const INTERVAL_MS = 10
/** A turn: 2 s. */
const TURN_TEXTS = 200

const subjects = { sign: 'gossipsub StrictSign behind JSON lines (reference)', p2pchat: 'p2pchat rpc' } as const
type SubjectName = keyof typeof subjects

export const rpcLatency: Bench = async ({ short, systems, repeats, report }) => {
  const chosen = (['sign', 'p2pchat'] as const).filter((subject) => systems.includes(subject))
  const turns = new Turns<SubjectName, RpcPair>(report, chosen.map((key) => ({
    key,
    name: subjects[key],
    isOurs: key === 'p2pchat',
    open: async () => {
      const pair = await RpcPair.open(key)
      return pair.warmedUp(() => pair.pace(TURN_TEXTS * (short ? 1 : 3), 2))
    }
  })))
  const [middle, tail] = [new Samples<SubjectName>('sign'), new Samples<SubjectName>('sign')]
  const count = repeats ?? (short ? 1 : 20)
  let missing = 0
  try {
    await turns.run(count, async (pair, key) => {
      const latenciesMs = await pair.pace(TURN_TEXTS, INTERVAL_MS)
      missing += TURN_TEXTS - latenciesMs.length
      if (key === 'p2pchat' && latenciesMs.length < TURN_TEXTS) report.failed(`${TURN_TEXTS - latenciesMs.length} texts were lost`)
      middle.add(key, quantile(latenciesMs, 0.5))
      tail.add(key, quantile(latenciesMs, 0.99))
    }, (key) => {
      middle.add(key, NaN)
      tail.add(key, NaN)
    })
  } finally {
    await turns.close()
  }
  report.figure('rpc p50, ms', '≤ 3 ms', middle, 'p2pchat')
  const what = `${count} turns of ${TURN_TEXTS} texts each, interleaved; ${missing} lost`
  report.table(
    `From message.send to the notification, over rpc: ${what}`,
    ['system', 'p50 ms', 'ratio', 'p99 ms', 'ratio'],
    chosen.map((name) => [subjects[name], middle.text(name), middle.ratioText(name), tail.text(name), tail.ratioText(name)])
  )
}
