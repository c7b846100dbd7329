import { strict as assert } from 'node:assert'
import fc from 'fast-check'
import { RECONCILE_FRAME_BYTES } from '../../../src/core/record/limits.ts'
import { FINGERPRINT_BYTES, ID_BYTES } from '../../../src/core/sync/id-sum.ts'
import { ItemSet } from '../../../src/core/sync/item-set.ts'
import type { Item } from '../../../src/core/sync/item-set.ts'
import { MAX_HAVE_PER_ROUND } from '../../../src/core/sync/range-answer.ts'
import { MODE_FINGERPRINT, MODE_ID_LIST, RangeReader } from '../../../src/core/sync/range-codec.ts'
import { createInitiator, MIN_FRAME_BYTES, respond } from '../../../src/core/sync/reconcile.ts'
import { hex, idFor, idsOf, reconcile, setOf, someItems } from './exchange.ts'

const frames = fc.oneof(
  fc.integer({ min: MIN_FRAME_BYTES, max: 6000 }),
  fc.integer({ min: MIN_FRAME_BYTES, max: 60_000 }),
  fc.constant(RECONCILE_FRAME_BYTES)
)

interface Pair {
  readonly a: Item[]
  readonly b: Item[]
}

interface Recipe {
  readonly seed: number
  readonly count: number
  readonly usPerItem: number
  readonly shared: number
  readonly stretches: { onlyA: number; onlyB: number }[]
}

const recipes: fc.Arbitrary<Recipe> = fc.record({
  seed: fc.integer(),
  count: fc.oneof(fc.nat(40), fc.nat(3000)),
  usPerItem: fc.constantFrom(0, 0.01, 0.5, 1, 1_000_000),
  shared: fc.constantFrom(0, 0, 28),
  stretches: fc.array(fc.record({ onlyA: fc.nat(255), onlyB: fc.nat(255) }), { minLength: 1, maxLength: 6 })
})

/** Two sets: which of `count` items each lacks changes along the order, in stretches; times few or many, ids that begin alike or not. */
function pairOf({ seed, count, usPerItem, shared, stretches }: Recipe): Pair {
  const a: Item[] = []
  const b: Item[] = []
  for (let i = 0; i < count; i++) {
    const id = idFor(`${seed} ${i}`)
    const item = { timeUs: Math.floor(i * usPerItem), id: id.slice().fill(9, 0, shared) }
    const stretch = stretches[Math.floor((i * stretches.length) / count)]
    if (stretch === undefined || (id[0] ?? 0) >= stretch.onlyA) b.push(item)
    if (stretch === undefined || (id[1] ?? 0) >= stretch.onlyB) a.push(item)
  }
  return { a, b }
}

function assertFinds({ a, b }: Pair, frameSizeLimit: number): void {
  const { have, need, messages } = reconcile(setOf(a), setOf(b), frameSizeLimit)
  const full = messages.some(({ length }) => length > frameSizeLimit - 1400) || have.length > MAX_HAVE_PER_ROUND
  // A range that was gone through is listed again when the other side, its frame full, closed before it.
  const told = (ids: readonly Uint8Array[]) => (full ? [...new Set(idsOf(ids))] : idsOf(ids))
  const inA = new Set(idsOf(a.map(({ id }) => id)))
  const inB = new Set(idsOf(b.map(({ id }) => id)))
  assert.deepEqual(told(have), [...inA].filter((id) => !inB.has(id)).sort())
  assert.deepEqual(told(need), [...inB].filter((id) => !inA.has(id)).sort())
}

function assertTruthful(message: Uint8Array, writer: ItemSet): void {
  const reader = new RangeReader(message, 1)
  let from = 0
  while (reader.next()) {
    const to = writer.lowerBound(reader.bound.timeUs, reader.bound.prefix)
    const said = message.subarray(reader.payloadOffset)
    if (reader.mode === MODE_FINGERPRINT) assert.equal(hex(said.subarray(0, FINGERPRINT_BYTES)), hex(writer.fingerprint(from, to)))
    if (reader.mode === MODE_ID_LIST) {
      const ids = new Uint8Array((to - from) * ID_BYTES)
      writer.copyIds(from, to, ids, 0)
      assert.equal(hex(said.subarray(0, reader.ids * ID_BYTES)), hex(ids))
    }
    from = to
  }
  assert.equal(reader.fault, undefined)
}

describe('reconciliation', () => {
  it('finds exactly the differences with any frame size, and each once unless a frame was full', function () {
    this.timeout(30_000)
    fc.assert(
      fc.property(recipes, frames, (recipe, frameSizeLimit) => {
        const pair = pairOf(recipe)
        assertFinds(pair, frameSizeLimit)
        assertFinds({ a: pair.b, b: pair.a }, frameSizeLimit)
      }),
      { numRuns: 150 }
    )
  })

  it('every range that is written says exactly what its writer has there', () => {
    fc.assert(
      fc.property(recipes, frames, (recipe, frameSizeLimit) => {
        const { a, b } = pairOf(recipe)
        const sets = [setOf(a), setOf(b)] as const
        const { messages } = reconcile(...sets, frameSizeLimit)
        for (const [i, message] of messages.entries()) assertTruthful(message, sets[i % 2] as ItemSet)
      }),
      { numRuns: 60 }
    )
  })

  it('also where more is lacking than one round tells', () => {
    const all = someItems(0, 70_000)
    assertFinds({ a: all, b: all.filter((_, i) => i % 10_000 === 9999) }, RECONCILE_FRAME_BYTES)
    const others = someItems(100_000, 100_030).map(({ id }, i) => ({ timeUs: (all[i * 2000]?.timeUs ?? 0) + 1, id }))
    assertFinds({ a: all, b: others }, RECONCILE_FRAME_BYTES)
  })

  it('one that only wants to know what it needs is told that alone, in no more rounds', () => {
    fc.assert(
      fc.property(recipes, frames, (recipe, frameSizeLimit) => {
        const { a, b } = pairOf(recipe)
        const both = reconcile(setOf(a), setOf(b), frameSizeLimit)
        const { have, need, messages } = reconcile(setOf(a), setOf(b), frameSizeLimit, { learn: 'need' })
        assert.deepEqual([have, need.map(hex)], [[], both.need.map(hex)])
        assert.deepEqual(messages.map(hex), both.messages.map(hex))
      }),
      { numRuns: 20 }
    )
    const many = setOf(someItems(0, 2 * MAX_HAVE_PER_ROUND + 1))
    assert.equal(reconcile(many, new ItemSet(), RECONCILE_FRAME_BYTES, { learn: 'need' }).roundTrips, 1)
    assert.equal(reconcile(many, new ItemSet(), RECONCILE_FRAME_BYTES).roundTrips, 3)
  })

  it('equal sets: one round trip and a few hundred bytes', () => {
    for (const count of [0, 1, 31, 10_000]) {
      const set = setOf(someItems(0, count))
      const { roundTrips, messages } = reconcile(set, set, RECONCILE_FRAME_BYTES)
      assert.equal(roundTrips, 1)
      assert.ok((messages[0]?.length ?? 0) <= 1000)
      if (count > 31) assert.deepEqual(messages.map(({ length }) => length <= 400), [true, true])
      if (count > 31) assert.equal(messages[1]?.length, 1)
    }
  })

  it('100 000 items with 10 differences: two round trips, under 14 KiB', () => {
    const common = someItems(10, 100_000)
    const mine = setOf([...common, ...someItems(0, 5)])
    const theirs = setOf([...common, ...someItems(5, 10)])
    const { roundTrips, messages, have, need } = reconcile(mine, theirs, RECONCILE_FRAME_BYTES)
    assert.ok(roundTrips <= 3, `${roundTrips} round trips`)
    assert.ok(messages.reduce((sum, { length }) => sum + length, 0) < 14 * 1024)
    assert.deepEqual([have.length, need.length], [5, 5])
  })

  it('both sets may grow between messages: what was there from the start is found', () => {
    fc.assert(
      fc.property(recipes, frames, (recipe, frameSizeLimit) => {
        const { a, b } = pairOf(recipe)
        const mine = setOf(a)
        const theirs = setOf(b)
        const { have, need } = reconcile(mine, theirs, frameSizeLimit, {
          between(roundTrip) {
            for (let i = 0; i < 20 && roundTrip < 20; i++) {
              const id = idFor(`late ${roundTrip} ${i}`)
              ;(i % 2 === 0 ? mine : theirs).insert((id[0] ?? 0) * 10, id)
            }
          }
        })
        const haveIds = new Set(have.map(hex))
        const needIds = new Set(need.map(hex))
        const inA = new Set(a.map(({ id }) => hex(id)))
        const inB = new Set(b.map(({ id }) => hex(id)))
        for (const id of inA) assert.equal(haveIds.has(id), !inB.has(id))
        for (const id of inB) assert.equal(needIds.has(id), !inA.has(id))
      }),
      { numRuns: 60 }
    )
  })

  it('what is found is enough: after the exchange and one more, both have everything', () => {
    fc.assert(
      fc.property(recipes, frames, (recipe, frameSizeLimit) => {
        const { a, b } = pairOf(recipe)
        const mine = setOf(a)
        const theirs = setOf(b)
        const times = new Map([...a, ...b].map(({ timeUs, id }) => [hex(id), timeUs]))
        const { have, need } = reconcile(mine, theirs, frameSizeLimit)
        for (const id of have) theirs.insert(times.get(hex(id)) ?? -1, id)
        for (const id of need) mine.insert(times.get(hex(id)) ?? -1, id)
        assert.deepEqual([...mine], [...theirs])
        assert.equal(reconcile(theirs, mine, frameSizeLimit).roundTrips, 1)
      }),
      { numRuns: 40 }
    )
  })

  it('the same sets give the same bytes, however they were built', () => {
    const items = someItems(0, 5000)
    const shuffled = items.map((_, i) => items[(i * 1999) % items.length] as Item)
    const theirs = setOf(someItems(3, 5007))
    const first = reconcile(setOf(items), theirs, 8192)
    const second = reconcile(setOf(shuffled), theirs, 8192)
    assert.deepEqual(first.messages.map(hex), second.messages.map(hex))
  })

  it('is used as it is meant to be', () => {
    const set = new ItemSet()
    for (const frameSizeLimit of [0, MIN_FRAME_BYTES - 1, RECONCILE_FRAME_BYTES + 1, NaN]) {
      assert.throws(() => createInitiator(set, { frameSizeLimit }), RangeError)
      assert.throws(() => respond(set, new Uint8Array(0), { frameSizeLimit }), RangeError)
    }
    const initiator = createInitiator(set, { frameSizeLimit: MIN_FRAME_BYTES })
    const early = initiator.handle(Uint8Array.of(0x61))
    assert.equal(early.ok ? '' : early.reason, 'unexpected')
    initiator.initiate()
    assert.throws(() => initiator.initiate())
    assert.deepEqual(initiator.handle(Uint8Array.of(0x61)), { ok: true, value: { reply: null, have: [], need: [] } })
    const late = initiator.handle(Uint8Array.of(0x61))
    assert.equal(late.ok ? '' : late.reason, 'unexpected')
  })
})
