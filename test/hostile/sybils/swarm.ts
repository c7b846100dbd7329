/** A hundred live sybils, in processes of their own so that they answer while the node under test is busy. */
import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
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
  /** Where all of them are, on this host, or `apart`: each at an address of its own, in a network (/16) of its own. */
  readonly host: string
}

const PROCESSES = 2
const running = new Set<ChildProcess>()

export class Swarm {
  readonly #processes: readonly ChildProcess[]
  readonly all: readonly Known[]

  private constructor(processes: readonly ChildProcess[], all: readonly Known[]) {
    this.#processes = processes
    this.all = all
  }

  /** They run, are nodes of the DHT, and are found under the key. */
  static async start({ count, lies, key, grind, genesis, entries, host }: SwarmInit): Promise<Swarm> {
    const processes = Array.from({ length: PROCESSES }, () => fork(new URL('swarm-process.ts', import.meta.url)))
    for (const one of processes) running.add(one)
    const sybils = Array.from({ length: count }, (_, i) => ({
      lie: lies[i % lies.length]!, key, grind, genesis: Buffer.from(genesis(i)).toString('hex'),
      host: host === 'apart' ? `127.${1 + (i % 250)}.${1 + Math.floor(i / 250)}.9` : host
    }))
    const parts = processes.map((_, at) => sybils.filter((_sybil, i) => i % PROCESSES === at))
    const started = await Promise.all(processes.map((one, at) => ask(one, { type: 'start', sybils: parts[at]! })))
    const all = started.flatMap((report) => (report.type === 'started' ? report.all : []))
    await Promise.all(processes.map((one) => ask(one, { type: 'conspire', all, entries })))
    return new Swarm(processes, all)
  }

  /** Each takes up a connection of this node, and again when it is closed. */
  occupy(address: string): void {
    for (const one of this.#processes) one.send({ type: 'occupy', address } satisfies Order)
  }
}

/** Ends all processes of sybils. */
export async function endSwarms(): Promise<void> {
  const left = [...running]
  running.clear()
  await Promise.all(left.map(async (one) => {
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
