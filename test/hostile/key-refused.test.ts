import assert from 'node:assert/strict'
import { storeError } from '../../src/store/faults.ts'
import { act, say, scene } from '../sim/governed-room.ts'

describe('a key that the disk refused', () => {
  it('is not spoken with: nobody else has it', async () => {
    const all = await scene(41)
    const { world, room, ann, bob, cat } = all
    const dan = await world.node('dan')
    await world.run(1_000)
    await world.call(dan.chat.join(room))
    await world.run(2_000)
    const { store } = ann
    const write = store.write.bind(store)
    // The ban is stored; the key that follows it is not, and neither is anything else for a while.
    store.write = (ops, durability) => {
      if (ops.some(({ op }) => op === 'epoch')) throw storeError('disk-full', 'the disk')
      write(ops, durability)
    }
    await act(all, ann, 'ban', { target: 'dan' })
    await world.run(1_000)
    store.write = write
    const frames = world.ether.framesSent
    await say(all, ann, 'there is room again')
    await world.run(1_000)
    assert.ok(world.ether.framesSent > frames)
    for (const node of [bob, cat]) assert.deepEqual(node.texts(room), ['there is room again'])
  })
})
