import assert from 'node:assert/strict'
import type { SimNode } from './world.ts'
import { act, identityOf, scene } from './governed-room.ts'

describe('a room whose owner banned somebody and was gone before anybody had the new key', () => {
  it('goes on: acts reach the others at once, and what each has is told', async () => {
    const all = await scene(21)
    const { world, room, ann, bob, cat } = all
    const dan = await world.node('dan')
    await world.run(1_000)
    await world.call(dan.chat.join(room))
    await act(all, ann, 'promote', { target: 'bob' })
    await world.run(2_000)
    world.ether.partition(['ann'], ['bob', 'cat', 'dan'])
    await act(all, ann, 'ban', { target: identityOf(dan) })
    const { records } = ann.chat.records({ room })
    ann.crash()
    for (const node of [bob, cat]) await world.call(node.chat.importRecords(records))
    const banned = (node: SimNode): number => node.chat.roomState(room).banned.length
    assert.deepEqual([bob, cat].map(banned), [1, 1])
    await act(all, bob, 'policy', { set: { topic: 'we go on' } })
    await world.run(1_000)
    assert.equal(cat.chat.roomState(room).topic, 'we go on')
    assert.equal(dan.chat.roomState(room).topic, '', 'and who was banned hears nothing')
  })
})
