import assert from 'node:assert/strict'
import { handleOf } from '../../src/core/room/naming.ts'
import { World } from './world.ts'
import type { SimNode } from './world.ts'

describe('joining by name', () => {
  it('two who start in the same second end in one room, with what each had said', async () => {
    for (let seed = 100; seed < 130; seed++) {
      const world = new World(seed)
      const ann = await world.node('ann')
      const bob = await world.node('bob')
      const joins = [ann.chat.join('lobby'), bob.chat.join('lobby')]
      await world.call(Promise.all(joins))
      await world.call(ann.chat.send({ room: 'lobby', text: 'from ann' }))
      await world.call(bob.chat.send({ room: 'lobby', text: 'from bob' }))
      await world.run(5_000)
      assert.equal(roomId(ann), roomId(bob), `seed ${seed}`)
      assert.deepEqual(ann.texts('lobby').sort(), ['from ann', 'from bob'], `seed ${seed}`)
      assert.deepEqual(bob.texts('lobby').sort(), ['from ann', 'from bob'], `seed ${seed}`)
    }
  })

  it('does not wait for others to tell of the room when one told that was not found by strangers\' word alone', async () => {
    for (const [vouched, leastMs, mostMs] of [[true, 0, 500], [false, 1_500, 2_500]] as const) {
      const world = new World(3)
      Object.assign(world.ether, { searchMs: 60_000, vouched })
      const ann = await world.node('ann')
      const made = await world.call(ann.chat.create({ name: 'lobby' }))
      const bob = await world.node('bob')
      await world.run(600)
      const askedMs = world.timeline.nowMs
      assert.equal((await world.call(bob.chat.join('lobby'))).id, made.id)
      const tookMs = world.timeline.nowMs - askedMs
      assert.ok(tookMs >= leastMs && tookMs <= mostMs, `${tookMs} ms`)
    }
  })

  it('of two provisional rooms the one of the smaller id stays, and the other\'s people are told', async () => {
    const world = new World(4)
    const [ann, bob] = await apart(world)
    await world.call(ann.chat.send({ room: 'lobby', text: 'from ann' }))
    await world.call(bob.chat.send({ room: 'lobby', text: 'from bob' }))
    const [small, large] = roomId(ann) < roomId(bob) ? [ann, bob] : [bob, ann]
    const kept = roomId(small)
    const given = roomId(large)
    world.ether.heal()
    await world.run(5_000)
    assert.equal(roomId(small), kept)
    assert.equal(roomId(large), kept)
    assert.deepEqual(small.texts('lobby').sort(), ['from ann', 'from bob'])
    assert.equal(large.notices('yielded').length, 1)
    assert.match(large.notices('yielded')[0]!, /Your message moved along/)
    assert.equal(small.notices('yielded').length, 0)
    const event = large.events.find((one) => one.method === 'room' && one.params.event === 'yielded')
    assert.deepEqual([event?.method === 'room' && event.params.id, event?.method === 'room' && event.params.yieldedTo], [given, kept])
    // A program that remembers the old id goes on.
    await world.call(large.chat.send({ room: given, text: 'by the old id' }))
    assert.ok(large.texts(kept).includes('by the old id'))
  })

  it('an established room never yields, whatever its id; a provisional one yields to it', async () => {
    for (let seed = 200; seed < 220; seed++) {
      const world = new World(seed)
      const [ann, bob] = await apart(world, ['ann', 'cat'])
      const cat = await world.node('cat')
      await world.run(1_000)
      await world.call(cat.chat.join('lobby'))
      await world.run(1_000)
      const established = roomId(ann)
      assert.equal(roomId(cat), established)
      world.ether.heal()
      await world.run(5_000)
      for (const node of [ann, bob, cat]) assert.equal(roomId(node), established, `seed ${seed}, ${node.name}`)
    }
  })

  it('two established rooms of a name are both kept and shown with their suffixes', async () => {
    const world = new World(5)
    const names = ['ann', 'bob', 'cat', 'dan']
    const nodes: SimNode[] = []
    for (const name of names) nodes.push(await world.node(name))
    world.ether.partition(['ann', 'bob'], ['cat', 'dan'])
    await world.run(2_000)
    for (const node of nodes) await world.call(node.chat.join('lobby'))
    await world.run(2_000)
    const [ann, bob, cat, dan] = nodes as [SimNode, SimNode, SimNode, SimNode]
    assert.equal(roomId(ann), roomId(bob))
    assert.equal(roomId(cat), roomId(dan))
    assert.notEqual(roomId(ann), roomId(cat))
    world.ether.heal()
    await world.run(5_000)
    assert.equal(roomId(ann), roomId(bob))
    assert.equal(roomId(cat), roomId(dan))
    assert.notEqual(roomId(ann), roomId(cat))
    for (const node of nodes) assert.match(node.chat.rooms('joined')[0]!.handle, /^lobby~[a-z2-7]{4}$/)
    assert.equal(ann.notices('same-name').length, 1)
    // The other one can be joined by its handle, and then the bare name is ambiguous.
    const other = cat.chat.rooms('joined')[0]!.handle
    const both = await world.call(ann.chat.join(other))
    assert.equal(both.id, roomId(cat))
    assert.throws(() => ann.chat.history({ room: 'lobby' }), { reason: 'ambiguous' })
    // A newcomer is asked which one it means.
    const eve = await world.node('eve')
    await world.run(1_000)
    await assert.rejects(world.call(eve.chat.join('lobby')), { reason: 'ambiguous' })
    assert.equal((await world.call(eve.chat.join(other))).id, roomId(cat))
  })

  it('a room that was made on purpose does not yield', async () => {
    const world = new World(6)
    const ann = await world.node('ann')
    const bob = await world.node('bob')
    world.ether.partition(['ann'], ['bob'])
    await world.run(1_000)
    const made = await world.call(ann.chat.create({ name: 'lobby', topic: 'tea' }))
    assert.match(made.reclaimToken, /^p2pr1[a-z2-7]{58}$/)
    const found = await world.call(bob.chat.join('Lobby'))
    world.ether.heal()
    await world.run(5_000)
    assert.equal(roomId(ann), made.id)
    assert.notEqual(found.id, made.id)
    assert.equal(roomId(bob), made.id)
    assert.equal(bob.chat.rooms('joined')[0]?.topic, 'tea')
  })

  it('a room in which more was said than moves along stays, and nothing of it is lost', async () => {
    const world = new World(9)
    const [ann, bob] = await apart(world)
    const own = roomId(bob)
    await world.call(Promise.all(Array.from({ length: 1_001 }, (_, count) => bob.chat.send({ room: 'lobby', text: `note ${count}` }))))
    const cat = await world.node('cat')
    world.ether.partition(['ann', 'cat'], ['bob'])
    await world.run(1_000)
    await world.call(cat.chat.join('lobby'))
    await world.run(1_000)
    world.ether.heal()
    await world.run(5_000)
    assert.equal(roomId(bob), own)
    assert.notEqual(roomId(ann), own)
    assert.match(bob.chat.rooms('joined')[0]!.handle, /^lobby~/)
    assert.equal(bob.texts('lobby').length, 1_000, 'the newest page of what is all there')
  })

  it('finds a room by its id or its handle, without ever having heard of it', async () => {
    const world = new World(8)
    const ann = await world.node('ann')
    const bob = await world.node('bob')
    const cat = await world.node('cat')
    const made = await world.call(ann.chat.create({ name: 'tea room' }))
    await world.run(1_000)
    assert.equal((await world.call(bob.chat.join(made.id))).name, 'tea room')
    await world.run(1_000)
    const suffix = /~(.*)$/.exec(handleOf('tea room', made.id))![1]!
    assert.equal((await world.call(cat.chat.join(`Tea Room~${suffix}`))).id, made.id)
    await assert.rejects(world.call(cat.chat.join('ab'.repeat(32))), { reason: 'not-found' })
    await assert.rejects(world.call(cat.chat.join('tea room~aaaa')), { reason: 'not-found' })
  })

  it('remembers a room that was left', async () => {
    const world = new World(7)
    const ann = await world.node('ann')
    await world.call(ann.chat.join('lobby'))
    const first = roomId(ann)
    await world.call(ann.chat.send({ room: 'lobby', text: 'kept' }))
    await world.call(ann.chat.leave('lobby'))
    assert.equal(ann.chat.rooms('joined').length, 0)
    assert.equal(ann.chat.rooms('known')[0]?.id, first)
    assert.throws(() => ann.chat.history({ room: 'lobby' }), { reason: 'not-found' })
    await world.call(ann.chat.join('LOBBY'))
    assert.equal(roomId(ann), first)
    assert.deepEqual(ann.texts('lobby'), ['kept'])
  })
})

function roomId(node: SimNode): string {
  const rooms = node.chat.rooms('joined')
  assert.equal(rooms.length, 1, `${node.name} is in one room`)
  return rooms[0]!.id
}

/** Two who have made a lobby each, out of each other's reach. `group` stays with ann. */
async function apart(world: World, group = ['ann']): Promise<[SimNode, SimNode]> {
  const ann = await world.node('ann')
  const bob = await world.node('bob')
  world.ether.partition(group, ['bob'])
  await world.run(1_000)
  await world.call(ann.chat.join('lobby'))
  await world.call(bob.chat.join('lobby'))
  return [ann, bob]
}
