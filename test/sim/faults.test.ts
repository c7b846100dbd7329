/** What happens to a room when the disk refuses, clocks are far off, or a peer lies. */
import assert from 'node:assert/strict'
import { World } from './world.ts'

describe('a disk that refuses', () => {
  it('refuses what is said here, keeps nothing half, and fetches later what others said meanwhile', async () => {
    const world = new World(11)
    const ann = await world.node('ann')
    const bob = await world.node('bob')
    await world.run(1_000)
    await world.call(ann.chat.join('lobby'))
    await world.call(bob.chat.join('lobby'))
    await world.call(ann.chat.send({ room: 'lobby', text: 'one' }))
    await world.run(1_000)
    bob.store.failNextWrite('disk-full')
    await assert.rejects(world.call(bob.chat.send({ room: 'lobby', text: 'lost' })), { reason: 'disk-full' })
    bob.store.failNextWrite('disk-full')
    await world.call(ann.chat.send({ room: 'lobby', text: 'two' }))
    await world.run(30_000)
    await world.call(bob.chat.send({ room: 'lobby', text: 'three' }))
    await world.run(30_000)
    assert.deepEqual(bob.texts('lobby'), ['one', 'two', 'three'])
    assert.deepEqual(ann.texts('lobby'), ['one', 'two', 'three'])
    assert.equal(bob.notices('disk-full').length, 1, 'told once, not with every message')
  })
})

describe('clocks', () => {
  it('that are ten minutes apart delay what is shown, and lose nothing', async () => {
    const world = new World(12)
    const ann = await world.node('ann', 600_000)
    const bob = await world.node('bob')
    await world.run(1_000)
    await world.call(ann.chat.join('lobby'))
    await world.call(bob.chat.join('lobby'))
    await world.call(ann.chat.send({ room: 'lobby', text: 'from ahead' }))
    await world.call(bob.chat.send({ room: 'lobby', text: 'from now' }))
    await world.run(2_000)
    assert.deepEqual(ann.texts('lobby').sort(), ['from ahead', 'from now'])
    assert.deepEqual(bob.texts('lobby'), ['from now'])
    await world.run(600_000)
    assert.deepEqual(bob.texts('lobby'), ['from now', 'from ahead'])
    assert.deepEqual(ann.texts('lobby'), bob.texts('lobby'))
  })
})
