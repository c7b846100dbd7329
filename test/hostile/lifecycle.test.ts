/** Calls that cross each other, and a node that stops in the middle: every call is answered, and nothing happens after the end. */
import assert from 'node:assert/strict'
import { World } from '../sim/world.ts'
import type { SimNode } from '../sim/world.ts'
import { converse, lobby } from './lobby.ts'

/** Whether it was answered, and how. @throws {Error} when it was not within a virtual minute */
async function fate(world: World, promise: Promise<unknown>): Promise<string> {
  return world.call(promise.then(() => 'done', (error: unknown) => (error instanceof Error && 'reason' in error ? String(error.reason) : String(error))))
}

describe('a call to a node that stops', () => {
  for (const afterMs of [0, 50, 149, 151, 1_000]) {
    it(`is answered when it comes ${afterMs} ms later`, async () => {
      const { world, room, nodes: [ann, bob] } = await lobby(40)
      const stopped = ann!.chat.stop()
      await world.run(afterMs)
      const sent = ann!.chat.send({ room, text: 'too late?' })
      const joined = ann!.chat.join('another')
      const left = ann!.chat.leave(room)
      const answers = [await fate(world, sent), await fate(world, joined), await fate(world, left), await fate(world, stopped)]
      assert.equal(answers[3], 'done')
      for (const answer of answers) assert.match(answer, /^(done|stopped|not-found)$/, answers.join())
      await world.run(300_000)
      ann!.crash()
      await ann!.start()
      await world.run(5_000)
      if (answers[0] === 'done') assert.deepEqual(ann!.store.timeline(room, [1], 9).length, 1, 'what was answered is there')
      void bob
    })
  }

  it('may stop twice, and while it looks for a room', async () => {
    const world = new World(41)
    const ann = await world.node('ann')
    await world.run(100)
    const join = ann.chat.join('lobby')
    await world.run(30)
    const stops = [ann.chat.stop(), ann.chat.stop()]
    assert.match(await fate(world, join), /^(done|stopped)$/)
    for (const stop of stops) assert.equal(await fate(world, stop), 'done')
    await world.run(60_000)
  })
})

describe('a node that stops', () => {
  it('in the middle of a history that it gives and one that it gets does nothing afterwards', async () => {
    const scene = await lobby(42)
    const { world, room, nodes: [ann, bob] } = scene
    await world.call(ann!.chat.act({ room, action: 'policy', set: { rate: 'off' } }))
    await world.run(2_000)
    world.ether.partition(['ann'], ['bob'])
    for (let at = 0; at < 300; at++) for (const node of [ann!, bob!]) await world.call(node.chat.send({ room, text: `${node.name} ${at}` }))
    world.ether.heal()
    // At many moments of the exchange, each in a fresh process.
    for (let step = 0; step < 40; step++) {
      await world.run(world.random.between(0, 700))
      const node = step % 2 === 0 ? ann! : bob!
      void node.chat.send({ room, text: `last words ${step}` }).catch(() => undefined)
      assert.equal(await fate(world, node.chat.stop()), 'done')
      await world.run(2_000)
      node.crash()
      await node.start()
    }
    await world.run(30_000)
    assert.deepEqual(ann!.texts(room), bob!.texts(room))
    await converse(scene, 'after that')
  }).timeout(30_000)
})

describe('calls that cross each other', () => {
  const twoOf = async (seed: number): Promise<{ world: World; ann: SimNode }> => {
    const world = new World(seed)
    return { world, ann: await world.node('ann') }
  }

  it('two joins of one name make one room, and one of them is told its token', async () => {
    const { world, ann } = await twoOf(43)
    const joins = await world.call(Promise.all([ann.chat.join('lobby'), ann.chat.join('Lobby'), ann.chat.join('#lobby')]))
    assert.equal(new Set(joins.map((room) => room.id)).size, 1)
    assert.equal(joins.filter((room) => room.reclaimToken !== undefined).length, 1)
    assert.equal(ann.events.filter((event) => event.method === 'room' && event.params.event === 'created').length, 1)
  })

  it('leave and join at once, in either order, leave the room joined or not, and whole', async () => {
    for (const order of ['leave first', 'join first']) {
      const { world, ann } = await twoOf(44)
      const { id } = await world.call(ann.chat.join('lobby'))
      await world.call(ann.chat.send({ room: id, text: 'kept' }))
      const calls = order === 'leave first' ? [ann.chat.leave(id), ann.chat.join('lobby')] : [ann.chat.join('lobby'), ann.chat.leave(id)]
      for (const call of calls) assert.equal(await fate(world, call), 'done')
      assert.equal(ann.chat.rooms('joined').length, order === 'leave first' ? 1 : 0)
      await world.call(ann.chat.join('lobby'))
      assert.deepEqual(ann.texts('lobby'), ['kept'])
    }
  })

  it('the second of two leaves is told that there is nothing to leave', async () => {
    const { world, ann } = await twoOf(45)
    await world.call(ann.chat.join('lobby'))
    const calls = [ann.chat.leave('lobby'), ann.chat.leave('lobby')]
    assert.deepEqual([await fate(world, calls[0]!), await fate(world, calls[1]!)], ['done', 'not-found'])
  })

  it('messages that are under way when the room is left are answered, also when a listener leaves it', async () => {
    for (const by of ['caller', 'listener']) {
      const { world, room, nodes: [ann, bob] } = await lobby(46)
      const left: Promise<unknown>[] = []
      const stop = ann!.chat.subscribe((event) => {
        if (by === 'listener' && event.method === 'message' && left.length === 0) left.push(ann!.chat.leave(room))
      })
      const sends = [1, 2, 3].map((at) => ann!.chat.send({ room, text: `last ${at}` }))
      if (by === 'caller') left.push(ann!.chat.leave(room))
      for (const send of sends) assert.equal(await fate(world, send), 'done', by)
      assert.equal(await fate(world, left[0]!), 'done')
      stop()
      await world.call(ann!.chat.join(room))
      // Bob asks the liar first, who never answers.
      await world.run(30_000)
      assert.deepEqual(bob!.texts(room), ['last 1', 'last 2', 'last 3'])
      assert.deepEqual(ann!.texts(room), bob!.texts(room))
    }
  })

  it('messages that are said while their room gives way to another are answered, and move along', async () => {
    for (let seed = 50; seed < 70; seed++) {
      const world = new World(seed)
      const ann = await world.node('ann')
      const bob = await world.node('bob')
      world.ether.partition(['ann'], ['bob'])
      await world.run(600)
      for (const node of [ann, bob]) await world.call(node.chat.join('lobby'))
      world.ether.heal()
      const said: string[] = []
      const sends: Promise<unknown>[] = []
      for (let at = 0; at < 30; at++) {
        for (const node of [ann, bob]) {
          said.push(`${node.name} ${at}`)
          sends.push(node.chat.send({ room: 'lobby', text: `${node.name} ${at}` }))
        }
        await world.run(world.random.between(0, 60))
      }
      for (const send of sends) assert.equal(await fate(world, send), 'done')
      await world.run(10_000)
      for (const node of [ann, bob]) assert.deepEqual(node.texts('lobby').sort(), [...said].sort(), `seed ${seed}`)
    }
  })
})
