/** The bench's side of many clients in some processes. */
import type { ChildProcess, SpawnOptions } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Interface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'

const PROGRAM = join(import.meta.dirname, 'clients.ts')
const WITHIN_MS = 120_000
const LOOK_MS = 50

export type Spawn = (command: string, args: readonly string[], options: SpawnOptions) => ChildProcess

export interface SwarmInit {
  readonly clients: number
  readonly rooms: number
  /** The server's. */
  readonly address: string
  /** What each client listens on. */
  readonly listen: string
  /** How each process of clients is started; all have as many of them. */
  readonly spawns: readonly Spawn[]
}

class Clients {
  readonly #child: ChildProcess
  readonly #lines: Interface
  /** Answers come in the order of the questions. */
  readonly #waiting: { readonly resolve: (answer: unknown) => void; readonly reject: (error: Error) => void }[] = []
  readonly up: Promise<unknown>

  constructor(start: Spawn, args: readonly string[]) {
    this.#child = start(process.execPath, [PROGRAM, ...args], { stdio: ['pipe', 'pipe', 'inherit'] })
    this.#lines = createInterface({ input: this.#child.stdout! })
    this.#lines.on('line', (line) => this.#waiting.shift()?.resolve(JSON.parse(line)))
    this.#child.once('exit', () => {
      for (const { reject } of this.#waiting.splice(0)) reject(new Error('a process of clients has ended'))
    })
    this.up = this.#answer()
  }

  async ask(line: string): Promise<unknown> {
    this.#child.stdin!.write(`${line}\n`)
    return this.#answer()
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const ended = new Promise((resolve) => this.#child.once('exit', resolve))
    this.#child.stdin!.end()
    await ended
  }

  #answer(): Promise<unknown> {
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }))
  }
}

export class Swarm {
  readonly #processes: readonly Clients[]

  constructor({ clients, rooms, address, listen, spawns }: SwarmInit) {
    const each = clients / spawns.length
    this.#processes = spawns.map((start, i) => new Clients(start, [String(each), String(i * each), String(rooms), listen, address]))
  }

  async up(): Promise<void> {
    await Promise.all(this.#processes.map(({ up }) => up))
  }

  /** What the clients of all processes answer, summed up. */
  async sum(line: string): Promise<number> {
    const answers = await Promise.all(this.#processes.map((one) => one.ask(line)))
    return answers.reduce<number>((left, right) => left + Number(right), 0)
  }

  async list(line: string): Promise<number[]> {
    const answers = await Promise.all(this.#processes.map((one) => one.ask(line)))
    return (answers as number[][]).flat()
  }

  /** Resolves with the time that it took until the answer was at least so large. */
  async until(line: string, wanted: number): Promise<number> {
    const startMs = performance.now()
    let sum = 0
    while (performance.now() - startMs < WITHIN_MS) {
      sum = await this.sum(line)
      if (sum >= wanted) return performance.now() - startMs
      await delay(LOOK_MS)
    }
    throw new Error(`${line}: ${sum} of ${wanted} after ${WITHIN_MS / 1000} s`)
  }

  async stop(): Promise<void> {
    await Promise.all(this.#processes.map((one) => one.stop()))
  }
}
