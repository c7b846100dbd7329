/**
 * Late joiner: a node that knows nothing connects, joins by name, and has 10 000 texts of 200 bytes to catch up with. The
 * clock runs from its calls to connect and to join until its store holds every one of them. As a measure of the machine, the reference
 * says how long libp2p alone takes to carry as many texts live, to a receiver that keeps none of them.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { Samples } from './harness/bench.ts'
import type { Bench } from './harness/bench.ts'
import { BenchRoom } from './harness/room.ts'
import { liftRateLimit, rateLimitLifted, RpcProcess } from './harness/rpc-process.ts'
import { writeText } from './harness/text.ts'
import { Turns } from './harness/turns.ts'
import type { Subject } from './harness/turns.ts'

const ROOM = 'bench'
const TEXTS = 10_000
const SHORT_TEXTS = 1000
/** Requests under way while the history is made. */
const WINDOW = 256
const PAGE = 1000
const PATIENCE_MS = 60_000

/** A room whose members wrote a history between them, or one of the reference. */
interface Source {
  /** How long one turn takes, ms. */
  readonly turn: () => Promise<number>
  readonly close: () => Promise<void>
}

/** libp2p alone, as many texts live. */
async function openLive(texts: number): Promise<Source> {
  const room = await BenchRoom.open('sign', 1, 'star')
  return {
    turn: async () => {
      const { sent, received } = await room.blast(texts, WINDOW)
      if (received.some(({ count }) => count < texts)) throw new Error('texts were lost')
      return Math.max(...received.map(({ lastNs }) => Number(BigInt(lastNs) - BigInt(sent.firstNs)) / 1e6))
    },
    close: () => room.close()
  }
}

async function openHistory(authors: number, texts: number): Promise<Source> {
  const nodes: RpcProcess[] = []
  const close = async (): Promise<void> => {
    await Promise.all(nodes.map((node) => node.stop()))
  }
  try {
    await makeHistory(nodes, authors, texts)
  } catch (error) {
    await close()
    throw error
  }
  return { turn: () => catchUp(nodes[0]!, texts), close }
}

/** Nodes in one room whose `authors` members wrote so many texts between them. */
async function makeHistory(nodes: RpcProcess[], authors: number, texts: number): Promise<void> {
  for (let i = 0; i < authors; i++) {
    const node = await RpcProcess.start('p2pchat')
    const [first] = nodes
    nodes.push(node)
    if (first === undefined) {
      await node.call('room.create', { name: ROOM })
      await liftRateLimit(node, ROOM)
    } else {
      await node.call('node.connect', { address: first.address })
      await node.call('room.join', { room: ROOM })
    }
    await rateLimitLifted(node, ROOM)
  }
  let next = 0
  const lane = async (node: RpcProcess): Promise<void> => {
    while (next < texts) await node.call('message.send', { room: ROOM, text: writeText(0, next++, process.hrtime.bigint()) })
  }
  await Promise.all(Array.from({ length: WINDOW }, (_, i) => lane(nodes[i % nodes.length]!)))
  const startMs = performance.now()
  while ((await countHistory(nodes[0]!)) < texts) {
    if (performance.now() - startMs > PATIENCE_MS) throw new Error('the authors do not agree on the history')
    await delay(200)
  }
}

/** How many of the texts the node's store holds. */
async function countHistory(node: RpcProcess): Promise<number> {
  let count = 0
  let before: string | undefined
  for (;;) {
    const params = before === undefined ? { room: ROOM, limit: PAGE } : { room: ROOM, limit: PAGE, before }
    const page = (await node.call('message.history', params)) as readonly { readonly id: string; readonly text: string }[]
    count += page.filter(({ text }) => text.startsWith('b ')).length
    before = page[0]?.id
    if (page.length < PAGE) return count
  }
}

/** Catches up from the first of the nodes; milliseconds. */
async function catchUp(first: RpcProcess, texts: number): Promise<number> {
  const joiner = await RpcProcess.start('p2pchat')
  try {
    let doneMs = NaN
    joiner.onNotification = (method, params) => {
      if (method === 'sync' && params.done === true) doneMs = performance.now()
    }
    const startMs = performance.now()
    await joiner.call('node.connect', { address: first.address })
    await joiner.call('room.join', { room: ROOM })
    for (;;) {
      const askedMs = doneMs
      // asked only after a sync has ended, so that the counting does not slow what is measured
      if (!Number.isNaN(askedMs) && (await countHistory(joiner)) >= texts) return askedMs - startMs
      if (performance.now() - startMs > PATIENCE_MS) throw new Error('the late joiner did not catch up')
      while (Object.is(doneMs, askedMs) && performance.now() - startMs <= PATIENCE_MS) await delay(5)
    }
  } finally {
    await joiner.stop()
  }
}

export const lateJoiner: Bench = async ({ short, systems, repeats, report }) => {
  const texts = short ? SHORT_TEXTS : TEXTS
  const subjects: Subject<string, Source>[] = [
    { key: 'sign', name: 'gossipsub StrictSign, live (reference)', isOurs: false, open: () => openLive(texts) }
  ]
  for (const authors of systems.includes('p2pchat') ? [1, short ? 2 : 5] : []) {
    subjects.push({
      key: `history by ${authors}`, name: `p2pchat, history by ${authors}`, isOurs: true, open: () => openHistory(authors, texts)
    })
  }
  const turns = new Turns(report, subjects)
  const count = repeats ?? (short ? 1 : 7)
  const samples = new Samples<string>('sign')
  try {
    await turns.run(count, async (source, key) => {
      samples.add(key, await source.turn())
    }, (key) => {
      samples.add(key, NaN)
    })
  } finally {
    await turns.close()
  }
  for (const { key } of subjects.slice(1)) report.figure(`late joiner, ${texts} behind, ${key}, ms`, '≤ 1 500', samples, key)
  report.table(
    `Late joiner with ${texts} texts behind: ${count} turns, interleaved`,
    ['system', 'ms', 'ratio'],
    subjects.map(({ key, name }) => [name, samples.text(key), samples.ratioText(key)])
  )
}
