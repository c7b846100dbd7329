import assert from 'node:assert/strict'
import fc from 'fast-check'
import { beyond, liesBefore } from '../../../src/core/authority/ancestry.ts'
import type { Node } from '../../../src/core/authority/ancestry.ts'

const RUNS = Number(process.env['RUNS'] ?? 2000)

/** Messages of which some are dated before their parents, and some parents lost. */
const one = fc.record({ parents: fc.array(fc.nat(30), { maxLength: 3 }), late: fc.integer({ min: -3, max: 1 }), lost: fc.nat(9) })
const graph = fc.array(one, { maxLength: 25 }).map((drawn) => drawn.map(({ parents, late, lost }, n) => ({
  node: { id: `m${n}`, timeUs: 100 + n * 2 + late, parents: n === 0 ? [] : parents.map((p) => `m${p % n}`) },
  isLost: lost === 0
})))

type Drawn = readonly { node: Node; isLost: boolean }[]

/** All at or before these heads, by the definition. */
function closure(nodes: ReadonlyMap<string, Node>, heads: readonly string[]): Set<string> {
  const found = new Set<string>()
  const visit = (id: string): void => {
    const node = nodes.get(id)
    if (node === undefined || found.has(id)) return
    found.add(id)
    for (const parent of node.parents) if ((nodes.get(parent)?.timeUs ?? Infinity) < node.timeUs) visit(parent)
  }
  for (const head of heads) visit(head)
  return found
}

function known(drawn: Drawn): Map<string, Node> {
  return new Map(drawn.filter((one) => !one.isLost).map(({ node }) => [node.id, node]))
}

describe('ancestry in the message graph', () => {
  it('is what going back along edges on which time rises says', () => {
    fc.assert(fc.property(graph, fc.array(fc.nat(30), { maxLength: 3 }), (drawn, heads) => {
      const nodes = known(drawn)
      const cut = heads.map((n) => `m${n}`)
      const before = closure(nodes, cut)
      for (const node of nodes.values()) {
        const answer = liesBefore(node, cut, (id) => nodes.get(id))
        assert.equal(answer === 'yes', before.has(node.id) || cut.includes(node.id), node.id)
        if (drawn.every((one) => !one.isLost) && cut.every((id) => nodes.has(id))) assert.notEqual(answer, 'unknown')
      }
    }), { numRuns: RUNS })
  })

  it('gives all that lies beyond a cut, newest first', () => {
    fc.assert(fc.property(graph, fc.array(fc.nat(30), { maxLength: 3 }), fc.array(fc.nat(30), { maxLength: 3 }), (drawn, from, to) => {
      const nodes = known(drawn)
      const [heads, cut] = [from, to].map((list) => list.map((n) => `m${n}`))
      const before = closure(nodes, cut!)
      const expected = [...closure(nodes, heads!)].filter((id) => !before.has(id))
      const found = [...beyond(heads!, cut!, (id) => nodes.get(id))]
      assert.deepEqual(found.map((node) => node.id).sort(), expected.sort())
      assert.deepEqual(found.map((node) => node.timeUs), found.map((node) => node.timeUs).sort((a, b) => b - a))
    }), { numRuns: RUNS })
  })

  it('says unknown, and not no, while something between is missing', () => {
    const nodes = new Map<string, Node>([['a', { id: 'a', timeUs: 1, parents: [] }], ['c', { id: 'c', timeUs: 3, parents: ['b'] }]])
    assert.equal(liesBefore(nodes.get('a')!, ['c'], (id) => nodes.get(id)), 'unknown')
    nodes.set('b', { id: 'b', timeUs: 2, parents: ['a'] })
    assert.equal(liesBefore(nodes.get('a')!, ['c'], (id) => nodes.get(id)), 'yes')
    assert.equal(liesBefore({ id: 'd', timeUs: 2 }, ['c'], (id) => nodes.get(id)), 'no')
  })

  it('reads no more of 100 000 messages than is newer than what it is asked about', () => {
    const nodeAt = (n: number): Node => ({ id: String(n), timeUs: n + 1, parents: n === 0 ? [] : [String(n - 1)] })
    const nodes = Array.from({ length: 100_000 }, (_, n) => nodeAt(n))
    let reads = 0
    const read = (id: string): Node | undefined => {
      reads++
      return nodes[Number(id)]
    }
    assert.equal(liesBefore(nodes[99_900]!, ['99990'], read), 'yes')
    assert.equal(liesBefore({ id: 'new', timeUs: 99_950 }, ['99990'], read), 'no')
    assert.equal([...beyond(['99999'], ['99990'], read)].length, 9)
    assert.ok(reads < 300, `${reads} reads`)
  })
})
