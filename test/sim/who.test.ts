import assert from 'node:assert/strict'
import { act, identityOf, say, scene } from './governed-room.ts'

describe('whoever said something that can be read', () => {
  for (const by of ['identity', 'nick', 'fingerprint'] as const) {
    it(`can be banned by ${by}, also by who came later and was started again`, async () => {
      const all = await scene(31)
      const { world, room, ann, bob } = all
      await say(all, bob, 'buy this')
      await world.run(1_000)
      const { identity, fingerprint, nick } = bob.chat.status()
      await world.call(bob.chat.leave(room))
      bob.crash()
      await world.run(1_000)
      const dan = await world.node('dan')
      await world.run(1_000)
      await world.call(dan.chat.join(room))
      await world.run(5_000)
      await act(all, ann, 'promote', { target: 'dan' })
      await world.run(2_000)
      assert.deepEqual(dan.texts(room), ['buy this'])
      dan.crash()
      await dan.start()
      await world.run(2_000)
      await act(all, dan, 'ban', { target: { identity, fingerprint, nick }[by] })
      await world.run(2_000)
      assert.deepEqual(ann.chat.roomState(room).banned, [identityOf(bob)])
    })
  }
})
