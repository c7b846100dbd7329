import assert from 'node:assert/strict'
import type { Node } from '../../../src/core/log/newest-first.ts'
import { Cuts } from '../../../src/core/room/cuts.ts'

describe('many cuts, one after the other', () => {
  it('go through the history once, however many there are', () => {
    const count = 5_000
    const nodes = new Map<string, Node>()
    for (let at = 0; at < count; at++) nodes.set(`m${at}`, { id: `m${at}`, timeUs: at + 1, parents: at === 0 ? [] : [`m${at - 1}`] })
    let reads = 0
    const index = new Cuts((id) => {
      reads++
      return nodes.get(id)
    })
    const cuts = Array.from({ length: 200 }, (_, at) => [`m${count - 400 + 2 * at}`])
    for (const node of [...nodes.values()].slice(0, 20).toReversed()) {
      for (const cut of cuts) assert.equal(index.isBefore(node, cut), 'yes')
    }
    assert.ok(reads < 2 * count, `${reads} reads`)
  })
})
