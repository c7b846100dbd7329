import assert from 'node:assert/strict'
import type { ActView } from '../../src/engine/api.ts'
import { act, agree, say, scene } from './governed-room.ts'

describe('acts in a room of whole nodes', () => {
  it('stand in the timeline, also after a restart', async () => {
    const all = await scene(11)
    const { world, room, ann, bob } = all
    await act(all, ann, 'promote', { target: 'bob' })
    await act(all, bob, 'policy', { set: { topic: 'cake' } }).catch(() => world.run(1_000).then(() => act(all, bob, 'policy', { set: { topic: 'cake' } })))
    await world.run(1_000)
    const told = (acts: readonly ActView[]): string[] => acts.map((one) => `${one.action} ${one.effective}`)
    assert.deepEqual(told(ann.chat.acts({ room })), ['promote true', 'policy true'])
    bob.crash()
    await bob.start()
    await world.run(5_000)
    assert.deepEqual(told(bob.chat.acts({ room })), ['promote true', 'policy true'])
    assert.equal(bob.chat.rooms('joined')[0]?.role, 'admin')
    agree(all)
  })

  it('shows who comes later all that was said before somebody was banned, the room slowed down or closed', async () => {
    const all = await scene(13)
    const { world, room, ann, bob, cat } = all
    await act(all, ann, 'policy', { set: { rate: 'off' } })
    await world.run(1_000)
    for (let at = 0; at < 400; at++) await say(all, bob, `line ${at} ${'x'.repeat(800)}`)
    for (let at = 0; at < 3; at++) await say(all, cat, `quick ${at}`)
    await world.run(2_000)
    await act(all, ann, 'ban', { target: 'bob' })
    await act(all, ann, 'policy', { set: { slow: 60_000 } })
    await act(all, ann, 'close')
    await world.run(1_000)
    const dan = await world.node('dan')
    await world.run(1_000)
    await world.call(dan.chat.join(room))
    await world.run(20_000)
    assert.equal(ann.texts(room).length, 403)
    assert.deepEqual(dan.texts(room), ann.texts(room))
    const told = dan.events.filter((event) => event.method === 'message')
    assert.equal(told.length, 403, 'and each is told')
  })

  it('who is back after a minute is heard at once, whoever notices first', async () => {
    for (const skewMs of [-5_000, 0, 5_000]) {
      const all = await scene(14)
      const { world, room, ann, bob, cat } = all
      cat.skewMs = skewMs
      await act(all, ann, 'kick', { target: 'cat' })
      await say(all, bob, 'while cat is out')
      await world.run(80_000)
      await say(all, cat, 'heard')
      await world.run(500)
      for (const node of [ann, bob]) assert.deepEqual(node.texts(room), ['while cat is out', 'heard'])
      await say(all, ann, 'so are we')
      await world.run(500)
      assert.deepEqual(cat.texts(room), ['while cat is out', 'heard', 'so are we'])
    }
  })

  it('the name of a closed room leads to the one that others made since', async () => {
    const all = await scene(15)
    const { world, room, ann, bob } = all
    await act(all, ann, 'close')
    await world.run(1_000)
    const next = await world.call(ann.chat.create({ name: 'lobby' }))
    await world.run(1_000)
    const joined = await world.call(bob.chat.join('lobby'))
    assert.equal(joined.id, next.id)
    assert.notEqual(joined.id, room)
  })

  it('newcomers see as far back as the owner wants', async () => {
    const all = await scene(16)
    const { world, room, ann, bob } = all
    await say(all, bob, 'long ago')
    await world.run(120_000)
    await say(all, bob, 'lately')
    await act(all, ann, 'policy', { set: { history: 60_000 } })
    const dan = await world.node('dan')
    await world.run(1_000)
    await world.call(dan.chat.join(room))
    await world.run(3_000)
    assert.deepEqual(dan.texts(room), ['lately'])
    assert.deepEqual(bob.texts(room), ['long ago', 'lately'], 'who was there before sees all')
    await act(all, ann, 'policy', { set: { history: 'all' } })
    await world.run(1_000)
    assert.deepEqual(dan.texts(room), ['long ago', 'lately'])
  })

  it('who is out hears within a minute what is done in the room, and not what is said', async () => {
    const all = await scene(17)
    const { world, room, ann, bob, cat } = all
    await act(all, ann, 'ban', { target: 'cat' })
    await world.run(5_000)
    await act(all, ann, 'promote', { target: 'bob' })
    await say(all, bob, 'thank you')
    await world.run(55_000)
    agree(all)
    assert.deepEqual(cat.texts(room), [])
  })
})
