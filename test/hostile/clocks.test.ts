/** Clocks that are set while a node runs: back by hours, or ahead by hours and back again. */
import assert from 'node:assert/strict'
import { World } from '../sim/world.ts'
import { Liar, strangeIds } from './liar.ts'
import { converse, lobby } from './lobby.ts'

const HOURS_MS = 3 * 3_600_000

describe('a clock that is set back by hours', () => {
  it('does not stop its node from asking for what is missing, saying that it is there, and seeing who is gone', async () => {
    const scene = await lobby(20)
    const { world, liar, room, nodes: [ann, bob] } = scene
    // Everybody's clock is set back, as when all had followed the same wrong one; what was said before is then from the future, and waits.
    for (const node of [ann!, bob!]) node.skewMs = -HOURS_MS
    await world.run(1_000)
    let announced = 0
    world.ether.tap = (kind, from) => {
      if (kind === 'frame' && from === 'ann') announced++
    }
    await world.run(80_000)
    world.ether.tap = undefined
    assert.ok(announced >= 2, `ann said ${announced} times that she is there`)
    await converse(scene, 'set back')
    const asked = liar.all('want').length
    const missing = strangeIds(world, 1)
    liar.gossip(room, liar.line(room, 'with a gap before it', { parents: missing, timeUs: (world.timeline.nowMs - HOURS_MS) * 1000 }))
    await world.run(5_000)
    assert.ok(liar.all('want').slice(asked).some(({ ids }) => ids.includes(missing[0]!)), 'the gap is asked for')
    bob!.crash()
    await world.run(120_000)
    assert.equal(ann!.chat.members(room).find((member) => member.nick === 'bob')?.presence, 'offline')
  })

  it('does not make a join that is under way wait for hours', async () => {
    const world = new World(21)
    const ann = await world.node('ann')
    await new Liar(world, 'silent').start()
    await world.run(1_000)
    const join = ann.chat.join('lobby')
    await world.run(50)
    ann.skewMs = -HOURS_MS
    assert.equal((await world.call(join)).provisional, true)
    assert.ok(world.timeline.nowMs - Date.UTC(2026, 0, 1) < 10_000)
  })

  it('while something waits to be asked for, delays it by no more than its pause', async () => {
    const { world, liar, room, nodes: [ann] } = await lobby(22)
    const missing = strangeIds(world, 1)
    liar.gossip(room, liar.line(room, 'with a gap before it', { parents: missing }))
    await world.run(300)
    ann!.skewMs = -HOURS_MS
    const asked = liar.heard.length
    await world.run(10_000)
    assert.ok(liar.heard.slice(asked).some(({ from, message }) => from === 'ann' && message.type === 'want' && message.ids.includes(missing[0]!)))
  })
})

describe('a clock that was ahead for a while', () => {
  it('does not silence its node until that time comes', async () => {
    const scene = await lobby(23)
    const { world, room, nodes: [ann, bob] } = scene
    ann!.skewMs = HOURS_MS
    await world.call(ann!.chat.send({ room, text: 'from the future' }))
    ann!.chat.markRead(room)
    await world.run(2_000)
    ann!.skewMs = 0
    ann!.chat.markRead(room)
    await world.run(1)
    await converse(scene, 'corrected', 5_000)
    assert.ok(!bob!.texts(room).includes('from the future'))
    assert.equal(ann!.chat.rooms('joined')[0]?.unread, 1, 'what bob said since is not taken for read')
    await world.run(HOURS_MS)
    assert.deepEqual([...bob!.texts(room)].sort(), [...ann!.texts(room)].sort())
    await converse(scene, 'much later', 5_000)
  }).timeout(60_000)
})
