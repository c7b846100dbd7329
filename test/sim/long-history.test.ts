import assert from 'node:assert/strict'
import { comeLate, held, historyOf, leftOut } from './long-history.ts'

const LINES = 3_000

describe('who comes into a room with a long history by one person', () => {
  it('gets all of it, and is told of nothing left out', async () => {
    const history = await historyOf(71, LINES)
    const comer = await comeLate(history, 'bob')
    await history.world.run(60_000)
    assert.equal(held(history, comer), LINES)
    assert.deepEqual([leftOut(comer), comer.notices('left-out')], [0, []])
  }).timeout(30_000)

  it('is told when more is left out than a room takes in a day, keeps to that over a restart, and gets the rest on other days', async () => {
    const history = await historyOf(72, LINES)
    const { world } = history
    const comer = await comeLate(history, 'bob', 400_000)
    await world.run(60_000)
    const first = held(history, comer)
    assert.ok(first > 500 && first < LINES / 2, `${first} of ${LINES}`)
    assert.ok(leftOut(comer) > 0)
    assert.equal(comer.notices('left-out').length, 1)
    assert.match(comer.notices('left-out')[0]!, /old messages of lobby came today\. The rest is left out for now/u)
    assert.equal(comer.events.findLast((event) => event.method === 'sync')?.params.done, true, 'no sign of work that goes on')
    comer.crash()
    await comer.start()
    await world.run(400_000)
    assert.ok(held(history, comer) < first + 100, 'what was taken before the restart counts')
    await world.call(history.keeper.chat.send({ room: history.room, text: 'of the present' }))
    await world.run(2_000)
    assert.deepEqual(comer.texts(history.room).at(-1), 'of the present')
    for (let day = 0; day < 4; day++) {
      comer.crash()
      comer.skewMs += 86_400_000
      await comer.start()
      await world.run(60_000)
    }
    assert.equal(held(history, comer), LINES + 1)
  }).timeout(60_000)
})
