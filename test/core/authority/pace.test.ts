import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { Rate } from '../../../src/core/authority/actions/policy.ts'
import { counted, Pace } from '../../../src/core/authority/pace.ts'
import type { Paced } from '../../../src/core/authority/pace.ts'

const RUNS = Number(process.env['RUNS'] ?? 1000)
const WINDOW: Rate = { count: 3, windowMs: 1000 }
const DAY_MS = 86_400_000
const LONGEST_MS = 3000
const at = (ms: number, id = `m${ms}`, limit = WINDOW): Paced => ({ id, timeUs: ms * 1000, limit })

/** The rule as the specification says it, with nothing taken over from the code. */
function naive(messages: readonly Paced[]): Set<string> {
  const sorted = [...messages].sort((a, b) => (a.timeUs !== b.timeUs ? a.timeUs - b.timeUs : a.id < b.id ? -1 : 1))
  const counting: Paced[] = []
  for (const one of sorted) {
    const width = one.limit.windowMs * 1000
    const isInWindow = (other: Paced): boolean =>
      [width, 8.64e10].every((length) => Math.floor(other.timeUs / length) === Math.floor(one.timeUs / length))
    if (counting.filter(isInWindow).length < one.limit.count) counting.push(one)
  }
  return new Set(counting.map(({ id }) => id))
}

const oneLength = fc.integer({ min: 1, max: 4 }).map((count): Rate => ({ count, windowMs: 1000 }))
const nested = fc.record({ count: fc.integer({ min: 1, max: 4 }), windowMs: fc.constantFrom(100, 500, 1000, LONGEST_MS) })
const anyLength = fc.record({ count: fc.integer({ min: 1, max: 4 }), windowMs: fc.constantFrom(100, 500, 700, 1000, LONGEST_MS) })

/** Times around midnight, at which all windows end. */
function messagesOf(limit: fc.Arbitrary<Rate>): fc.Arbitrary<Paced[]> {
  const one = fc.record({ id: fc.nat(60).map((n) => `m${n}`), timeUs: fc.nat(60).map((n) => (DAY_MS - 3000 + n * 100) * 1000), limit })
  return fc.uniqueArray(one, { selector: ({ id }) => id, maxLength: 40 })
}

const orders = fc.infiniteStream(fc.nat())

function shuffled(messages: readonly Paced[], random: Iterator<number>): Paced[] {
  return messages.map((one) => ({ one, key: random.next().value as number })).sort((a, b) => a.key - b.key).map(({ one }) => one)
}

/** A node that stores what counts, deletes what is displaced unless it `keeps` it, and asks again for what was refused when it may count after all. */
class Keeper {
  readonly stored = new Map<string, Paced>()
  readonly #keeps: (id: string) => boolean
  readonly #pace: Pace

  constructor(keeps: (id: string) => boolean, longestMs = LONGEST_MS) {
    this.#keeps = keeps
    const isWithin = ({ timeUs }: Paced, fromUs: number, toUs: number): boolean => timeUs >= fromUs && timeUs < toUs
    this.#pace = new Pace((_, fromUs, toUs) => [...this.stored.values()].filter((one) => isWithin(one, fromUs, toUs)), longestMs)
  }

  take(one: Paced): void {
    const asked = this.#pace.ask('ann', one)
    const { counts, displaced, frees } = this.#pace.add('ann', one)
    assert.deepEqual(asked, { counts, displaced, frees, nextMs: asked.nextMs })
    assert.equal(this.#pace.refused(one.id), !counts)
    if (counts) this.stored.set(one.id, one)
    for (const id of displaced) {
      if (this.#keeps(id)) continue
      this.#pace.remove('ann', this.stored.get(id)!)
      this.stored.delete(id)
    }
  }

  get counting(): Set<string> {
    return new Set([...this.stored.values()].filter((one) => this.#pace.ask('ann', one).counts).map(({ id }) => id))
  }
}

describe('pace', () => {
  it('counts the first few of each window by time and id', () => {
    const all = [at(0), at(10), at(20), at(30), at(999), at(1000), at(1001), at(20, 'm1')]
    assert.deepEqual(counted(all).map(({ id }) => id), ['m0', 'm10', 'm1', 'm1000', 'm1001'])
  })

  it('counts all in a window together, whatever limits they have', () => {
    const rates = [10, 20, 30, 40].map((count): Rate => ({ count, windowMs: 10_000 }))
    const all = rates.flatMap((limit, n) => Array.from({ length: 200 }, (_, i) => at(n * 2000 + i * 10, `m${n}-${i}`, limit)))
    assert.equal(counted(all).length, 40)
    const slow = [60_000, 30_000].flatMap((windowMs, n) => Array.from({ length: 20 }, (_, i) => at(n * 100 + i, `s${n}-${i}`, { count: 1, windowMs })))
    assert.equal(counted(slow).length, 1)
  })

  it('tells the sender when there is room again, and changes nothing by being asked', () => {
    const pace = new Pace(() => [], 1000)
    for (const ms of [100, 200, 300]) assert.ok(pace.ask('ann', at(ms)).counts)
    for (const ms of [100, 200, 300]) assert.ok(pace.add('ann', at(ms)).counts)
    assert.deepEqual(pace.ask('ann', at(400)), { counts: false, displaced: [], frees: false, nextMs: 1000 })
    assert.ok(pace.add('ann', at(1000)).counts)
    assert.ok(pace.add('bob', at(400)).counts)
  })

  it('lets one that comes late push the last one out', () => {
    const pace = new Pace(() => [], 1000)
    for (const ms of [100, 200, 300]) pace.add('ann', at(ms))
    assert.deepEqual(pace.add('ann', at(150)), { counts: true, displaced: ['m300'], frees: false, nextMs: 1000 })
    assert.ok(pace.refused('m300'))
    assert.ok(!pace.add('ann', at(300)).counts)
  })

  it('12 is what the specification says', () => {
    fc.assert(fc.property(messagesOf(anyLength), (all) => {
      assert.deepEqual(new Set(counted(all).map(({ id }) => id)), naive(all))
    }), { numRuns: RUNS })
  })

  it('12 refuses the same on all nodes, in any order, with what was displaced kept or not', () => {
    fc.assert(fc.property(messagesOf(oneLength), orders, fc.func(fc.boolean()), (all, random, keeps) => {
      const keeper = new Keeper(keeps, 1000)
      for (const one of shuffled(all, random)) keeper.take(one)
      assert.deepEqual(keeper.counting, naive(all))
      for (const one of shuffled(all, random)) keeper.take(one)
      assert.deepEqual(keeper.counting, naive(all))
    }), { numRuns: RUNS })
  })

  it('12 comes to the same with windows of any lengths, once all that may count was offered again', () => {
    fc.assert(fc.property(messagesOf(anyLength), orders, fc.func(fc.boolean()), (all, random, keeps) => {
      const keeper = new Keeper(keeps)
      let before: string
      do {
        before = [...keeper.counting].sort().join()
        for (const one of shuffled(all, random)) keeper.take(one)
      } while (before !== [...keeper.counting].sort().join())
      assert.deepEqual(keeper.counting, naive(all))
    }), { numRuns: RUNS })
  })

  it('12 never takes back what was refused, while windows have one length', () => {
    fc.assert(fc.property(messagesOf(oneLength), (all) => {
      for (let n = 1; n <= all.length; n++) {
        const [before, after] = [naive(all.slice(0, n - 1)), naive(all.slice(0, n))]
        for (const one of all.slice(0, n - 1)) if (!before.has(one.id)) assert.ok(!after.has(one.id))
      }
    }), { numRuns: RUNS })
  })

  it('12 refused ones change nothing for the others', () => {
    fc.assert(fc.property(messagesOf(anyLength), (all) => {
      const first = naive(all)
      assert.deepEqual(naive(all.filter((one) => first.has(one.id))), first)
    }), { numRuns: RUNS })
  })

  it('12 lets no window hold more than one of the limits allows, while each length divides the next', () => {
    fc.assert(fc.property(messagesOf(nested), (all) => {
      for (const { limit: { windowMs } } of all) {
        const allowed = Math.max(...all.map(({ limit }) => limit.count * Math.max(1, windowMs / limit.windowMs)))
        const windows = new Map<number, number>()
        for (const { timeUs } of counted(all)) {
          const window = Math.floor(timeUs / windowMs / 1000)
          windows.set(window, (windows.get(window) ?? 0) + 1)
        }
        for (const count of windows.values()) assert.ok(count <= allowed, `${count} of ${allowed} in ${windowMs} ms`)
      }
    }), { numRuns: RUNS })
  })

  it('keeps a bounded number of windows, and reads those anew that it let go', () => {
    const kept: Paced[] = []
    const one = { count: 1, windowMs: 1000 }
    const pace = new Pace((_, fromUs, toUs) => kept.filter(({ timeUs }) => timeUs >= fromUs && timeUs < toUs), 1000)
    for (let n = 0; n < 6000; n++) {
      const message = at(n * 500, `m${n}`, one)
      if (pace.add('ann', message).counts) kept.push(message)
    }
    assert.equal(kept.length, 3000)
    let counts = 0
    for (let window = 0; window < 5000; window++) if (pace.add('ann', at(window * 1000 + 700, `x${window}`, one)).counts) counts++
    assert.equal(counts, 2000)
  })
})
