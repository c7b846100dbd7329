/** Two processes behind JSON-RPC in one room. */
import { setTimeout as delay } from 'node:timers/promises'
import { readText, writeText } from './text.ts'
import { liftRateLimit, RpcProcess } from './rpc-process.ts'
import type { RpcSubject } from './rpc-process.ts'

const ROOM = 'bench'
/** Two heartbeats of gossipsub, in which a mesh forms. */
const SETTLE_MS = 2500
const SETTLE_TIMEOUT_MS = 30_000
/** How long the last texts of a turn may take. */
const PATIENCE_MS = 10_000

let lastRun = 0

export class RpcPair {
  readonly subject: RpcSubject
  readonly nodes: readonly RpcProcess[]
  readonly #sender: RpcProcess
  readonly #receiver: RpcProcess

  private constructor(subject: RpcSubject, sender: RpcProcess, receiver: RpcProcess) {
    this.subject = subject
    this.#sender = sender
    this.#receiver = receiver
    this.nodes = [sender, receiver]
  }

  static async open(subject: RpcSubject): Promise<RpcPair> {
    const started: RpcProcess[] = []
    try {
      const sender = await RpcProcess.start(subject)
      started.push(sender)
      await sender.call('room.create', { name: ROOM })
      if (subject !== 'sign') await liftRateLimit(sender, ROOM)
      const receiver = await RpcProcess.start(subject)
      started.push(receiver)
      await receiver.call('node.connect', { address: sender.address })
      await receiver.call('room.join', { room: ROOM })
      const pair = new RpcPair(subject, sender, receiver)
      await pair.#settle()
      return pair
    } catch (error) {
      await Promise.all(started.map((each) => each.stop()))
      throw error
    }
  }

  async #settle(): Promise<void> {
    const deadline = performance.now() + SETTLE_TIMEOUT_MS
    for (;;) {
      // gossipsub alone refuses to publish while nobody is subscribed
      const heard = await this.pace(1, 0, 200).catch(() => [])
      if (heard.length > 0) break
      if (performance.now() > deadline) throw new Error(`${this.subject}: the receiver hears nothing`)
    }
    await delay(SETTLE_MS)
  }

  /** Resolves with this pair when the warm-up is done; closes it when that fails. */
  async warmedUp(warmUp: () => Promise<unknown>): Promise<this> {
    try {
      await warmUp()
      return this
    } catch (error) {
      await this.close()
      throw error
    }
  }

  /** Sends `count` texts, one each `intervalMs`. From writing the request to reading the notification, for each that came. */
  async pace(count: number, intervalMs: number, patienceMs = PATIENCE_MS): Promise<number[]> {
    const run = ++lastRun
    const latenciesMs: number[] = []
    const { promise: all, resolve } = Promise.withResolvers<void>()
    this.#receiver.onNotification = (method, params) => {
      const nowNs = process.hrtime.bigint()
      const stamp = method === 'message' ? readText(String(params.text)) : undefined
      if (stamp?.run !== run) return
      latenciesMs.push(Number(nowNs - stamp.sentNs) / 1e6)
      if (latenciesMs.length === count) resolve()
    }
    const startMs = performance.now()
    const answers: Promise<unknown>[] = []
    for (let sequence = 0; sequence < count; sequence++) {
      const waitMs = startMs + sequence * intervalMs - performance.now()
      if (waitMs > 0) await delay(waitMs)
      const text = writeText(run, sequence, process.hrtime.bigint())
      const answer = this.#sender.call('message.send', { room: ROOM, text })
      answer.catch(() => undefined) // it is awaited below
      answers.push(answer)
    }
    await Promise.all(answers)
    await Promise.race([all, delay(patienceMs, undefined, { ref: false })])
    return latenciesMs
  }

  async close(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.stop()))
  }
}
