/** A room of many real nodes that all know one address, in some processes. */
import assert from 'node:assert/strict'
import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { NodeReport, Order } from './process.ts'

const PROGRAM = fileURLToPath(new URL('process.ts', import.meta.url))
const NAME = 'large'
const LOOK_EVERY_MS = 500

export class LargeRoom {
  readonly #processes: ChildProcess[] = []
  readonly #count: number
  #room = ''
  /** Since the newcomers were started, ms. */
  #beganMs = 0

  private constructor(count: number) {
    this.#count = count
  }

  /** One, in a process of its own, has made the room; the others, in so many more, are started. */
  static async start(count: number, processes: number): Promise<LargeRoom> {
    const large = new LargeRoom(count)
    for (let i = 0; i <= processes; i++) large.#processes.push(fork(PROGRAM))
    const [hub] = await large.#ask(0, { type: 'start', numbers: [0], peers: [], room: NAME, make: true })
    large.#room = hub!.room!
    large.#beganMs = performance.now()
    const newcomers = Array.from({ length: count - 1 }, (_, i) => i + 1)
    await Promise.all(Array.from({ length: processes }, (_, at) => {
      const numbers = newcomers.filter((number) => number % processes === at)
      return large.#ask(at + 1, { type: 'start', numbers, peers: [hub!.address], room: NAME, make: false })
    }))
    return large
  }

  async say(text: string): Promise<void> {
    await Promise.all(this.#processes.map((_, at) => this.#ask(at, { type: 'say', room: this.#room, text })))
  }

  texts(text: string): string[] {
    return Array.from({ length: this.#count }, (_, number) => `${text} ${number}`)
  }

  /** Since the newcomers were started, ms, until this holds of all nodes. @throws {Error} when it does not within the time given. */
  async until(what: string, withinMs: number, holds: (nodes: readonly NodeReport[]) => boolean): Promise<number> {
    for (;;) {
      const nodes = (await Promise.all(this.#processes.map((_, at) => this.#ask(at, { type: 'look', room: this.#room })))).flat()
      const ms = performance.now() - this.#beganMs
      if (nodes.length === this.#count && holds(nodes)) return Math.round(ms)
      if (ms > withinMs) {
        const list = nodes.map(({ room, texts, online, connections }) => `${room === this.#room}/${texts.length}/${online}/${connections}`)
        assert.fail(`within ${withinMs} ms there was not: ${what}; in the room/lines/online/connections: ${list.join(' ')}`)
      }
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS))
    }
  }

  isIn({ room }: NodeReport): boolean {
    return room === this.#room
  }

  async end(): Promise<void> {
    await Promise.all(this.#processes.map(async (one, at) => {
      await this.#ask(at, { type: 'end' })
      const ended = once(one, 'exit')
      one.disconnect()
      await ended
    }))
  }

  async #ask(at: number, order: Order): Promise<NodeReport[]> {
    const one = this.#processes[at]!
    const answer = once(one, 'message') as Promise<[NodeReport[]]>
    one.send(order)
    return (await answer)[0]
  }
}
