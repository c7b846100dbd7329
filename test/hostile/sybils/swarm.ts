/** A hundred live sybils, in processes of their own so that they answer while the node under test is busy. */
import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Lie } from './member-lies.ts'
import type { Order, Report } from './swarm-process.ts'
import type { Known } from './sybil.ts'

export interface SwarmInit {
  readonly count: number
  /** In turn. */
  readonly lies: readonly Lie[]
  readonly key: string
  readonly grind: number
  /** For each sybil, by its number, the genesis of the room that it says it is in. */
  readonly genesis: (number: number) => Uint8Array
  readonly entries: readonly string[]
  /** Where all of them are, or each by its number. */
  readonly host: string | ((number: number) => string)
  readonly port?: number
  /** Starts a process of {@link SWARM_PROGRAM}, with a channel to it: in this machine's network if not said. */
  readonly start?: () => ChildProcess
}

const PROCESSES = 2
export const SWARM_PROGRAM = fileURLToPath(new URL('swarm-process.ts', import.meta.url))
const running = new Set<ChildProcess>()

export class Swarm {
  readonly #processes: readonly ChildProcess[]
  readonly all: readonly Known[]

  private constructor(processes: readonly ChildProcess[], all: readonly Known[]) {
    this.#processes = processes
    this.all = all
  }

  /** They run, are nodes of the DHT, and are found under the key. */
  static async start(init: SwarmInit): Promise<Swarm> {
    const { count, lies, key, grind, genesis, entries, host, port, start = () => fork(SWARM_PROGRAM) } = init
    const processes = Array.from({ length: PROCESSES }, start)
    for (const one of processes) running.add(one)
    const sybils = Array.from({ length: count }, (_, i) => ({
      lie: lies[i % lies.length]!, key, grind, port, genesis: Buffer.from(genesis(i)).toString('hex'),
      host: typeof host === 'function' ? host(i) : host
    }))
    const parts = processes.map((_, at) => sybils.filter((_sybil, i) => i % PROCESSES === at))
    const started = await Promise.all(processes.map((one, at) => ask(one, { type: 'start', sybils: parts[at]! })))
    const all = started.flatMap((report) => (report.type === 'started' ? report.all : []))
    await Promise.all(processes.map((one) => ask(one, { type: 'conspire', all, entries })))
    return new Swarm(processes, all)
  }

  /** Each, or a share of them, takes up a connection of this node, and again when it is closed. */
  occupy(address: string, share = 1): void {
    for (const one of this.#processes) one.send({ type: 'occupy', address, share } satisfies Order)
  }
}

/** Ends all processes of sybils. */
export async function endSwarms(): Promise<void> {
  const left = [...running]
  running.clear()
  await Promise.all(left.map(async (one) => {
    if (one.exitCode !== null || one.signalCode !== null) return
    const ended = once(one, 'exit')
    one.disconnect()
    await ended
  }))
}

async function ask(one: ChildProcess, order: Order): Promise<Report> {
  const answer = once(one, 'message') as Promise<[Report]>
  const died = once(one, 'exit').then(() => {
    throw new Error('a process of sybils ended')
  })
  one.send(order)
  const [report] = await Promise.race([answer, died])
  return report
}
