import assert from 'node:assert/strict'
import type { ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { until } from '../cli/program.ts'
import type { Host } from './namespaces.ts'
import type { Order } from './network-node.ts'

const PROGRAM = fileURLToPath(new URL('network-node.ts', import.meta.url))

/** What a node on a host said, as {@link PROGRAM} writes it. */
export interface Said {
  readonly event: string
  /** Since the node's program began. */
  readonly atMs: number
  readonly peerId?: string
  readonly addresses?: string[]
  readonly path?: string
  readonly address?: string
  readonly text?: string
  readonly code?: string
  readonly peers?: number
  readonly subscribed?: boolean
}

/** A node in a process of its own on a host of a test LAN. */
export class RemoteNode {
  readonly said: Said[] = []
  readonly #child: ChildProcess
  #stderr = ''

  constructor(host: Host, ...args: string[]) {
    this.#child = host.spawn(process.execPath, [PROGRAM, ...args], { stdio: ['pipe', 'pipe', 'pipe'] })
    createInterface({ input: this.#child.stdout! }).on('line', (line) => this.said.push(JSON.parse(line) as Said))
    this.#child.stderr!.on('data', (data: Buffer) => {
      this.#stderr += data.toString()
    })
  }

  order(order: Order): void {
    this.#child.stdin!.write(`${JSON.stringify(order)}\n`)
  }

  /** The first thing said, from place `from` on, that fits; waits for it. */
  async heard(fits: (said: Said) => boolean, what: string, withinMs: number, from = 0): Promise<Said> {
    const deadline = Date.now() + withinMs
    for (;;) {
      const found = this.said.slice(from).find(fits)
      if (found !== undefined) return found
      if (Date.now() > deadline) {
        assert.fail(`within ${withinMs} ms there was not: ${what}\n${this.said.map((said) => JSON.stringify(said)).join('\n')}\n${this.#stderr}`)
      }
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
  }

  async ready(): Promise<Said & { peerId: string; addresses: string[] }> {
    return await this.heard(({ event }) => event === 'ready', 'ready', 10_000) as Said & { peerId: string; addresses: string[] }
  }

  /** Ends its input, on which it stops cleanly; resolves with its exit code. */
  async stop(): Promise<number | null> {
    if (this.#child.exitCode !== null) return this.#child.exitCode
    const ended = new Promise<number | null>((resolve) => {
      this.#child.once('exit', resolve)
    })
    this.#child.stdin!.end()
    return ended
  }
}

export function inRoom({ event, subscribed }: Said): boolean {
  return event === 'topic-peer' && subscribed === true
}

/** Whether the last that was said of the other in the room is that it is there. */
function seesOther({ said }: RemoteNode): boolean {
  const last = said.findLast(({ event }) => event === 'topic-peer')
  return last !== undefined && inRoom(last)
}

/** A frame and a message go each way. */
export async function talk(a: RemoteNode, b: RemoteNode): Promise<void> {
  const ids = await Promise.all([a, b].map(async (node) => (await node.ready()).peerId))
  for (const node of [a, b]) node.order({ do: 'subscribe', topic: 'room' })
  await until(() => [a, b].every(seesOther), 'each sees the other in the room', 5000)
  for (const [from, to, id] of [[a, b, ids[1]!], [b, a, ids[0]!]] as const) {
    const text = randomBytes(8).toString('hex')
    from.order({ do: 'publish', topic: 'room', text: `frame ${text}` })
    from.order({ do: 'send', to: id, text: `message ${text}` })
    await to.heard((said) => said.event === 'frame' && said.text === `frame ${text}`, 'the frame', 5000)
    await to.heard((said) => said.event === 'message' && said.text === `message ${text}`, 'the message', 5000)
  }
}
