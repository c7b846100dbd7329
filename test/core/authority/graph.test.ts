import assert from 'node:assert/strict'
import fc from 'fast-check'
import { AuthorityGraph } from '../../../src/core/authority/graph.ts'

const idOf = (index: number): string => index.toString(16).padStart(64, '0')

/** How a record stands to the newest: it goes on from it, or forks from some before, or merges. */
const shape = fc.record({ back: fc.array(fc.nat(40), { minLength: 1, maxLength: 4 }), run: fc.integer({ min: 1, max: 700 }) })
const shapes = fc.array(shape, { maxLength: 12 })

describe('the authority graph', () => {
  it('knows the ancestors of each, as walking to them finds', () => {
    fc.assert(fc.property(shapes, fc.boolean(), (steps, hasFork) => {
      const graph = new AuthorityGraph()
      const past: Set<number>[] = [new Set()]
      graph.add(idOf(0), [])
      const add = (parents: readonly number[]): void => {
        const unique = [...new Set(parents)]
        graph.add(idOf(past.length), unique.map(idOf))
        past.push(new Set(unique.flatMap((parent) => [parent, ...past[parent]!])))
      }
      // One that nobody ever names: from here on no record knows all.
      if (hasFork) add([0])
      for (const { back, run } of steps) {
        for (let n = 0; n < run && past.length < 1_400; n++) {
          const newest = past.length - 1
          const named = back.map((step) => Math.max(0, newest - step * step)).filter((parent) => !hasFork || parent !== 1)
          add(n === 0 ? [0, ...named] : [newest])
        }
      }
      for (let b = 0; b < past.length; b += 1 + (b % 41)) {
        for (let a = 0; a < past.length; a++) assert.equal(graph.isPast(a, b), past[b]!.has(a), `${a} before ${b}`)
        assert.equal(graph.knowsAll(b), past[b]!.size === b)
      }
    }), { numRuns: 5 })
  }).timeout(60_000)
})
