/** One process of a bench: holds one system under test and does what the bench calls for, over IPC. */
import { setImmediate as nextTurn, setTimeout as delay } from 'node:timers/promises'
import { createSystem } from '../systems/system.ts'
import type { SystemName } from '../systems/system.ts'
import type { AnswerMessage, CallMessage, ReceivedReport, SentReport, WorkerCalls } from './calls.ts'
import { readText, writeText } from './text.ts'

/** What came in one run. */
class Arrivals {
  readonly latenciesMs: number[] = []
  lastNs = 0n
  readonly #seen = new Set<number>()

  add(sequence: number, sentNs: bigint, nowNs: bigint): void {
    if (this.#seen.has(sequence)) return
    this.#seen.add(sequence)
    this.latenciesMs.push(Number(nowNs - sentNs) / 1e6)
    this.lastNs = nowNs
  }

  get count(): number {
    return this.#seen.size
  }
}

const system = await createSystem(process.argv[2] as SystemName)
const runs = new Map<number, Arrivals>()

function arrivals(run: number): Arrivals {
  let found = runs.get(run)
  if (found === undefined) runs.set(run, (found = new Arrivals()))
  return found
}

system.onMessage((text) => {
  const nowNs = process.hrtime.bigint()
  const stamp = readText(text)
  if (stamp !== undefined) arrivals(stamp.run).add(stamp.sequence, stamp.sentNs, nowNs)
})

/** Runs `send` and reports when it began and ended. */
async function sending(send: () => Promise<void>): Promise<SentReport> {
  const firstNs = process.hrtime.bigint()
  await send()
  return { firstNs: String(firstNs), lastNs: String(process.hrtime.bigint()) }
}

const calls: WorkerCalls = {
  start: (directory) => system.start(directory),
  connect: (address) => system.connect(address),
  join: () => system.join(),
  pace: (run, count, intervalMs) =>
    sending(async () => {
      const startMs = performance.now()
      const pending: Promise<void>[] = []
      for (let sequence = 0; sequence < count; sequence++) {
        const waitMs = startMs + sequence * intervalMs - performance.now()
        if (waitMs > 0) await delay(waitMs)
        const sent = system.send(writeText(run, sequence, process.hrtime.bigint()))
        sent.catch(() => undefined) // it is awaited below
        pending.push(sent)
      }
      await Promise.all(pending)
    }),
  blast: (run, count, window) =>
    sending(async () => {
      let next = 0
      const lane = async (): Promise<void> => {
        while (next < count) {
          const sequence = next++
          await system.send(writeText(run, sequence, process.hrtime.bigint()))
          // a system that accepts without ever waiting would otherwise starve its own sockets
          if (sequence % 16 === 15) await nextTurn()
        }
      }
      await Promise.all(Array.from({ length: window }, lane))
    }),
  async collect(run, count, patienceMs): Promise<ReceivedReport> {
    const found = arrivals(run)
    let had = -1
    let sinceMs = performance.now()
    while (found.count < count) {
      if (found.count !== had) sinceMs = performance.now()
      else if (performance.now() - sinceMs > patienceMs) break
      had = found.count
      await delay(20)
    }
    runs.delete(run)
    return { count: found.count, latenciesMs: found.latenciesMs, lastNs: String(found.lastNs) }
  },
  received: async (run) => arrivals(run).count,
  async cpuMs() {
    const { user, system: kernel } = process.cpuUsage()
    return (user + kernel) / 1000
  },
  stop: () => system.stop()
}

async function answer({ id, name, args }: CallMessage): Promise<AnswerMessage> {
  try {
    const call = calls[name] as (...args: readonly unknown[]) => Promise<unknown>
    return { id, value: await call(...args) }
  } catch (error) {
    return { id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) }
  }
}

process.on('message', (message: CallMessage) => {
  void answer(message).then((result) => process.send?.(result))
})
process.on('disconnect', () => process.exit())
process.send?.({ id: 0, value: 'up' } satisfies AnswerMessage)
