/**
 * Latency: two processes, 100 texts of 200 bytes a second, from the sender's send call to the receiver's listener.
 * All systems are up at once and take turns of two seconds, so that a slow moment of the machine meets them all.
 */
import { nameOf, Samples } from './harness/bench.ts'
import type { Bench } from './harness/bench.ts'
import { BenchRoom } from './harness/room.ts'
import { quantile } from './harness/statistics.ts'
import { Turns } from './harness/turns.ts'
import { REFERENCE } from './systems/system.ts'
import type { SystemName } from './systems/system.ts'

const INTERVAL_MS = 10
/** A turn: 2 s. */
const TURN_TEXTS = 200
/** Turns that only warm up the compiler: V8 optimises what ran some thousand times. */
const WARM_UP_TURNS = 3

export const latency: Bench = async ({ short, systems, repeats, report }) => {
  const turns = new Turns<SystemName, BenchRoom>(report, systems.map((system) => ({
    key: system,
    name: nameOf(system),
    isOurs: system === 'p2pchat',
    open: async () => {
      const room = await BenchRoom.open(system, 1, 'star')
      return room.warmedUp(() => room.pace(TURN_TEXTS * (short ? 1 : WARM_UP_TURNS), 2))
    }
  })))
  const samples = (): Samples<SystemName> => new Samples(REFERENCE)
  const [middle, tail, senderCpu, receiverCpu, all] = [samples(), samples(), samples(), samples(), samples()]
  const count = repeats ?? (short ? 1 : 20)
  let missing = 0
  try {
    await turns.run(count, async (room, system) => {
      const { received, senderMs, receiverMs } = await room.pace(TURN_TEXTS, INTERVAL_MS)
      const latenciesMs = received[0]?.latenciesMs ?? []
      missing += TURN_TEXTS - latenciesMs.length
      if (system === 'p2pchat' && latenciesMs.length < TURN_TEXTS) report.failed(`${TURN_TEXTS - latenciesMs.length} texts were lost`)
      middle.add(system, quantile(latenciesMs, 0.5))
      tail.add(system, quantile(latenciesMs, 0.99))
      senderCpu.add(system, (senderMs * 1000) / TURN_TEXTS)
      receiverCpu.add(system, (receiverMs * 1000) / TURN_TEXTS)
      for (const value of latenciesMs) all.add(system, value)
    }, (system) => {
      for (const figures of [middle, tail, senderCpu, receiverCpu]) figures.add(system, NaN)
    })
  } finally {
    await turns.close()
  }
  report.figure('latency p50, ms', '≤ 1.3 ×', middle, 'p2pchat')
  report.figure('latency p99, ms', '≤ 1.5 ×', tail, 'p2pchat')
  report.table(
    `Latency at 100 msg/s, 200 B, two processes: ${count} turns of ${TURN_TEXTS} texts each, interleaved; ${missing} lost`,
    ['system', 'p50 ms', 'p50 ratio', 'p99 ms', 'p99 ratio', 'p99 of all', 'sender CPU µs/msg', 'receiver'],
    systems.map((system) => [
      nameOf(system),
      middle.text(system),
      middle.ratioText(system),
      tail.text(system),
      tail.ratioText(system),
      quantile(all.of(system), 0.99).toFixed(2),
      senderCpu.text(system),
      receiverCpu.text(system)
    ])
  )
}
