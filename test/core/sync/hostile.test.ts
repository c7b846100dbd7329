import { strict as assert } from 'node:assert'
import fc from 'fast-check'
import { RECONCILE_FRAME_BYTES } from '../../../src/core/record/limits.ts'
import { varintBytes, writeVarint } from '../../../src/core/sync/id-sum.ts'
import type { ItemRanges, ItemSet } from '../../../src/core/sync/item-set.ts'
import { MAX_HAVE_PER_ROUND, MAX_RECONCILE_RANGES } from '../../../src/core/sync/range-answer.ts'
import { createInitiator, MAX_ROUNDS_WITHOUT_GAIN, MIN_FRAME_BYTES, respond, roundsFor } from '../../../src/core/sync/reconcile.ts'
import type { Initiator } from '../../../src/core/sync/reconcile.ts'
import { idFor, reconcile, setOf, someItems } from './exchange.ts'

const frameSizeLimit = MIN_FRAME_BYTES
const set = setOf(someItems(0, 2000))

/** Goes on with an exchange in which `twist` may change any message, up to `most` round trips; returns how many there were. */
function meddle(initiator: Initiator, theirs: ItemRanges, most: number, twist: (message: Uint8Array) => Uint8Array): number {
  let query: Uint8Array | null = initiator.initiate()
  for (let roundTrip = 1; roundTrip <= most; roundTrip++) {
    const answer = respond(theirs, twist(query), { frameSizeLimit })
    if (!answer.ok) return roundTrip
    const round = initiator.handle(twist(answer.value))
    if (!round.ok || round.value.reply === null) return roundTrip
    query = round.value.reply
  }
  return most + 1
}

function message(...parts: readonly (number | readonly number[] | Uint8Array)[]): Uint8Array {
  return Uint8Array.from([0x61, ...parts.flatMap((part) => (typeof part === 'number' ? [part] : [...part]))])
}

function varint(value: number): number[] {
  const bytes = new Uint8Array(varintBytes(value))
  writeVarint(bytes, 0, value)
  return [...bytes]
}

/** What answering did with the set, in items and calls. */
class Counted implements ItemRanges {
  fingerprinted = 0
  scanned = 0
  copied = 0
  calls = 0
  readonly #set: ItemSet

  constructor(items: ItemSet) {
    this.#set = items
  }

  get size(): number {
    return this.#set.size
  }

  lowerBound(timeUs: number, prefix: Uint8Array): number {
    this.calls += 1
    return this.#set.lowerBound(timeUs, prefix)
  }

  timeAt(rank: number): number {
    this.calls += 1
    return this.#set.timeAt(rank)
  }

  idAt(rank: number): Uint8Array {
    this.calls += 1
    return this.#set.idAt(rank)
  }

  copyIds(from: number, to: number, target: Uint8Array, offset: number): void {
    this.copied += to - from
    this.#set.copyIds(from, to, target, offset)
  }

  scanIds(from: number, to: number, visit: (view: DataView, offset: number, rank: number) => void): void {
    this.scanned += to - from
    this.#set.scanIds(from, to, visit)
  }

  fingerprint(from: number, to: number): Uint8Array {
    this.calls += 1
    this.fingerprinted += to - from
    return this.#set.fingerprint(from, to)
  }
}

describe('reconciliation with a hostile side', () => {
  it('arbitrary bytes are answered or refused, and never throw', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.uint8Array({ maxLength: 200 }).map((tail) => message(tail)),
      fc.array(fc.constantFrom(0, 1, 2, 16, 32, 127, 128, 255), { maxLength: 60 }).map((tail) => message(tail))
    )
    fc.assert(
      fc.property(bytes, (hostile) => {
        const answer = respond(set, hostile, { frameSizeLimit })
        assert.ok(!answer.ok || answer.value.length <= frameSizeLimit)
        const initiator = createInitiator(set, { frameSizeLimit })
        initiator.initiate()
        const round = initiator.handle(hostile)
        assert.ok(!round.ok || (round.value.reply?.length ?? 0) <= frameSizeLimit)
      }),
      { numRuns: 3000 }
    )
  })

  it('messages changed on the way never throw, and the exchange ends', () => {
    const theirs = setOf(someItems(100, 2100).filter((_, i) => i % 97 !== 0))
    const change = fc.record({
      kind: fc.constantFrom('none', 'flip', 'insert', 'delete', 'cut', 'repeat'),
      at: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      byte: fc.integer({ min: 1, max: 255 })
    })
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 8 }), (changes) => {
        let turn = 0
        const trips = meddle(createInitiator(set, { frameSizeLimit }), theirs, 200, (original) => {
          const step = changes[turn++ % changes.length]
          const at = Math.floor((step?.at ?? 0) * original.length)
          const bytes = [...original]
          if (step?.kind === 'flip') bytes[at] = (bytes[at] ?? 0) ^ step.byte
          if (step?.kind === 'insert') bytes.splice(at, 0, step.byte)
          if (step?.kind === 'delete') bytes.splice(at, 1)
          if (step?.kind === 'cut') bytes.splice(at)
          if (step?.kind === 'repeat') bytes.splice(at, 0, ...bytes.slice(at))
          return Uint8Array.from(bytes)
        })
        assert.ok(trips <= 200)
      }),
      { numRuns: 500 }
    )
  })

  it('a malformed message changes nothing: the right one is still taken', () => {
    const theirs = setOf(someItems(5, 2005))
    const initiator = createInitiator(set, { frameSizeLimit })
    const answer = respond(theirs, initiator.initiate(), { frameSizeLimit })
    assert.ok(answer.ok)
    const bad = initiator.handle(Uint8Array.from([...answer.value, 0x80]))
    assert.equal(bad.ok ? '' : bad.reason, 'malformed')
    const round = initiator.handle(answer.value)
    assert.ok(round.ok && round.value.reply !== null)
  })

  it('another version: the responder says its own, the initiator gives up', () => {
    const answer = respond(set, Uint8Array.of(0x62, 1, 2, 3), { frameSizeLimit })
    assert.deepEqual(answer, { ok: true, value: Uint8Array.of(0x61) })
    const initiator = createInitiator(set, { frameSizeLimit })
    initiator.initiate()
    const round = initiator.handle(Uint8Array.of(0x60))
    assert.equal(round.ok ? '' : round.reason, 'unsupported-version')
  })

  it('a message above the frame, and one of too many ranges, are refused', () => {
    const long = respond(set, message(new Uint8Array(RECONCILE_FRAME_BYTES)), { frameSizeLimit })
    assert.equal(long.ok ? '' : long.reason, 'too-long')
    const ranges = (count: number) => message(new Uint8Array(count * 3).map((_, i) => (i % 3 === 0 ? 1 : 0)))
    assert.ok(respond(set, ranges(MAX_RECONCILE_RANGES), { frameSizeLimit }).ok)
    const many = respond(set, ranges(MAX_RECONCILE_RANGES + 1), { frameSizeLimit })
    assert.equal(many.ok ? '' : many.reason, 'too-many-ranges')
  })

  it('one that never agrees is given up after a bounded number of rounds', () => {
    const initiator = createInitiator(set, { frameSizeLimit })
    initiator.initiate()
    const never = message(0, 0, 1, new Uint8Array(16))
    for (let i = 0; i < MAX_ROUNDS_WITHOUT_GAIN; i++) assert.ok(initiator.handle(never).ok)
    const last = initiator.handle(never)
    assert.equal(last.ok ? '' : last.reason, 'too-many-rounds')
  })

  it('one that always names another new id is given up as well', () => {
    const initiator = createInitiator(setOf(someItems(0, 64)), { frameSizeLimit: RECONCILE_FRAME_BYTES })
    initiator.initiate()
    const most = roundsFor(RECONCILE_FRAME_BYTES)
    const anew = (i: number) => message(2, 0, 2, 1, idFor(`new ${i}`), 0, 0, 1, new Uint8Array(16))
    for (let i = 0; i < most; i++) assert.ok(initiator.handle(anew(i)).ok)
    const last = initiator.handle(anew(most))
    assert.equal(last.ok ? '' : last.reason, 'too-many-rounds')
    assert.ok(most < 1000)
  })

  it('one that has nothing is told of a bounded number of ids a round', () => {
    const count = MAX_HAVE_PER_ROUND + 1000
    const initiator = createInitiator(setOf(someItems(0, count)), { frameSizeLimit: RECONCILE_FRAME_BYTES })
    initiator.initiate()
    const round = initiator.handle(message(0, 0, 2, 0))
    assert.ok(round.ok && round.value.reply !== null)
    assert.equal(round.value.have.length, MAX_HAVE_PER_ROUND)
    const next = initiator.handle(message(0, 0, 2, 0))
    assert.ok(next.ok)
    assert.equal(next.value.have.length, MAX_HAVE_PER_ROUND)
  })

  describe('work is bounded by the size of the message and of the set', () => {
    const count = 100_000
    const large = setOf(someItems(0, count))
    const start = [...varint(someItems(0, 1)[0]?.timeUs ?? 0)]
    const wrong = new Uint8Array(16).fill(1)
    const repeated = (times: number, range: number[]) => Array.from({ length: times }, () => range)
    /** Fingerprints, all wrong, of ranges `stepUs` apart. */
    const fingerprints = (ranges: number, stepUs: number) =>
      message(start, 0, 0, ...repeated(ranges, [...varint(stepUs + 1), 0, 1, ...wrong]))
    const lists = (ranges: number, stepUs: number, ids: Uint8Array[]) =>
      message(start, 0, 0, ...repeated(ranges, [...varint(stepUs + 1), 0, 2, ids.length, ...ids.flatMap((id) => [...id])]))
    const alike = (ids: number) => new Uint8Array(ids * 32).map((_, i) => (i % 32 < 28 ? 0 : i >>> ((i % 4) * 8)))
    const hostile = {
      'one wrong fingerprint': message(0, 0, 1, wrong),
      'wrong fingerprints of every two items': fingerprints(40_000, 3_000_000),
      'wrong fingerprints of nothing': fingerprints(50_000, 0),
      'empty lists of every two items': lists(50_000, 3_000_000, []),
      'empty lists of nothing': lists(100_000, 0, []),
      'one empty list': message(0, 0, 2, 0),
      'one list of one id': message(0, 0, 2, 1, idFor('x')),
      'one list of ids that begin alike': message(0, 0, 2, varint(30_000), alike(30_000)),
      'lists of one id each': lists(20_000, 7_000_000, [idFor('y')]),
      'skips': message(new Uint8Array(300_000).map((_, i) => (i % 3 === 0 ? 1 : 0)))
    }
    for (const [name, bytes] of Object.entries(hostile)) {
      it(name, () => {
        for (const limit of [MIN_FRAME_BYTES, RECONCILE_FRAME_BYTES]) {
          const counted = new Counted(large)
          const answer = respond(counted, bytes, { frameSizeLimit: limit })
          assert.ok(answer.ok && answer.value.length <= limit)
          assertBounded(counted, bytes.length, limit)

          const learning = new Counted(large)
          const initiator = createInitiator(learning, { frameSizeLimit: limit })
          initiator.initiate()
          Object.assign(learning, { fingerprinted: 0, scanned: 0, copied: 0, calls: 0 })
          const round = initiator.handle(bytes)
          assert.ok(round.ok && (round.value.reply?.length ?? 0) <= limit)
          assertBounded(learning, bytes.length, limit)
        }
      })
    }

    function assertBounded(work: Counted, messageBytes: number, limit: number): void {
      assert.ok(work.fingerprinted <= 3 * count, `${work.fingerprinted} items fingerprinted`)
      assert.ok(work.scanned <= count, `${work.scanned} items looked up`)
      assert.ok(work.copied * 32 <= limit + 32 * 32, `${work.copied} ids copied`)
      // Each range in: a bound and a fingerprint. Each range out: a fingerprint and the items beside its bound.
      assert.ok(work.calls <= 2 * (messageBytes / 3) + 5 * (limit / 18) + 100, `${work.calls} calls`)
    }
  })

  it('an exchange of honest sides is far from every bound on rounds', () => {
    const mine = someItems(0, 20_000)
    const theirs = mine.filter((_, i) => i % 7 !== 0)
    let idle = 0
    let mostIdle = 0
    let seen = 0
    const initiator = createInitiator(setOf(mine), { frameSizeLimit })
    let query: Uint8Array | null = initiator.initiate()
    const other = setOf(theirs)
    while (query !== null) {
      const answer = respond(other, query, { frameSizeLimit })
      assert.ok(answer.ok)
      const round = initiator.handle(answer.value)
      assert.ok(round.ok)
      idle = round.value.have.length + round.value.need.length === 0 ? idle + 1 : 0
      mostIdle = Math.max(mostIdle, idle)
      seen += round.value.have.length
      query = round.value.reply
    }
    assert.equal(seen, mine.length - theirs.length)
    assert.ok(mostIdle <= 14, `${mostIdle} rounds without a difference`)
    assert.ok(reconcile(setOf(mine), other, RECONCILE_FRAME_BYTES).roundTrips <= 4)
  })
})
