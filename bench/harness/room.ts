/** One sender and its receivers, each in a process of its own, in one room of one system. */
import { setTimeout as delay } from 'node:timers/promises'
import { SYSTEMS } from '../systems/system.ts'
import type { SystemName } from '../systems/system.ts'
import type { SentReport, ReceivedReport } from './calls.ts'
import { NodeProcess } from './node-process.ts'

/** `star`: all receivers are connected with the sender alone. `all`: everybody with everybody. */
export type Topology = 'star' | 'all'

/** Two heartbeats of gossipsub, in which a mesh forms. */
const SETTLE_MS = 2500
const SETTLE_TIMEOUT_MS = 30_000

let lastRun = 0

export interface RunResult {
  readonly sent: SentReport
  readonly received: readonly ReceivedReport[]
  /** CPU time from before the first text until the last one came: of the sender, and of the receiver that took most. */
  readonly senderMs: number
  readonly receiverMs: number
}

export class BenchRoom {
  readonly system: SystemName
  readonly #sender: NodeProcess
  readonly #receivers: readonly NodeProcess[]

  private constructor(system: SystemName, sender: NodeProcess, receivers: readonly NodeProcess[]) {
    this.system = system
    this.#sender = sender
    this.#receivers = receivers
  }

  static async open(system: SystemName, receivers: number, topology: Topology): Promise<BenchRoom> {
    const nodes: NodeProcess[] = []
    try {
      for (let i = 0; i <= receivers; i++) {
        const node = await NodeProcess.start(system)
        for (const earlier of topology === 'all' ? nodes : nodes.slice(0, 1)) await node.call('connect', earlier.address)
        nodes.push(node)
        await node.call('join')
      }
      const [sender, ...others] = nodes
      if (sender === undefined) throw new Error('a room needs a sender')
      const room = new BenchRoom(system, sender, others)
      await room.#settle()
      return room
    } catch (error) {
      await Promise.all(nodes.map((node) => node.stop()))
      throw error
    }
  }

  /** Sends until every receiver heard something, then leaves the mesh time to form. */
  async #settle(): Promise<void> {
    const run = ++lastRun
    const deadline = performance.now() + SETTLE_TIMEOUT_MS
    for (;;) {
      // gossipsub refuses to publish while nobody is subscribed
      await this.#sender.call('pace', run, 1, 0).catch(() => undefined)
      const heard = await Promise.all(this.#receivers.map((receiver) => receiver.call('received', run)))
      if (heard.every((count) => count > 0)) break
      if (performance.now() > deadline) throw new Error(`${SYSTEMS[this.system]}: the receivers hear nothing`)
      await delay(50)
    }
    await delay(SETTLE_MS)
  }

  /** Resolves with this room when the warm-up is done; closes it when that fails. */
  async warmedUp(warmUp: () => Promise<unknown>): Promise<this> {
    try {
      await warmUp()
      return this
    } catch (error) {
      await this.close()
      throw error
    }
  }

  pace(count: number, intervalMs: number): Promise<RunResult> {
    return this.#run(count, (run) => this.#sender.call('pace', run, count, intervalMs))
  }

  blast(count: number, window: number): Promise<RunResult> {
    return this.#run(count, (run) => this.#sender.call('blast', run, count, window))
  }

  async #run(count: number, send: (run: number) => Promise<SentReport>): Promise<RunResult> {
    const run = ++lastRun
    const before = await this.#cpuMs()
    const sent = await send(run)
    const received = await Promise.all(this.#receivers.map((receiver) => receiver.call('collect', run, count, 10_000)))
    const after = await this.#cpuMs()
    const [senderMs = NaN, ...receiversMs] = after.map((ms, i) => ms - (before[i] ?? NaN))
    return { sent, received, senderMs, receiverMs: Math.max(...receiversMs) }
  }

  #cpuMs(): Promise<number[]> {
    return Promise.all([this.#sender, ...this.#receivers].map((node) => node.call('cpuMs')))
  }

  async close(): Promise<void> {
    await Promise.all([this.#sender, ...this.#receivers].map((node) => node.stop()))
  }
}
