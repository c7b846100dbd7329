/**
 * Late joiner: a node that knows nothing connects, joins by name, and has 10 000 texts of 200 bytes to catch up with. The
 * clock runs from its calls to connect and to join until its store holds every one of them. As a measure of the machine, the reference
 * says how long libp2p alone takes to carry as many texts live, to a receiver that keeps none of them.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { interleave, Samples } from './harness/bench.ts'
import type { Bench } from './harness/bench.ts'
import { BenchRoom } from './harness/room.ts'
import { RpcProcess } from './harness/rpc-process.ts'
import { writeText } from './harness/text.ts'
import { table } from './harness/table.ts'

const ROOM = 'bench'
const TEXTS = 10_000
/** Requests under way while the history is made. */
const WINDOW = 256
const PAGE = 1000
const PATIENCE_MS = 60_000

/** Nodes in one room whose `authors` members wrote TEXTS between them. */
async function makeHistory(authors: number): Promise<RpcProcess[]> {
  const nodes: RpcProcess[] = []
  for (let i = 0; i < authors; i++) {
    const node = await RpcProcess.start('p2pchat')
    const [first] = nodes
    nodes.push(node)
    if (first === undefined) await node.call('room.create', { name: ROOM })
    else {
      await node.call('node.connect', { address: first.address })
      await node.call('room.join', { room: ROOM })
    }
  }
  let next = 0
  const lane = async (node: RpcProcess): Promise<void> => {
    while (next < TEXTS) await node.call('message.send', { room: ROOM, text: writeText(0, next++, process.hrtime.bigint()) })
  }
  await Promise.all(Array.from({ length: WINDOW }, (_, i) => lane(nodes[i % nodes.length] ?? fail())))
  const [first = fail()] = nodes
  const startMs = performance.now()
  while ((await countHistory(first)) < TEXTS) {
    if (performance.now() - startMs > PATIENCE_MS) throw new Error('the authors do not agree on the history')
    await delay(200)
  }
  return nodes
}

function fail(): never {
  throw new Error('a history needs an author')
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
async function catchUp(first: RpcProcess): Promise<number> {
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
      if (!Number.isNaN(askedMs) && (await countHistory(joiner)) >= TEXTS) return askedMs - startMs
      if (performance.now() - startMs > PATIENCE_MS) throw new Error('the late joiner did not catch up')
      while (Object.is(doneMs, askedMs) && performance.now() - startMs <= PATIENCE_MS) await delay(5)
    }
  } finally {
    await joiner.stop()
  }
}

/** One kind of carrying the texts. */
interface Subject {
  readonly name: string
  readonly run: () => Promise<number>
}

export const lateJoiner: Bench = async ({ quick, systems, repeats }) => {
  const live = await BenchRoom.open('sign', 1, 'star')
  const histories: RpcProcess[][] = []
  const reference = 'gossipsub StrictSign, live (reference)'
  const subjects: Subject[] = [
    {
      name: reference,
      run: async () => {
        const { sent, received } = await live.blast(TEXTS, WINDOW)
        return Math.max(...received.map(({ lastNs }) => Number(BigInt(lastNs) - BigInt(sent.firstNs)) / 1e6))
      }
    }
  ]
  try {
    if (systems.includes('p2pchat')) {
      for (const authors of quick ? [1] : [1, 5]) {
        const nodes = await makeHistory(authors)
        histories.push(nodes)
        subjects.push({ name: `p2pchat, history by ${authors}`, run: () => catchUp(nodes[0] ?? fail()) })
      }
    }
    const turns = repeats ?? (quick ? 2 : 7)
    const samples = new Samples<string>(reference)
    await interleave(subjects, turns, async ({ name, run }) => {
      samples.add(name, await run())
    })
    console.log(`\n## Late joiner with ${TEXTS} texts behind: ${turns} turns, interleaved\n`)
    console.log(table(['system', 'ms', 'ratio'], subjects.map(({ name }) => [name, samples.text(name), samples.ratioText(name)])))
  } finally {
    await Promise.all([live.close(), ...histories.flat().map((node) => node.stop())])
  }
}
