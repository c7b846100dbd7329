import assert from 'node:assert/strict'
import type { ApiError } from '../../src/engine/api.ts'
import { act, agree, identityOf, names, refusal, say, scene, sentences } from './governed-room.ts'

describe('rights in a room of whole nodes', () => {
  it('make and unmake admins, by the owner alone', async () => {
    const all = await scene(1)
    const { world, room, ann, bob, cat } = all
    assert.equal(await refusal(act(all, bob, 'promote', { target: 'cat' })), 'not-owner')
    assert.equal(await refusal(act(all, bob, 'kick', { target: 'cat' })), 'not-admin')
    await act(all, ann, 'promote', { target: 'bob' })
    await world.run(1_000)
    for (const node of [ann, bob, cat]) {
      assert.equal(node.chat.members(room).find((member) => member.nick === 'bob')?.role, 'admin')
      assert.deepEqual(node.chat.roomState(room).admins, [identityOf(bob)])
      assert.ok(sentences(node).some((text) => /ann made bob an admin/u.test(text)), sentences(node).join('\n'))
    }
    assert.equal(await refusal(act(all, bob, 'kick', { target: 'ann' })), 'outranked')
    assert.equal(await refusal(act(all, bob, 'policy', { set: { slow: 1_000 } })), 'not-owner')
    await act(all, bob, 'policy', { set: { topic: 'tea' } })
    await world.run(1_000)
    await act(all, ann, 'demote', { target: 'bob' })
    await world.run(1_000)
    assert.equal(await refusal(act(all, bob, 'kick', { target: 'cat' })), 'not-admin')
    assert.equal(cat.chat.roomState(room).topic, 'tea')
    assert.equal(cat.chat.rooms('joined')[0]?.topic, 'tea')
    agree(all)
  })

  it('ban: who is out reads nothing, says nothing, and is told why; an unban lets them in again', async () => {
    const all = await scene(2)
    const { world, room, ann, bob, cat } = all
    await say(all, cat, 'before')
    await world.run(500)
    await act(all, ann, 'ban', { target: 'cat', reason: 'spam' })
    await world.run(1_000)
    assert.deepEqual(cat.events.filter((event) => event.method === 'kicked').map((event) => event.params), [{ room, by: identityOf(ann), reason: 'spam' }])
    assert.equal(await refusal(say(all, cat, 'still here')), 'banned')
    assert.equal(await refusal(world.call(cat.chat.join(room))), 'banned')
    assert.equal(await refusal(act(all, cat, 'policy', { set: { topic: 'mine' } })), 'not-admin')
    for (const node of [ann, bob]) {
      assert.deepEqual(names(all, node), ['ann', 'bob'])
      assert.deepEqual(node.chat.roomState(room).banned, [identityOf(cat)])
    }
    await say(all, ann, 'among us')
    await world.run(200)
    await say(all, bob, 'indeed')
    await world.run(70_000)
    assert.deepEqual(cat.texts(room), ['before'], 'the keys have changed')
    assert.deepEqual(bob.texts(room), ['before', 'among us', 'indeed'])
    assert.equal(cat.chat.rooms('joined').length, 0)
    assert.equal(cat.chat.rooms('known')[0]?.removed?.kind, 'ban')
    agree(all)
    await act(all, ann, 'unban', { target: 'cat' })
    await world.run(3_000)
    assert.equal(cat.chat.rooms('joined').length, 1)
    assert.deepEqual(cat.texts(room), ['before', 'among us', 'indeed'])
    await say(all, cat, 'back')
    await world.run(1_000)
    for (const node of [ann, bob, cat]) assert.deepEqual(node.texts(room), ['before', 'among us', 'indeed', 'back'])
    agree(all)
  })

  it('tell who was away that they were banned meanwhile', async () => {
    const all = await scene(3)
    const { world, room, ann, bob, cat } = all
    world.ether.partition(['ann', 'bob'], ['cat'])
    await act(all, ann, 'ban', { target: 'cat' })
    await say(all, cat, 'said without knowing')
    await world.run(5_000)
    world.ether.heal()
    await world.run(30_000)
    assert.equal(cat.events.filter((event) => event.method === 'kicked').length, 1)
    assert.equal(await refusal(say(all, cat, 'more')), 'banned')
    for (const node of [ann, bob]) assert.deepEqual(node.texts(room), [])
    agree(all)
  })

  it('kick for a minute from an open room', async () => {
    const all = await scene(4)
    const { world, room, ann, bob, cat } = all
    await act(all, ann, 'kick', { target: 'cat', reason: 'calm down' })
    await world.run(1_000)
    assert.equal(await refusal(say(all, cat, 'no')), 'kicked')
    assert.deepEqual(names(all, bob), ['ann', 'bob'])
    await world.run(70_000)
    assert.ok(cat.events.some((event) => event.method === 'room' && event.params.event === 'returned'))
    await say(all, cat, 'calm')
    await world.run(1_000)
    for (const node of [ann, bob]) assert.deepEqual(node.texts(room), ['calm'])
    assert.deepEqual(names(all, bob), ['ann', 'bob', 'cat'])
    agree(all)
  })

  it('come to the same when the owner demotes an admin who bans somebody at the same time', async () => {
    const all = await scene(5)
    const { world, room, ann, bob, cat } = all
    await act(all, ann, 'promote', { target: 'bob' })
    await world.run(2_000)
    world.ether.partition(['ann'], ['bob', 'cat'])
    await world.run(1_000)
    await act(all, bob, 'ban', { target: 'cat', reason: 'mine' })
    await world.run(1_000)
    assert.equal(await refusal(say(all, cat, 'unheard')), 'banned')
    await act(all, ann, 'demote', { target: 'bob' })
    world.ether.heal()
    await world.run(60_000)
    agree(all)
    for (const node of [ann, bob, cat]) {
      assert.deepEqual(node.chat.roomState(room).banned, [])
      const why = node.chat.why(room, 'cat')
      assert.match(why.text, /bob's ban of cat does not count: ann made bob no admin|bob's ban of cat does not count/u)
      assert.equal(why.records.find((record) => record.kind === 'ban')?.effective, false)
    }
    assert.ok(sentences(cat).some((text) => /does not count/u.test(text)), 'the turn is told')
    await say(all, cat, 'back again')
    await world.run(2_000)
    for (const node of [ann, bob]) assert.deepEqual(node.texts(room), ['back again'])
  })

  it('mute, slow down and limit, the same on all nodes, and tell the sender when there is room again', async () => {
    const all = await scene(6)
    const { world, room, ann, bob, cat } = all
    await act(all, ann, 'mute', { target: 'bob', duration: 60_000 })
    await world.run(1_000)
    assert.equal(await refusal(say(all, bob, 'mm')), 'muted')
    assert.equal(cat.chat.members(room).find((member) => member.nick === 'bob')?.muted, true)
    await world.run(61_000)
    await say(all, bob, 'may speak again')
    for (let at = 0; at < 39; at++) await say(all, bob, `line ${at}`)
    await assert.rejects(say(all, bob, 'one too many'), (error: ApiError) => {
      assert.equal(error.reason, 'too-fast')
      assert.ok(error.retryAt !== undefined && error.retryAt > world.timeline.nowMs && error.retryAt <= world.timeline.nowMs + 10_000)
      return true
    })
    await world.run(10_000)
    await say(all, bob, 'after a while')
    await world.run(1_000)
    await act(all, ann, 'policy', { set: { slow: 30_000 } })
    await world.run(1_000)
    await say(all, cat, 'slowly')
    assert.equal(await refusal(say(all, cat, 'too soon')), 'too-fast')
    await say(all, ann, 'owners may')
    await say(all, ann, 'say more')
    await world.run(2_000)
    const said = ann.texts(room)
    assert.equal(said.length, 44)
    for (const node of [bob, cat]) assert.deepEqual(node.texts(room), said)
    agree(all)
  })

  it('close the room: it can be read everywhere, and nobody says or does anything there', async () => {
    const all = await scene(7)
    const { world, room, ann, bob, cat } = all
    await say(all, bob, 'last words')
    await world.run(1_000)
    assert.equal(await refusal(act(all, bob, 'close')), 'not-owner')
    await act(all, ann, 'close', { reason: 'done' })
    await world.run(2_000)
    for (const node of [ann, bob, cat]) {
      assert.equal(await refusal(say(all, node, 'more')), 'closed')
      assert.equal(await refusal(act(all, node, 'policy', { set: { topic: 'x' } })), 'closed')
      assert.deepEqual(node.texts(room), ['last words'])
      assert.deepEqual(node.chat.rooms('joined'), [])
      assert.equal(node.chat.rooms('known')[0]?.closed, true)
      assert.ok(node.events.some((event) => event.method === 'room' && event.params.event === 'closed' && event.params.closed))
    }
    assert.equal(await refusal(world.call(ann.chat.join('lobby'))), 'closed')
    const again = await world.call(bob.chat.create({ name: 'lobby' }))
    assert.equal((await world.call(bob.chat.join('lobby'))).id, again.id, 'the one that goes on')
    const dan = await world.node('dan')
    await world.run(1_000)
    await world.call(dan.chat.join(room))
    await world.run(3_000)
    assert.equal(dan.chat.roomState(room).closed, true, 'who comes later learns of it')
    assert.deepEqual(dan.texts(room), ['last words'])
  })

  it('hand the room over, and back by the token to somebody new; the old key does nothing more', async () => {
    const all = await scene(8)
    const { world, room, token, ann, bob, cat } = all
    await act(all, ann, 'transfer', { target: 'bob' })
    await world.run(1_000)
    assert.equal(await refusal(act(all, ann, 'promote', { target: 'cat' })), 'not-owner')
    assert.equal(cat.chat.roomState(room).owner, identityOf(bob))
    assert.equal(await refusal(world.call(cat.chat.reclaim(room, 'p2pr1nonsense'))), 'bad-token')
    const { reclaimToken } = await world.call(cat.chat.reclaim(room, token))
    assert.match(reclaimToken, /^p2pr1/u)
    await world.run(1_000)
    for (const node of [ann, bob, cat]) {
      assert.equal(node.chat.roomState(room).owner, identityOf(cat))
      assert.equal(node.chat.roomState(room).generation, 1)
    }
    assert.equal(await refusal(act(all, bob, 'kick', { target: 'ann' })), 'not-admin')
    assert.equal(await refusal(world.call(ann.chat.reclaim(room, token))), 'bad-token', 'it works once')
    assert.equal(await refusal(world.call(bob.chat.rotateToken(room, reclaimToken))), 'not-owner')
    const rotated = await world.call(cat.chat.rotateToken(room, reclaimToken))
    await world.run(1_000)
    await world.call(ann.chat.reclaim(room, rotated.reclaimToken))
    await world.run(1_000)
    assert.equal(bob.chat.roomState(room).owner, identityOf(ann))
    agree(all)
  })

  it('hide what is redacted, and all that somebody said by a ban that purges', async () => {
    const all = await scene(9)
    const { world, room, ann, bob, cat } = all
    await say(all, bob, 'a word')
    await say(all, cat, 'nonsense')
    await world.run(1_000)
    const word = ann.chat.history({ room }).find((message) => message.text === 'a word')!
    await act(all, ann, 'redact', { target: word.id })
    await act(all, ann, 'ban', { target: 'cat', purge: true })
    await world.run(1_000)
    for (const node of [ann, bob]) {
      assert.deepEqual(node.chat.history({ room }).map(({ text, redacted }) => [text, redacted]), [['', true]])
      assert.ok(node.events.some((event) => event.method === 'timeline'))
    }
    assert.match(bob.chat.why(room, word.id).text, /taken off/u)
  })

  it('refuse what cannot be, with the right word, and sign nothing', async () => {
    const all = await scene(10)
    const { world, room, ann, bob } = all
    const before = ann.chat.roomState(room)
    assert.equal(await refusal(act(all, ann, 'kick', { target: 'nobody' })), 'not-found')
    assert.equal(await refusal(act(all, ann, 'ban', { target: 'ff'.repeat(32) })), 'not-found')
    assert.equal(await refusal(act(all, ann, 'ban', { target: 'ann' })), 'outranked')
    assert.equal(await refusal(act(all, ann, 'unban', { target: 'bob' })), 'not-found')
    assert.equal(await refusal(act(all, ann, 'demote', { target: 'bob' })), 'not-found')
    assert.equal(await refusal(act(all, ann, 'transfer', { target: 'ann' })), 'already')
    assert.equal(await refusal(act(all, ann, 'redact', { target: 'ff'.repeat(32) })), 'not-found')
    assert.equal(await refusal(act(all, ann, 'policy', { set: { topic: 'x'.repeat(600) } })), 'too-long')
    assert.equal(await refusal(act(all, ann, 'policy', { set: { slow: -1 } })), 'wrong-arguments')
    assert.equal(await refusal(act(all, ann, 'policy')), 'wrong-arguments')
    const twin = await world.node('bob2')
    twin.chat.setNick('bob')
    await world.run(1_000)
    await world.call(twin.chat.join(room))
    await world.run(2_000)
    await assert.rejects(act(all, ann, 'kick', { target: 'bob' }), (error: ApiError) => {
      assert.equal(error.reason, 'ambiguous')
      assert.deepEqual(error.candidates?.slice().sort(), [bob, twin].map((node) => node.chat.status().fingerprint).sort())
      return true
    })
    assert.deepEqual({ ...ann.chat.roomState(room) }, before)
  })

  it('let people go who say nothing for long, but for owner and admins', async () => {
    const all = await scene(12)
    const { world, room, ann, bob, cat } = all
    await act(all, ann, 'promote', { target: 'bob' })
    await act(all, ann, 'policy', { set: { idle: 60_000 } })
    await world.run(50_000)
    await say(all, cat, 'here')
    await world.run(50_000)
    assert.equal(cat.chat.rooms('joined').length, 1)
    await world.run(30_000)
    assert.deepEqual(cat.chat.rooms('joined'), [])
    assert.match(cat.notices('idle').join(), /1 minute/u)
    const presence = (): string | undefined => ann.chat.members(room).find((member) => member.nick === 'cat')?.presence
    assert.equal(presence(), 'offline')
    assert.equal(bob.chat.rooms('joined').length, 1, 'admins are exempt')
    await world.call(cat.chat.join(room))
    await world.run(2_000)
    assert.equal(presence(), 'online')
  })
})
