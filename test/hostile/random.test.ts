/**
 * A member that says two thousand things at random. Nothing throws, nothing of what honest people show changes but by what the liar signed itself, the others
 * go on talking, and nothing grows beyond its bound. A failure names its seed: SEED=n SEEDS=1 repeats it.
 */
import assert from 'node:assert/strict'
import { MAX_EPOCHS, MAX_GAPS } from '../../src/core/record/limits.ts'
import { parseNick } from '../../src/core/text/names.ts'
import type { SimNode } from '../sim/world.ts'
import { converse, lobby } from './lobby.ts'
import { RandomLiar } from './random-liar.ts'

const FIRST_SEED = Number(process.env['SEED'] ?? 7000)
const SEEDS = Number(process.env['SEEDS'] ?? 3)
const STEPS = 2_000

describe('a liar at random', () => {
  for (let seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed++) {
    it(`says ${STEPS} things and changes nothing (seed ${seed})`, async () => {
      await siege(seed)
    }).timeout(60_000)
  }
})

async function siege(seed: number): Promise<void> {
  const scene = await lobby(seed, ['ann', 'bob', 'cat'])
  const { world, nodes, liar, room } = scene
  const random = new RandomLiar(world, liar, room)
  const said: string[] = []
  for (let step = 0; step < STEPS; step++) {
    const alive = nodes.filter((node) => node.alive)
    random.act(world.random.pick(alive).name)
    if (step % 40 === 0) {
      const node = world.random.pick(alive)
      said.push(`${node.name} ${step}`)
      await world.call(node.chat.send({ room, text: `${node.name} ${step}` }))
    }
    await world.run(world.random.between(0, 100))
    if (step % 500 === 250) world.random.pick(alive).crash()
    if (step % 500 === 300) for (const node of nodes) if (!node.alive) await node.start()
  }
  for (const node of nodes) if (!node.alive) await node.start()
  // From here on the liar is silent, and still there.
  await converse(scene, 'after all')
  // What one alone was told of in time goes round when each has reconciled with each, the silent liar included.
  await world.run(15 * 60_000)
  for (const node of nodes) said.push(`after all ${node.name}`)
  for (const node of nodes) check(node, nodes, room, liar.signer.identity, said)
  for (const node of nodes) assert.deepEqual(shown(node, room), shown(nodes[0]!, room), `${node.name} shows what ${nodes[0]!.name} shows`)
}

function shown(node: SimNode, room: string): string[] {
  return node.chat.history({ room, limit: 1_000 }).map((message) => message.id)
}

function check(node: SimNode, nodes: readonly SimNode[], room: string, liar: string, said: readonly string[]): void {
  const history = node.chat.history({ room, limit: 1_000 })
  const honest = new Map(nodes.map((one) => [one.chat.status().identity, one.name]))
  const byOthers = history.filter((message) => message.from.identity !== liar)
  assert.deepEqual(byOthers.map((message) => message.text).sort(), [...said].sort(), 'what honest people said, and nothing more')
  for (const message of byOthers) assert.equal(message.from.nick, honest.get(message.from.identity))
  for (const { identity, nick } of node.chat.members(room)) {
    assert.ok(identity === liar || honest.get(identity) === nick, `${nick} is known`)
    assert.ok(parseNick(nick).ok, 'every nick can be shown')
  }
  const rooms = node.chat.rooms('known')
  assert.deepEqual(rooms.map(({ id, name, topic, provisional }) => ({ id, name, topic, provisional })), [{ id: room, name: 'lobby', topic: '', provisional: false }])
  assert.ok(node.store.epochs(room).length <= MAX_EPOCHS)
  assert.ok(node.store.members(room).length <= nodes.length + 1)
  const [row] = node.store.rooms()
  assert.ok(row!.state.length <= (MAX_GAPS + 1_024) * 48)
}
