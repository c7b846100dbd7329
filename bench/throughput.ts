/**
 * Throughput: texts of 200 bytes as fast as the sender accepts them, until every receiver has every one of them. The clock
 * runs from the first send call to the last listener call of the slowest receiver. Each node is a process of its own. A turn
 * in which a text is lost has no figure.
 */
import { nameOf, Samples } from './harness/bench.ts'
import type { Bench, BenchOptions } from './harness/bench.ts'
import { BenchRoom } from './harness/room.ts'
import type { Topology } from './harness/room.ts'
import { Turns } from './harness/turns.ts'
import { REFERENCE } from './systems/system.ts'
import type { SystemName } from './systems/system.ts'

/** Texts sent and not yet accepted. */
const WINDOW = 256

interface Setting {
  readonly receivers: number
  readonly topology: Topology
  readonly texts: number
  readonly wanted: string
}

async function measure({ receivers, topology, texts, wanted }: Setting, { short, systems, repeats, report }: BenchOptions): Promise<void> {
  const turns = new Turns<SystemName, BenchRoom>(report, systems.map((system) => ({
    key: system,
    name: nameOf(system),
    isOurs: system === 'p2pchat',
    open: async () => {
      const room = await BenchRoom.open(system, receivers, topology)
      return room.warmedUp(() => room.blast(Math.ceil(texts / 2), WINDOW))
    }
  })))
  const count = repeats ?? (short ? 1 : 8)
  const samples = (): Samples<SystemName> => new Samples(REFERENCE)
  const [rate, accepted, senderCpu, receiverCpu] = [samples(), samples(), samples(), samples()]
  try {
    await turns.run(count, async (room, system) => {
      const { sent, received, senderMs, receiverMs } = await room.blast(texts, WINDOW)
      const lost = received.reduce((sum, each) => sum + texts - each.count, 0)
      if (lost > 0) throw new Error(`${lost} of ${texts * receivers} texts were lost`)
      const firstNs = BigInt(sent.firstNs)
      const seconds = Math.max(...received.map(({ lastNs }) => Number(BigInt(lastNs) - firstNs))) / 1e9
      rate.add(system, texts / seconds)
      accepted.add(system, texts / (Number(BigInt(sent.lastNs) - firstNs) / 1e9))
      senderCpu.add(system, (senderMs * 1000) / texts)
      receiverCpu.add(system, (receiverMs * 1000) / texts)
    }, (system) => {
      for (const figures of [rate, accepted, senderCpu, receiverCpu]) figures.add(system, NaN)
    })
  } finally {
    await turns.close()
  }
  const connected = topology === 'star' ? 'each connected with the sender alone' : 'all connected with each other'
  const who = receivers === 1 ? 'one receiver' : `${receivers} receivers, ${connected}`
  report.figure(`throughput, ${who}, msg/s`, wanted, rate, 'p2pchat')
  report.table(
    `Throughput, 200 B, ${who}: ${count} turns of ${texts} texts, interleaved`,
    ['system', 'msg/s', 'ratio', 'accepted msg/s', 'sender CPU µs/msg', 'slowest receiver', 'turns without a figure'],
    systems.map((system) => [
      nameOf(system),
      rate.text(system),
      rate.ratioText(system),
      accepted.text(system),
      senderCpu.text(system),
      receiverCpu.text(system),
      String(turns.lostTurns(system))
    ])
  )
}

export const throughput: Bench = async (options) => {
  const { short } = options
  await measure({ receivers: 1, topology: 'star', texts: short ? 1000 : 20_000, wanted: '≥ 0.8 ×' }, options)
  await measure({ receivers: short ? 2 : 5, topology: 'star', texts: short ? 500 : 5000, wanted: '≥ 1.0 ×' }, options)
  await measure({ receivers: short ? 2 : 5, topology: 'all', texts: short ? 500 : 2000, wanted: '≥ 1.0 ×' }, options)
}
