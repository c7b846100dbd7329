import assert from 'node:assert/strict'
import { comeLate, held, historyOf, leftOut } from './long-history.ts'

const LINES = 110_000

describe('who comes into a room with a very long history by one person', () => {
  it('gets all of it, and is told of nothing left out', async () => {
    const history = await historyOf(73, LINES)
    const comer = await comeLate(history, 'bob')
    for (let waited = 0; waited < 600 && held(history, comer) < LINES; waited++) await history.world.run(1_000)
    assert.equal(held(history, comer), LINES)
    assert.deepEqual([leftOut(comer), comer.notices('left-out')], [0, []])
  }).timeout(600_000)
})
