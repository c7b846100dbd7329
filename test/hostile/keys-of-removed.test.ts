/** Who was removed reads nothing of what is said afterwards, whatever comes first: the removal, the new key, or what it hands out itself. */
import assert from 'node:assert/strict'
import { MAX_EPOCHS } from '../../src/core/record/limits.ts'
import { epochValue, makeEpoch } from '../../src/core/seal/epoch.ts'
import { converse, lobby } from './lobby.ts'
import type { Scene } from './lobby.ts'

/** Each says something that all hear, by gossip; none of it is sealed with a key that the liar was ever given, or made. */
async function speaksApart(scene: Scene, given: ReadonlySet<string> = new Set()): Promise<void> {
  const { world, liar, room } = scene
  const frames: string[] = []
  world.ether.tap = (kind, from, _to, bytes) => {
    if (kind === 'frame' && from !== 'liar') frames.push(Buffer.from(bytes).toString('hex'))
  }
  await converse(scene, 'among us', 3_000)
  await world.run(40_000)
  world.ether.tap = undefined
  liar.takeKeys(room)
  assert.ok(frames.length > 0, 'they gossip')
  for (const id of [...liar.epochs.keys(), ...given]) assert.ok(frames.every((frame) => !frame.includes(id)), 'no frame is for the removed one')
}

describe('the keys of a room', () => {
  it('do not reach who was banned by way of a member who has not heard of it yet', async () => {
    const scene = await lobby(1, ['ann', 'bob', 'cat'])
    const { world, room, liar, nodes } = scene
    const owner = nodes.find((node) => node.chat.roomState(room).owner === node.chat.status().identity)!
    world.ether.weather = { loss: 1, duplication: 0, minDelayMs: 1, maxDelayMs: 20 }
    await world.call(owner.chat.act({ room, action: 'ban', target: liar.signer.identity }))
    await world.run(1_000)
    world.ether.weather = { loss: 0, duplication: 0, minDelayMs: 1, maxDelayMs: 20 }
    await world.run(2_000)
    for (const node of nodes) assert.equal(node.chat.roomState(room).banned.length, 1, `${node.name} soon knows`)
    await speaksApart(scene)
  })

  it('are none that the banned one hands to who has not heard of it yet', async () => {
    const scene = await lobby(2, ['ann', 'bob', 'cat'])
    const { world, room, liar, nodes } = scene
    const owner = nodes.find((node) => node.chat.roomState(room).owner === node.chat.status().identity)!
    const others = nodes.filter((node) => node !== owner)
    world.ether.partition([owner.name], ['liar', ...others.map((node) => node.name)])
    const { id } = await world.call(owner.chat.act({ room, action: 'ban', target: liar.signer.identity }))
    await world.run(2_000)
    const made = makeEpoch(room, world.random.bytes(32), [id], world.timeline.nowMs + 50_000)
    for (const { name } of others) liar.say(name, { type: 'epochs', room: liar.proof(room, name), epochs: [epochValue(made)] })
    await world.run(2_000)
    world.ether.heal()
    await world.run(5_000)
    await speaksApart(scene, new Set([made.id]))
  })

  it('are made after a ban also when the banned one filled up the room with keys from the future', async () => {
    const scene = await lobby(3, ['ann', 'bob', 'cat'])
    const { world, room, liar, nodes } = scene
    const owner = nodes.find((node) => node.chat.roomState(room).owner === node.chat.status().identity)!
    for (const aheadMs of [30_000, 1_000_000_000_000]) {
      const forge = () => epochValue(makeEpoch(room, world.random.bytes(32), [room], world.timeline.nowMs + aheadMs))
      const epochs = Array.from({ length: MAX_EPOCHS }, forge)
      for (const { name } of nodes) liar.say(name, { type: 'epochs', room: liar.proof(room, name), epochs })
      await world.run(2_000)
    }
    await world.call(owner.chat.act({ room, action: 'ban', target: liar.signer.identity }))
    await world.run(2_000)
    await speaksApart(scene)
  })
})
