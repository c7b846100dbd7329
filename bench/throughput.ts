/**
 * Throughput: texts of 200 bytes as fast as the sender accepts them, until every receiver has every one of them. The clock
 * runs from the first send call to the last listener call of the slowest receiver. Each node is a process of its own. A turn
 * in which a text is lost has no figure.
 */
import { BenchRoom } from './harness/room.ts'
import type { Topology } from './harness/room.ts'
import { interleave, nameOf, Samples } from './harness/bench.ts'
import type { Bench, BenchOptions } from './harness/bench.ts'
import { table } from './harness/table.ts'
import { REFERENCE } from './systems/system.ts'
import type { SystemName } from './systems/system.ts'

/** Texts sent and not yet accepted. */
const WINDOW = 256

async function measure(receivers: number, topology: Topology, count: number, { quick, systems, repeats }: BenchOptions): Promise<void> {
  const rooms = new Map<SystemName, BenchRoom>()
  const open = async (system: SystemName): Promise<BenchRoom> => {
    const room = await BenchRoom.open(system, receivers, topology)
    rooms.set(system, room)
    await room.blast(count / 2, WINDOW)
    return room
  }
  try {
    const turns = repeats ?? (quick ? 2 : 8)
    const samples = (): Samples<SystemName> => new Samples(REFERENCE)
    const [rate, accepted, senderCpu, receiverCpu, failed] = [samples(), samples(), samples(), samples(), samples()]
    for (const system of systems) await open(system)
    await interleave(systems, turns, async (system) => {
      try {
        const room = rooms.get(system) ?? (await open(system))
        const { sent, received, senderMs, receiverMs } = await room.blast(count, WINDOW)
        const lost = received.reduce((sum, each) => sum + count - each.count, 0)
        if (lost > 0) throw new Error(`${lost} of ${count * receivers} texts were lost`)
        const firstNs = BigInt(sent.firstNs)
        const seconds = Math.max(...received.map(({ lastNs }) => Number(BigInt(lastNs) - firstNs))) / 1e9
        rate.add(system, count / seconds)
        accepted.add(system, count / (Number(BigInt(sent.lastNs) - firstNs) / 1e9))
        senderCpu.add(system, (senderMs * 1000) / count)
        receiverCpu.add(system, (receiverMs * 1000) / count)
      } catch (error) {
        // libp2p as it comes drops a connection whose ping is late, and does not dial again: counted, and begun anew
        console.log(`${nameOf(system)}: ${String(error).split('\n')[0] ?? ''}`)
        failed.add(system, 1)
        for (const figures of [rate, accepted, senderCpu, receiverCpu]) figures.add(system, NaN)
        await rooms.get(system)?.close()
        rooms.delete(system)
      }
    })
    const connected = topology === 'star' ? 'each connected with the sender alone' : 'all connected with each other'
    const who = receivers === 1 ? 'one receiver' : `${receivers} receivers, ${connected}`
    console.log(`\n## Throughput, 200 B, ${who}: ${turns} turns of ${count} texts, interleaved\n`)
    console.log(
      table(
        ['system', 'msg/s', 'ratio', 'accepted msg/s', 'sender CPU µs/msg', 'slowest receiver', 'turns with losses'],
        systems.map((system) => [
          nameOf(system),
          rate.text(system),
          rate.ratioText(system),
          accepted.text(system),
          senderCpu.text(system),
          receiverCpu.text(system),
          String(failed.of(system).length)
        ])
      )
    )
  } finally {
    await Promise.all([...rooms.values()].map((room) => room.close()))
  }
}

export const throughput: Bench = async (options) => {
  await measure(1, 'star', options.quick ? 5000 : 20_000, options)
  await measure(5, 'star', options.quick ? 2000 : 5000, options)
  await measure(5, 'all', 2000, options)
}
