/** One life of a node, again and again; each time another one of its writes fails, or its process dies there. What was answered is there, once. */
import assert from 'node:assert/strict'
import { ApiError } from '../../src/engine/api.ts'
import type { StoreOp } from '../../src/engine/ports.ts'
import { storeError } from '../../src/store/faults.ts'
import { createMemoryStore } from '../../src/store/memory.ts'
import type { MemoryStore } from '../../src/store/memory.ts'
import { World } from '../sim/world.ts'
import type { SimNode } from '../sim/world.ts'

type Trouble = 'refuses' | 'refuses for a while' | 'dies before' | 'dies behind' | 'loses power behind' | 'loses power in the sync behind'

const SYNC_MS = 30

/** The room is not there yet, or while it gives way, there are two of the name. */
const REFUSALS = ['disk-full', 'not-found', 'ambiguous']

/** What the next process finds where all that was not synced is gone. */
function found(writes: readonly (readonly StoreOp[])[]): MemoryStore {
  const store = createMemoryStore()
  for (const ops of writes) store.write(ops, 'full')
  return store
}

/** Makes something happen at the node's n-th write from now on. Returns how many there were. */
function trouble(world: World, node: SimNode, at: number, what: Trouble): () => number {
  let writes = 0
  let dead = false
  const { store } = node
  const write = store.write.bind(store)
  const sync = store.sync.bind(store)
  const journal: (readonly StoreOp[])[] = []
  let synced = 0
  if (what.startsWith('loses power')) store.crash = () => found(journal.slice(0, synced))
  const die = (): void => {
    // What the process would still do in this turn reaches neither disk nor network.
    dead = true
    node.alive = false
    world.ether.unplug(node.name)
  }
  store.write = (ops, durability) => {
    if (dead) return
    const now = writes++
    if (what.startsWith('refuses') && now >= at && now < at + (what === 'refuses' ? 1 : 5)) throw storeError('disk-full', 'the disk')
    if (now === at && what === 'dies before') return die()
    write(ops, durability)
    journal.push(ops)
    if (durability === 'full') synced = journal.length
    if (now === at && (what === 'dies behind' || what === 'loses power behind')) die()
  }
  store.sync = (done) => {
    const covered = journal.length
    // It goes out meanwhile: others may have what this disk has not.
    world.timeline.clock(() => 0, () => true).after(SYNC_MS, () => {
      if (dead) return
      if (writes > at && what === 'loses power in the sync behind') return die()
      synced = Math.max(synced, covered)
      sync(done)
    })
  }
  return () => writes
}

interface Life {
  readonly said: string[]
  readonly writes: number
}

async function live(seed: number, at: number, what: Trouble): Promise<Life> {
  const world = new World(seed)
  const ann = await world.node('ann')
  const bob = await world.node('bob')
  const writes = trouble(world, ann, at, what)
  const said: string[] = []
  /** Whether the call was answered by what it asked for. A process that died meanwhile is started again. */
  const attempt = async (node: SimNode, call: () => Promise<unknown>): Promise<boolean> => {
    let answer: unknown = undefined
    call().then(() => (answer = true), (error: unknown) => (answer = error))
    for (let waited = 0; waited < 200 && answer === undefined && node.alive; waited++) await world.run(20)
    if (!node.alive) {
      await world.run(0)
      node.crash()
      await node.start()
      await world.run(1_000)
    }
    if (answer instanceof Error && !(answer instanceof ApiError && REFUSALS.includes(answer.reason))) throw answer
    return answer === true
  }
  const say = async (node: SimNode, text: string): Promise<void> => {
    if (await attempt(node, () => node.chat.send({ room: 'lobby', text }))) said.push(text)
  }
  world.ether.partition(['ann'], ['bob'])
  await world.run(600)
  for (const node of [ann, bob]) await attempt(node, () => node.chat.join('lobby'))
  await say(ann, 'ann alone')
  await say(bob, 'bob alone')
  world.ether.heal()
  await world.run(3_000)
  await say(ann, 'ann together')
  await say(bob, 'bob together')
  await world.run(1_000)
  await attempt(ann, () => ann.chat.leave('lobby'))
  await say(bob, 'bob while ann is away')
  await world.run(500)
  await attempt(ann, () => ann.chat.join('lobby'))
  await world.run(1_000)
  await say(ann, 'ann is back')
  await world.run(1_000)
  // The next day.
  ann.alive = true
  ann.crash()
  await ann.start()
  await world.run(1_000)
  if (ann.chat.rooms('joined').length === 0) await world.call(ann.chat.join('lobby'))
  await world.run(240_000)
  for (const node of [ann, bob]) {
    const rooms = node.chat.rooms('joined')
    assert.equal(rooms.length, 1, `${node.name} is in ${rooms.map((room) => room.handle).join()}`)
    const texts = node.texts(rooms[0]!.id)
    for (const text of said) assert.equal(texts.filter((one) => one === text).length, 1, `${node.name}: "${text}" is there once`)
  }
  assert.equal(ann.chat.rooms('joined')[0]?.id, bob.chat.rooms('joined')[0]?.id)
  assert.deepEqual(ann.texts('lobby'), bob.texts('lobby'))
  return { said, writes: writes() }
}

describe('a node whose disk, or process,', () => {
  for (const what of [
    'refuses', 'refuses for a while', 'dies before', 'dies behind', 'loses power behind', 'loses power in the sync behind'
  ] as const) {
    it(`${what} at any write loses nothing that was answered`, async () => {
      for (const seed of [60, 61]) {
        const { writes, said } = await live(seed, Infinity, what)
        assert.ok(writes > 10 && said.length === 6)
        for (let at = 0; at < writes; at++) {
          await live(seed, at, what).catch((error: unknown) => {
            throw new Error(`seed ${seed}, write ${at}: ${String(error)}`, { cause: error })
          })
        }
      }
    }).timeout(60_000)
  }
})
