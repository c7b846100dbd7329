/** What nodes tell each other on meeting: names settle, clocks are compared, people of a room get to know each other, budgets delay. */
import assert from 'node:assert/strict'
import { World } from './world.ts'

describe('meeting', () => {
  it('two who share a hundred rooms stay connected and complete', async () => {
    const world = new World(21)
    const ann = await world.node('ann')
    const bob = await world.node('bob')
    await world.run(1_000)
    for (let count = 0; count < 100; count++) {
      await world.call(ann.chat.join(`room ${count}`))
      await world.call(bob.chat.join(`room ${count}`))
    }
    world.ether.partition(['ann'], ['bob'])
    for (let count = 0; count < 100; count++) await world.call(ann.chat.send({ room: `room ${count}`, text: 'meanwhile' }))
    world.ether.heal()
    await world.run(30_000)
    const breaks = bob.events.filter((event) => event.method === 'peer' && event.params.event === 'disconnected')
    assert.equal(breaks.length, 1, 'only the partition itself')
    for (let count = 0; count < 100; count++) assert.deepEqual(bob.texts(`room ${count}`), ['meanwhile'])
  }).timeout(30_000)

  it('a room made on purpose is told at once to who looks for its name', async () => {
    const world = new World(22)
    const ann = await world.node('ann')
    const bob = await world.node('bob')
    await world.run(1_000)
    await world.call(bob.chat.join('lobby'))
    const made = await world.call(ann.chat.create({ name: 'lobby' }))
    await world.run(2_000)
    const rooms = bob.chat.rooms('joined')
    assert.deepEqual(rooms.map((room) => [room.id, room.handle]), [[made.id, 'lobby']], 'and no suffix is left when only one is')
  })

  it('a disk that refuses while a room yields leaves the room, and the node', async () => {
    const world = new World(23)
    const ann = await world.node('ann')
    const bob = await world.node('bob')
    world.ether.partition(['ann'], ['bob'])
    await world.run(1_000)
    const made = await world.call(ann.chat.create({ name: 'lobby' }))
    await world.call(bob.chat.join('lobby'))
    await world.call(bob.chat.send({ room: 'lobby', text: 'mine' }))
    world.ether.heal()
    bob.store.failNextWrite('disk-full')
    bob.store.failNextWrite('disk-full')
    await world.run(600)
    assert.deepEqual(bob.texts('lobby'), ['mine'])
    await world.run(30_000)
    assert.equal(bob.chat.rooms('joined')[0]?.id, made.id)
    assert.deepEqual(bob.texts('lobby'), ['mine'])
    assert.deepEqual(ann.texts('lobby'), ['mine'])
  })

  it('tells people that clocks are apart, once', async () => {
    const world = new World(24)
    const ann = await world.node('ann', 600_000)
    const bob = await world.node('bob')
    await world.run(5_000)
    assert.match(ann.notices('clock')[0]!, /^The clock of bob is 10 minutes behind yours/)
    assert.match(bob.notices('clock')[0]!, /^The clock of ann is 10 minutes ahead of yours/)
    world.ether.partition(['ann'], ['bob'])
    world.ether.heal()
    await world.run(5_000)
    assert.equal(bob.notices('clock').length, 1)
  })
})
