/** Rooms of more members than a node connects with: partial views, over virtual time. 300 nodes are in large-room.long.ts. */
import assert from 'node:assert/strict'
import { MOST_PEERS } from '../../src/engine/partial-view.ts'
import { alive, allHear, come, fill, isAllPresent, isIn, isSpread, killEachFifth, within } from './large-room.ts'

describe('a room of many, all of whom know one address', function () {
  this.timeout(60_000)

  it('comes up with a fifth of all frames lost, outlives a fifth of its members and the one that all knew, and grows together again when it was parted', async () => {
    const large = await fill(1, { count: 26, loss: 0.2 })
    const { world } = large
    await within(30_000, large, 'everybody is in', () => alive(large).every((node) => isIn(large, node)))
    await within(30_000, large, 'each is connected with some, and with no more', () => isSpread(large))
    await allHear(large, 'hello', world.nodes.slice(0, 6), 30_000)
    await within(40_000, large, 'all are there for everybody', () => isAllPresent(large))
    killEachFifth(large)
    const living = alive(large)
    await allHear(large, 'some are gone', living.slice(0, 4), 30_000)
    await within(120_000, large, 'those who are gone are gone for everybody', () => isAllPresent(large))
    const names = living.map(({ name }) => name)
    const half = names.length >> 1
    world.ether.partition(names.slice(0, half), names.slice(half))
    // Long enough that each half has filled its views from its own side, and needs nobody.
    await world.run(150_000)
    await world.call(living[0]!.chat.send({ room: large.room, text: 'on this side' }))
    world.ether.heal()
    await allHear(large, 'together', [living[0]!, living.at(-1)!], 90_000)
    assert.ok(living.at(-1)!.texts(large.room).includes('on this side'), 'also what was said meanwhile')
  })

  it('keeps those with one who can reach nobody else, however many they are', async () => {
    const large = await fill(2, { count: 1, loss: 0 })
    const { world, hub } = large
    const behindRouters = Array.from({ length: 24 }, (_, i) => `n${i + 1}`)
    world.ether.unreachable = new Set(behindRouters)
    for (const name of behindRouters) await come(large, name)
    await within(30_000, large, 'everybody is in', () => alive(large).every((node) => isIn(large, node)))
    await world.run(60_000)
    assert.equal(world.ether.degrees().get(hub.name), behindRouters.length, 'nobody was let go of, though they are more than 16')
    await allHear(large, 'hello', [world.nodes[3]!, hub], 10_000)
  })

  it('is not taken over by a crowd that comes to one member: who was there before stays', async () => {
    const large = await fill(3, { count: 20, loss: 0 })
    const { world, hub } = large
    await within(30_000, large, 'each is connected with some, and with no more', () => isSpread(large))
    const before = new Set(hub.chat.status().peers.map(({ peerId }) => peerId))
    for (let n = 0; n < 20; n++) {
      await come(large, `c${100 + n}`)
      await world.run(50)
    }
    await within(60_000, large, 'the crowd was handed on', () => hub.chat.status().peers.length <= MOST_PEERS)
    const after = hub.chat.status().peers.filter(({ peerId }) => before.has(peerId))
    assert.ok(after.length >= 12, `${after.length} of ${before.size} are still connected`)
  })
})
