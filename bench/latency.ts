/**
 * Latency: two processes, 100 texts of 200 bytes a second, from the sender's send call to the receiver's listener.
 * All systems are up at once and take turns of two seconds, so that a slow moment of the machine meets them all.
 */
import { BenchRoom } from './harness/room.ts'
import { interleave, nameOf, Samples } from './harness/bench.ts'
import type { Bench } from './harness/bench.ts'
import { quantile } from './harness/statistics.ts'
import { table } from './harness/table.ts'
import { REFERENCE } from './systems/system.ts'
import type { SystemName } from './systems/system.ts'

const INTERVAL_MS = 10
/** A turn: 2 s. */
const TURN_TEXTS = 200
/** Turns that only warm up the compiler: V8 optimises what ran some thousand times. */
const WARM_UP_TURNS = 3

export const latency: Bench = async ({ quick, systems, repeats }) => {
  const rooms: BenchRoom[] = []
  try {
    for (const system of systems) rooms.push(await BenchRoom.open(system, 1, 'star'))
    for (const room of rooms) await room.pace(TURN_TEXTS * (quick ? 1 : WARM_UP_TURNS), 2)
    const turns = repeats ?? (quick ? 3 : 20)
    const samples = (): Samples<SystemName> => new Samples(REFERENCE)
    const [middle, tail, senderCpu, receiverCpu, all] = [samples(), samples(), samples(), samples(), samples()]
    let lost = 0
    await interleave(rooms, turns, async (room) => {
      const { received, senderMs, receiverMs } = await room.pace(TURN_TEXTS, INTERVAL_MS)
      const latenciesMs = received[0]?.latenciesMs ?? []
      lost += TURN_TEXTS - latenciesMs.length
      middle.add(room.system, quantile(latenciesMs, 0.5))
      tail.add(room.system, quantile(latenciesMs, 0.99))
      senderCpu.add(room.system, (senderMs * 1000) / TURN_TEXTS)
      receiverCpu.add(room.system, (receiverMs * 1000) / TURN_TEXTS)
      for (const value of latenciesMs) all.add(room.system, value)
    })
    console.log(`\n## Latency at 100 msg/s, 200 B, two processes: ${turns} turns of ${TURN_TEXTS} texts each, interleaved; ${lost} lost\n`)
    console.log(
      table(
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
    )
  } finally {
    await Promise.all(rooms.map((room) => room.close()))
  }
}
