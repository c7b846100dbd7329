import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { Rate } from '../../../src/core/authority/actions/policy.ts'
import { counted, Pace } from '../../../src/core/authority/pace.ts'
import type { Paced } from '../../../src/core/authority/pace.ts'

const RUNS = Number(process.env['RUNS'] ?? 2000)
const WINDOW: Rate = { count: 3, windowMs: 1000 }
const at = (ms: number, id = `m${ms}`): Paced => ({ id, timeUs: ms * 1000 })

const message = fc.record({ id: fc.integer({ min: 0, max: 40 }).map((n) => `m${n}`), timeUs: fc.integer({ min: 0, max: 40 }).map((n) => n * 100_000) })
const messages = fc.uniqueArray(message, { selector: (one) => one.id, maxLength: 40 })
const limit = fc.record({ count: fc.integer({ min: 1, max: 4 }), windowMs: fc.constantFrom(100, 500, 1000, 3000) })

/** What a node holds after these arrived: it keeps nothing that was refused. */
function receive(arriving: readonly Paced[], rate: Rate): { kept: Set<string>; refused: Set<string> } {
  const kept = new Map<string, Paced>()
  const pace = new Pace((_, __, fromUs, toUs) => [...kept.values()].filter((one) => one.timeUs >= fromUs && one.timeUs < toUs))
  const refused = new Set<string>()
  for (const one of arriving) {
    const { counts, displaced } = pace.add('ann', rate, one)
    if (counts) kept.set(one.id, one)
    else refused.add(one.id)
    if (displaced !== undefined && kept.delete(displaced)) refused.add(displaced)
    assert.equal(pace.refused(one.id), !counts)
  }
  return { kept: new Set(kept.keys()), refused }
}

describe('pace', () => {
  it('counts the first few of each window by time and id', () => {
    const all = [at(0), at(10), at(20), at(30), at(999), at(1000), at(1001), at(20, 'm1')]
    assert.deepEqual([...counted(all, WINDOW)], ['m0', 'm10', 'm1', 'm1000', 'm1001'])
  })

  it('tells the sender when there is room again, and changes nothing by being asked', () => {
    const pace = new Pace(() => [])
    for (const ms of [100, 200, 300]) assert.ok(pace.ask('ann', WINDOW, at(ms)).counts)
    for (const ms of [100, 200, 300]) assert.ok(pace.add('ann', WINDOW, at(ms)).counts)
    assert.deepEqual(pace.ask('ann', WINDOW, at(400)), { counts: false, displaced: undefined, nextMs: 1000 })
    assert.ok(pace.add('ann', WINDOW, at(1000)).counts)
    assert.ok(pace.add('bob', WINDOW, at(400)).counts)
  })

  it('lets one that comes late push the last one out', () => {
    const pace = new Pace(() => [])
    for (const ms of [100, 200, 300]) pace.add('ann', WINDOW, at(ms))
    assert.deepEqual(pace.add('ann', WINDOW, at(150)), { counts: true, displaced: 'm300', nextMs: 1000 })
    assert.ok(pace.refused('m300'))
    assert.ok(!pace.add('ann', WINDOW, at(300)).counts)
  })

  it('12 refuses the same on all nodes, in any order, with what was refused kept or not', () => {
    fc.assert(fc.property(messages, fc.infiniteStream(fc.nat()), limit, (all, random, rate) => {
      const shuffled = all.map((one) => ({ one, key: random.next().value as number })).sort((a, b) => a.key - b.key).map(({ one }) => one)
      const expected = counted(all, rate)
      assert.deepEqual(receive(all, rate).kept, expected)
      assert.deepEqual(receive([...shuffled, ...all], rate).kept, expected)
    }), { numRuns: RUNS })
  })

  it('12 never takes back what was refused', () => {
    fc.assert(fc.property(messages, limit, (all, rate) => {
      for (let n = 1; n <= all.length; n++) {
        const [before, after] = [counted(all.slice(0, n - 1), rate), counted(all.slice(0, n), rate)]
        for (const one of all.slice(0, n - 1)) if (!before.has(one.id)) assert.ok(!after.has(one.id))
      }
    }), { numRuns: RUNS })
  })

  it('12 refused ones change nothing for the others', () => {
    fc.assert(fc.property(messages, limit, (all, rate) => {
      const first = counted(all, rate)
      assert.deepEqual(counted(all.filter((one) => first.has(one.id)), rate), first)
    }), { numRuns: RUNS })
  })

  it('keeps a bounded number of windows, and reads those anew that it let go', () => {
    const kept: Paced[] = []
    const pace = new Pace((_, { windowMs }, fromUs) => kept.filter((one) => one.timeUs >= fromUs && one.timeUs < fromUs + windowMs * 1000))
    for (let n = 0; n < 6000; n++) {
      const one = at(n * 500)
      if (pace.add('ann', { count: 1, windowMs: 1000 }, one).counts) kept.push(one)
    }
    assert.equal(kept.length, 3000)
    const other = new Map<number, Place>()
    for (let window = 0; window < 5000; window++) other.set(window, pace.add('ann', { count: 1, windowMs: 1000 }, at(window * 1000 + 700)))
    assert.equal([...other.values()].filter((place) => place.counts).length, 2000)
  })
})

type Place = ReturnType<Pace['add']>
