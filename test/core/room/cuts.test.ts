import assert from 'node:assert/strict'
import fc from 'fast-check'
import { Cuts } from '../../../src/core/room/cuts.ts'
import { closure } from '../lies-before.ts'

const RUNS = Number(process.env['RUNS'] ?? 2000)

/** Messages of which some are dated before their parents, and some come only later. */
const one = fc.record({
  parents: fc.array(fc.nat(30), { maxLength: 3 }),
  late: fc.integer({ min: -3, max: 1 }),
  isLost: fc.nat(5).map((n) => n === 0)
})
const graph = fc.array(one, { minLength: 1, maxLength: 25 }).map((drawn) => drawn.map(({ parents, late, isLost }, n) => ({
  node: { id: `m${n}`, timeUs: 100 + n * 2 + late, parents: n === 0 ? [] : parents.map((p) => `m${p % n}`) },
  isLost
})))

describe('what lies before cuts', () => {
  it('is never said wrongly while something is missing, and exactly once all is there, in whatever order it is asked', () => {
    const heads = fc.array(fc.nat(24), { minLength: 1, maxLength: 3 })
    const lists = fc.array(heads, { minLength: 1, maxLength: 3 })
    fc.assert(fc.property(graph, lists, fc.array(fc.nat(24), { maxLength: 40 }), fc.boolean(), (drawn, drawnHeads, asked, isBackwards) => {
      const all = new Map(drawn.map(({ node }) => [node.id, node]))
      const here = new Map(drawn.filter(({ isLost }) => !isLost).map(({ node }) => [node.id, node]))
      const cuts = drawnHeads.map((list) => list.map((n) => `m${n % drawn.length}`))
      const index = new Cuts((id) => here.get(id))
      const truths = cuts.map((cut) => closure(cut, (id) => all.get(id)))
      const ask = (n: number, at: number): string => index.isBefore(drawn[n % drawn.length]!.node, cuts[at]!)
      for (const [turn, n] of asked.entries()) {
        const at = turn % cuts.length
        const answer = ask(n, at)
        if (answer !== 'unknown') assert.equal(answer === 'yes', truths[at]!.has(`m${n % drawn.length}`))
      }
      const lost = drawn.filter(({ isLost }) => isLost).map(({ node }) => node)
      for (const node of isBackwards ? lost.toReversed() : lost) {
        here.set(node.id, node)
        index.came(node)
        for (const cut of cuts) index.isBefore(node, cut)
      }
      assert.deepEqual(index.lacking(99), [])
      for (const [turn, n] of asked.entries()) {
        const at = turn % cuts.length
        assert.equal(ask(n, at), truths[at]!.has(`m${n % drawn.length}`) ? 'yes' : 'no')
      }
    }), { numRuns: RUNS })
  })

  it('is nothing before no heads', () => {
    assert.equal(new Cuts(() => undefined).isBefore({ id: 'm', timeUs: 1 }, []), 'no')
  })
})
