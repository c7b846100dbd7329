import { strict as assert } from 'node:assert'
import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { varintBytes, writeVarint } from '../../../src/core/sync/id-sum.ts'
import { ItemSet } from '../../../src/core/sync/item-set.ts'
import type { Item } from '../../../src/core/sync/item-set.ts'
import { hex, idFor, setOf, someItems } from './exchange.ts'

/** Few times and ids that share long prefixes, so that ties and near misses are usual. */
const closeItem: fc.Arbitrary<Item> = fc
  .record({ timeUs: fc.nat(4), shared: fc.nat(31), rest: fc.uint8Array({ minLength: 32, maxLength: 32 }) })
  .map(({ timeUs, shared, rest }) => ({ timeUs, id: rest.fill(7, 0, shared) }))

function order(a: Item, b: Item): number {
  return a.timeUs - b.timeUs || Buffer.compare(a.id, b.id)
}

function sortedOf(items: readonly Item[]): Item[] {
  return [...items].sort(order).filter((item, i, all) => i === 0 || order(all[i - 1] as Item, item) !== 0)
}

function naiveFingerprint(items: readonly Item[]): string {
  const total = items.reduce((sum, { id }) => (sum + BigInt(`0x${hex(id.slice().reverse())}`)) % (1n << 256n), 0n)
  const bytes = new Uint8Array(32 + varintBytes(items.length))
  bytes.set(Buffer.from(total.toString(16).padStart(64, '0'), 'hex').reverse())
  writeVarint(bytes, 32, items.length)
  return createHash('sha256').update(bytes).digest('hex').slice(0, 32)
}

function assertSame(set: ItemSet, expected: readonly Item[], cuts: readonly Item[]): void {
  assert.equal(set.size, expected.length)
  assert.deepEqual([...set], expected)
  const places = cuts.flatMap(({ timeUs, id }) => [0, 1, 31, 32].map((length) => ({ timeUs, id: id.slice(0, length) })))
  const ranks = [0, expected.length, set.lowerBound(Infinity, new Uint8Array(0))]
  for (const place of places) {
    const padded = new Uint8Array(32)
    padded.set(place.id)
    const naive = expected.filter((item) => order(item, { timeUs: place.timeUs, id: padded }) < 0).length
    assert.equal(set.lowerBound(place.timeUs, place.id), naive)
    ranks.push(naive)
  }
  for (const { timeUs, id } of cuts) assert.equal(set.has(timeUs, id), expected.some((item) => order(item, { timeUs, id }) === 0))
  for (const from of ranks) {
    const to = ranks[(ranks.indexOf(from) * 7 + 3) % ranks.length] ?? 0
    if (from <= to) assertSameRange(set, expected, from, to)
  }
}

function assertSameRange(set: ItemSet, expected: readonly Item[], from: number, to: number): void {
  const range = expected.slice(from, to)
  const ids = range.map(({ id }) => hex(id))
  assert.equal(hex(set.fingerprint(from, to)), naiveFingerprint(range))
  const copied = new Uint8Array(3 + range.length * 32)
  set.copyIds(from, to, copied, 3)
  assert.equal(hex(copied.subarray(3)), ids.join(''))
  const seen: string[] = []
  set.scanIds(from, to, (view, offset, rank) => {
    assert.equal(rank, from + seen.length)
    seen.push(hex(new Uint8Array(view.buffer, view.byteOffset + offset, 32)))
  })
  assert.deepEqual(seen, ids)
  const first = range[0]
  if (first !== undefined) assert.deepEqual({ timeUs: set.timeAt(from), id: set.idAt(from) }, first)
}

describe('item set', () => {
  it('is a sorted array without duplicates, whatever comes in whatever order', () => {
    fc.assert(
      fc.property(fc.array(closeItem, { maxLength: 60 }), fc.array(closeItem, { maxLength: 5 }), (items, others) => {
        const set = new ItemSet()
        const seen = new Set<string>()
        for (const item of [...items, ...items]) {
          const key = `${item.timeUs} ${hex(item.id)}`
          assert.equal(set.insert(item.timeUs, item.id), !seen.has(key))
          seen.add(key)
        }
        assertSame(set, sortedOf(items), [...items.slice(0, 5), ...others])
      }),
      { numRuns: 300 }
    )
  })

  it('the same over many chunks, read while it grows', () => {
    fc.assert(
      fc.property(fc.integer(), fc.constantFrom(1, 3, 100_000), fc.constantFrom('up', 'down', 'mixed'), (seed, times, way) => {
        const items = Array.from({ length: 2500 }, (_, i) => {
          const id = idFor(`${seed} ${i}`)
          return { timeUs: (id[0] ?? 0) * 256 % times + (times > 3 && way !== 'mixed' ? (way === 'up' ? i : 5000 - i) * 100_000 : 0), id }
        })
        const set = new ItemSet()
        for (const [i, { timeUs, id }] of items.entries()) {
          assert.ok(set.insert(timeUs, id))
          if (i % 800 === 700) assertSame(set, sortedOf(items.slice(0, i + 1)), items.slice(i - 2, i + 2))
        }
        assertSame(set, sortedOf(items), items.slice(0, 6))
      }),
      { numRuns: 12 }
    )
  })

  it('is as if what was removed had never come, in few chunks and in many', () => {
    fc.assert(fc.property(fc.integer(), fc.constantFrom(8, 600, 1800), fc.constantFrom(1, 7, 100_000), (seed, count, times) => {
      const items = Array.from({ length: count }, (_, i) => {
        const id = idFor(`${seed} ${i}`)
        return { timeUs: (id[0]! * 256 + id[1]!) % times, id }
      })
      const set = new ItemSet()
      for (const { timeUs, id } of items) set.insert(timeUs, id)
      const isKept = ({ id }: Item): boolean => id[2]! % 3 === 0
      for (const item of items) if (!isKept(item)) assert.ok(set.remove(item.timeUs, item.id))
      for (const { timeUs, id } of items.filter((item) => !isKept(item))) assert.ok(!set.remove(timeUs, id))
      assertSame(set, sortedOf(items.filter(isKept)), items.slice(0, 6))
      for (const { timeUs, id } of items) set.insert(timeUs, id)
      assertSame(set, sortedOf(items), items.slice(0, 6))
      for (const { timeUs, id } of items) assert.ok(set.remove(timeUs, id))
      assertSame(set, [], items.slice(0, 2))
    }), { numRuns: 20 })
  })

  it('keeps what was given, not the buffer it was given in', () => {
    const set = new ItemSet()
    const id = idFor(1)
    set.insert(5, id)
    id.fill(0)
    assert.deepEqual([...set], [{ timeUs: 5, id: idFor(1) }])
    set.idAt(0).fill(0)
    assert.ok(set.has(5, idFor(1)))
  })

  it('sums carry through all 256 bits and beyond', () => {
    const ones = new Uint8Array(32).fill(0xff)
    const items = Array.from({ length: 1500 }, (_, timeUs) => ({ timeUs, id: ones }))
    assertSame(setOf(items), items, items.slice(700, 704))
  })

  it('takes the first and the last possible time, and nothing that is none', () => {
    const set = new ItemSet()
    assert.ok(set.insert(Number.MAX_SAFE_INTEGER, idFor(1)))
    assert.ok(set.insert(0, idFor(1)))
    assert.equal(set.lowerBound(Infinity, new Uint8Array(0)), 2)
    for (const timeUs of [-1, 0.5, NaN, Infinity, 2 ** 53]) assert.throws(() => set.insert(timeUs, idFor(2)), RangeError)
    for (const length of [0, 31, 33]) assert.throws(() => set.insert(1, new Uint8Array(length)), RangeError)
    assert.equal(set.size, 2)
  })

  it('takes at most 50 bytes an item, in order and out of order', () => {
    const count = 100_000
    for (const stride of [1, 48_271]) {
      const set = new ItemSet()
      const id = new Uint8Array(32)
      for (let i = 0; i < count; i++) {
        const at = (i * stride) % count
        id.set([at & 0xff, (at >>> 8) & 0xff, at >>> 16])
        set.insert(at, id)
      }
      assert.equal(set.size, count)
      assert.ok(set.bytes <= count * 50, `${set.bytes} bytes for ${count} items`)
    }
    assert.ok(setOf(someItems(0, 1)).bytes <= 4096)
  })
})
