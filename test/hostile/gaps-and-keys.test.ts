/** A member who opens gaps without end, or hands out keys without end. */
import assert from 'node:assert/strict'
import { MAX_EPOCHS, MAX_GAPS } from '../../src/core/record/limits.ts'
import { epochValue, makeEpoch } from '../../src/core/seal/epoch.ts'
import { createEpochRing } from '../../src/engine/epochs.ts'
import { createMemoryStore } from '../../src/store/memory.ts'
import { seededRandom } from '../sim/random.ts'
import { strangeIds } from './liar.ts'
import { converse, lobby } from './lobby.ts'

describe('a member who opens gaps without end', () => {
  it('does not keep two others, whom it fed differently, from hearing each other', async () => {
    const scene = await lobby(1)
    const { world, liar, room, nodes: [ann, bob] } = scene
    world.ether.partition(['ann', 'liar'], ['bob'])
    const flood = async (to: string) => {
      for (let at = 0; at <= MAX_GAPS / 16; at++) {
        // Apart by enough that the room takes all of them.
        const timeUs = (world.timeline.nowMs - at * 300) * 1000
        liar.gossip(room, liar.line(room, `${to} ${at}`, { parents: strangeIds(world, 16), timeUs }))
      }
      await world.run(1_000)
    }
    await flood('ann')
    world.ether.partition(['bob', 'liar'], ['ann'])
    await world.run(2_000)
    await flood('bob')
    world.ether.heal()
    await world.run(5_000)
    await converse(scene, 'after the flood')
    assert.ok(ann!.store.rooms()[0]!.state.length < 400_000 && bob!.store.rooms()[0]!.state.length < 400_000)
  }).timeout(20_000)
})

describe('a member who hands out keys', () => {
  it('does not set honest nodes to handing them to each other for ever', async () => {
    const scene = await lobby(2, ['ann', 'bob', 'cat'])
    const { world, liar, room } = scene
    const forge = () => epochValue(makeEpoch(room, world.random.bytes(32), [room], 4_000_000_000_000))
    for (const to of ['ann', 'bob', 'cat']) {
      liar.say(to, { type: 'epochs', room: liar.proof(room, to), epochs: Array.from({ length: MAX_EPOCHS }, forge) })
    }
    await world.run(5_000)
    let bytes = 0
    world.ether.tap = (kind, from, to, message) => {
      if (kind === 'message' && from !== 'liar' && to !== 'liar') bytes += message.length
    }
    await world.run(20_000)
    assert.ok(bytes < 20_000, `${bytes} bytes were exchanged while nothing happened`)
    world.ether.tap = undefined
    await converse(scene, 'still')
  })

  it('does not make one speak with a key that nobody else has, by giving it along with junk', async () => {
    const scene = await lobby(7)
    const { world, liar, room } = scene
    const good = epochValue(makeEpoch(room, world.random.bytes(32), [room], 4_000_000_000_000))
    liar.say('ann', { type: 'epochs', room: liar.proof(room, 'ann'), epochs: [good, 'junk'] })
    await world.run(1_000)
    await converse(scene, 'understood', 5_000)
  })

  it('makes memory and disk drop the same ones, however many come with the same time', () => {
    const room = 'ab'.repeat(32)
    const random = seededRandom(9)
    const store = createMemoryStore()
    const ring = createEpochRing(room, [], random)
    const ids = (epochs: readonly { id: string }[]) => epochs.map((epoch) => epoch.id).sort()
    for (let at = 0; at < 4 * MAX_EPOCHS; at++) {
      const epoch = makeEpoch(room, random.bytes(32), [], 1_000 + (at % 2))
      ring.learn(epoch, 2_000)
      store.write([{ op: 'epoch', epoch: { room, ...epoch } }], 'normal')
      assert.deepEqual(ids(store.epochs(room)), ids(ring.all))
    }
    assert.equal(ring.all.length, MAX_EPOCHS)
  })
})
