import { strict as assert } from 'node:assert'
import fc from 'fast-check'
import { createGraph } from '../../../src/core/log/graph.ts'
import type { GraphRecord } from '../../../src/core/log/graph.ts'

const MISSING = ['x', 'y']

interface Step {
  readonly timeUs: number
  /** Numbers of earlier records, or of what is missing. */
  readonly parents: readonly number[]
  /** Which record is taken out afterwards, if it can be. */
  readonly removed: number
}

const step = fc.record({ timeUs: fc.nat(12), parents: fc.uniqueArray(fc.nat(9), { maxLength: 3 }), removed: fc.nat(14) })

function recordOf(steps: readonly Step[], n: number): GraphRecord {
  const { timeUs, parents } = steps[n]!
  const ids = parents.map((parent) => (parent < n ? `r${parent}` : MISSING[parent % MISSING.length]!))
  return { id: `r${n}`, timeUs, parents: [...new Set(ids)] }
}

/** Those that nothing later names, and what is named and not here. */
function naive(records: readonly GraphRecord[]): { heads: string[]; gaps: string[] } {
  const ids = new Set(records.map(({ id }) => id))
  const isNamed = ({ id, timeUs }: GraphRecord): boolean => records.some((other) => other.parents.includes(id) && other.timeUs > timeUs)
  const gaps = new Set(records.flatMap(({ parents }) => parents.filter((parent) => !ids.has(parent))))
  return { heads: records.filter((record) => !isNamed(record)).map(({ id }) => id).sort(), gaps: [...gaps].sort() }
}

describe('a message graph', () => {
  it('from which a head was taken is what it would be without it', () => {
    let removed = 0
    fc.assert(fc.property(fc.array(step, { maxLength: 15 }), fc.array(fc.nat(14), { maxLength: 15 }), (steps, order) => {
      const graph = createGraph()
      const here: GraphRecord[] = []
      const places = [...steps.keys()].sort((left, right) => (order[left] ?? left) - (order[right] ?? right))
      const gone = new Set<string>()
      for (const n of places) {
        const record = recordOf(steps, n)
        // What was taken out is not asked for again.
        graph.add(record, (id) => here.some((other) => other.id === id) || gone.has(id))
        here.push(record)
        const at = here.findIndex(({ id }) => id === `r${steps[n]!.removed}`)
        if (at >= 0 && graph.remove(here[at]!)) {
          gone.add(here[at]!.id)
          here.splice(at, 1)
          removed++
        }
        const { heads, gaps } = naive(here)
        assert.deepEqual([...graph.heads.keys()].sort(), heads)
        assert.deepEqual([...graph.gaps.keys()].sort(), gaps.filter((id) => !gone.has(id)))
      }
    }), { numRuns: 3000 })
    assert.ok(removed > 1000, String(removed))
  })

  it('keeps what something names, and what it does not know enough of', () => {
    const graph = createGraph()
    const [one, two] = [{ id: '11'.repeat(32), timeUs: 1, parents: [] }, { id: '22'.repeat(32), timeUs: 2, parents: ['11'.repeat(32)] }]
    for (const record of [one, two]) graph.add(record, () => false)
    assert.equal(graph.remove(one), false)
    assert.equal(createGraph(graph.save()).remove(two), false)
    assert.equal(graph.remove(two), true)
    assert.deepEqual([...graph.heads], [[one.id, 1]])
  })

  it('of thousands takes the last ones out, in the order in which they came or backwards', () => {
    const graph = createGraph()
    const id = (n: number): string => n.toString(16).padStart(64, '0')
    const records = Array.from({ length: 6000 }, (_, n) => ({ id: id(n), timeUs: n, parents: n === 0 ? [] : [id(n - 1)] }))
    for (const record of records) graph.add(record, () => true)
    let removed = 0
    for (const record of records.toReversed()) if (graph.remove(record)) removed++
    assert.ok(removed >= 4000 && removed <= 4096, String(removed))
    assert.equal(graph.heads.size, 1)
  })
})
