import assert from 'node:assert/strict'
import fc from 'fast-check'
import { concatBytes, fromHex } from '../../../src/core/record/bytes.ts'
import { decode, encode } from '../../../src/core/record/codec.ts'
import type { Value } from '../../../src/core/record/codec.ts'
import { createSigner, isSmallOrder, verifySignature } from '../../../src/core/record/keys.ts'
import { KIND } from '../../../src/core/record/kinds.ts'
import { MAX_RECORD_BYTES, MAX_TEXT_BYTES, MAX_TIME_US } from '../../../src/core/record/limits.ts'
import { linePayload } from '../../../src/core/record/payloads.ts'
import { compareRecords, createRecord, decodeRecord, verifyRecord } from '../../../src/core/record/record.ts'
import type { RecordFields } from '../../../src/core/record/record.ts'
import { ann, filled, genesis, line, TIME_US } from './samples.ts'

const RUNS = { numRuns: Number(process.env['RUNS'] ?? 500) }
const ids = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes).toString('hex'))
const value: fc.Arbitrary<Value> = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', maxDepth: 5 },
    fc.constant(null),
    fc.boolean(),
    fc.maxSafeInteger(),
    fc.string({ unit: 'grapheme', maxLength: 20 }),
    fc.uint8Array({ maxLength: 300 }),
    fc.array(tie('value'), { maxLength: 5 })
  )
})).value

const fields: fc.Arbitrary<RecordFields> = fc.record({
  kind: fc.constantFrom(KIND.say, KIND.action),
  room: ids,
  timeUs: fc.integer({ min: 0, max: MAX_TIME_US }),
  prev: fc.option(ids),
  parents: fc.uniqueArray(ids, { maxLength: 16 }),
  auth: fc.uniqueArray(ids, { minLength: 1, maxLength: 8 }),
  payload: fc
    .tuple(fc.string({ maxLength: 16 }), fc.string({ unit: 'grapheme', minLength: 1, maxLength: 200 }), fc.option(fc.uint8Array({ minLength: 32, maxLength: 32 })))
    .map(([nick, text, replyTo]) => linePayload({ nick, text, replyTo }))
})

describe('the codec', () => {
  it('gives back what it was given', () => {
    fc.assert(
      fc.property(value, (given) => {
        const decoded = decode(encode(given))
        assert.ok(decoded.ok)
        assert.deepEqual(decoded.value, given)
      }),
      RUNS
    )
  })

  it('never throws, and accepts only what it would write itself', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        const decoded = decode(bytes)
        if (decoded.ok) assert.deepEqual(encode(decoded.value), bytes)
      }),
      { numRuns: RUNS.numRuns * 10 }
    )
  })

  const refused: Record<string, string> = {
    'a long form of a small number': '1817',
    'an indefinite array': '9f01ff',
    'an indefinite string': '5f4101ff',
    'a float': 'f93c00',
    'a map': 'a10102',
    'a tag': 'c001',
    'undefined': 'f7',
    'a number beyond the safe integers': '1b0020000000000000',
    'trailing bytes': '0101',
    'invalid UTF-8': '61ff',
    'a truncated string': '4401',
    'an array that claims more than there is': '9b00000000ffffffff',
    'nothing': ''
  }
  for (const [name, hex] of Object.entries(refused)) {
    it(`refuses ${name}`, () => assert.equal(decode(fromHex(hex)).ok, false))
  }

  it('refuses nesting before it can hurt', () => {
    const bomb = new Uint8Array(MAX_RECORD_BYTES).fill(0x81)
    const outcome = decode(bomb)
    assert.ok(!outcome.ok && outcome.reason === 'too-deep')
  })
})

describe('records', () => {
  it('are read back as they were signed', () => {
    fc.assert(
      fc.property(fields, (given) => {
        const record = createRecord(ann, given)
        const decoded = decodeRecord(record.bytes)
        assert.ok(decoded.ok, decoded.ok ? '' : decoded.message)
        assert.deepEqual(decoded.value, record)
        assert.ok(verifyRecord(decoded.value))
      }),
      RUNS
    )
  })

  it('never make the decoder throw, nor change unnoticed', () => {
    fc.assert(
      fc.property(fields, fc.nat(), fc.integer({ min: 1, max: 255 }), (given, at, flip) => {
        const { bytes } = createRecord(ann, given)
        const mutated = Uint8Array.from(bytes)
        mutated[at % mutated.length]! ^= flip
        const decoded = decodeRecord(mutated)
        if (decoded.ok) assert.equal(verifyRecord(decoded.value), false, 'a changed record has no valid signature')
      }),
      RUNS
    )
    fc.assert(fc.property(fc.uint8Array({ maxLength: 500 }), (bytes) => void decodeRecord(bytes)), { numRuns: RUNS.numRuns * 10 })
  })

  it('sort by time, then id', () => {
    const early = line(ann, 'a', { timeUs: 5 })
    const late = line(ann, 'b', { timeUs: 6 })
    const twin = line(ann, 'c', { timeUs: 5 })
    const sorted = [late, early, twin].sort(compareRecords)
    assert.equal(sorted[2], late)
    assert.ok(sorted[0]!.id < sorted[1]!.id)
  })

  const body = (change: (fields: Value[]) => void): Uint8Array => {
    const inner: Value[] = [1, KIND.say, fromHex(genesis.id), ann.publicKey, TIME_US, null, [], [fromHex(genesis.id)], ['ann', 'hi', null]]
    change(inner)
    return encode([encode(inner), filled(0, 64)])
  }
  const bad: Record<string, [string, Uint8Array]> = {
    'another version': ['unknown-version', body((f) => void (f[0] = 2))],
    'a later version with more fields': ['unknown-version', body((f) => void ((f[0] = 2), f.push(1)))],
    'a kind out of range': ['malformed', body((f) => void (f[1] = 0))],
    'a kind beyond all ranges': ['malformed', body((f) => void (f[1] = 192))],
    'a message without a room': ['malformed', body((f) => void (f[2] = null))],
    'a small-order author': ['weak-key', body((f) => void (f[3] = filled(0)))],
    'a short author': ['malformed', body((f) => void (f[3] = filled(1, 31)))],
    'a negative time': ['malformed', body((f) => void (f[4] = -1))],
    'a time beyond 2100': ['malformed', body((f) => void (f[4] = MAX_TIME_US + 1))],
    'a message without authority heads': ['malformed', body((f) => void (f[7] = []))],
    'parents that are not ascending': ['malformed', body((f) => void (f[6] = [filled(2), filled(1)]))],
    'a parent twice': ['malformed', body((f) => void (f[6] = [filled(2), filled(2)]))],
    'too many parents': ['malformed', body((f) => void (f[6] = Array.from({ length: 17 }, (_, i) => filled(i))))],
    'an empty text': ['malformed', body((f) => void (f[8] = ['ann', '', null]))],
    'an oversized text': ['too-long', body((f) => void (f[8] = ['ann', 'x'.repeat(MAX_TEXT_BYTES + 1), null]))],
    'an oversized nick': ['malformed', body((f) => void (f[8] = ['x'.repeat(65), 'hi', null]))],
    'a payload of another shape': ['malformed', body((f) => void (f[8] = ['ann', 'hi']))],
    'a genesis with a room': ['malformed', body((f) => void (f[1] = KIND.genesis))],
    'an authority record with auth heads': ['malformed', body((f) => void (f[1] = 127))],
    'ten fields': ['malformed', body((f) => void f.push(1))],
    'more bytes than a record may have': ['too-long', new Uint8Array(MAX_RECORD_BYTES + 1)],
    'a signature of the wrong length': ['malformed', encode([encode([1]), filled(0, 63)])]
  }
  for (const [name, [reason, bytes]] of Object.entries(bad)) {
    it(`refuses ${name}`, () => {
      const decoded = decodeRecord(bytes)
      assert.ok(!decoded.ok)
      assert.equal(decoded.reason, reason)
    })
  }

  it('the shape that those are changed from is good', () => assert.ok(decodeRecord(body(() => undefined)).ok))
})

describe('keys', () => {
  it('refuses every point of small order, as counted by arithmetic of its own', () => {
    const points = smallOrderPoints()
    assert.equal(points.length, 8)
    for (const encoded of points) assert.ok(isSmallOrder(encoded), Buffer.from(encoded).toString('hex'))
    assert.equal(isSmallOrder(ann.publicKey), false)
  })

  it('a key that is no point verifies nothing and does not throw', () => {
    assert.equal(verifySignature('02'.repeat(32), filled(1), filled(1, 64)), false)
    assert.equal(verifySignature('00'.repeat(32), filled(1), filled(0, 64)), false)
  })

  it('signatures bind the domain: one over the bare id is not one over a record', () => {
    const record = line(ann, 'hi')
    const bare = createSigner(filled(1)).sign(fromHex(record.id))
    assert.equal(verifyRecord({ ...record, signature: bare }), false)
    assert.equal(verifyRecord(record), true)
    assert.notDeepEqual(concatBytes(record.signature), bare)
  })
})

/** The torsion points of edwards25519, found by multiplying points by the group's prime order. */
function smallOrderPoints(): Uint8Array[] {
  const P = 2n ** 255n - 19n
  const L = 2n ** 252n + 27742317777372353535851937790883648493n
  const mod = (x: bigint): bigint => ((x % P) + P) % P
  const power = (base: bigint, exponent: bigint): bigint => {
    let result = 1n
    for (let b = mod(base), e = exponent; e > 0n; e >>= 1n, b = mod(b * b)) if (e & 1n) result = mod(result * b)
    return result
  }
  const invert = (x: bigint): bigint => power(x, P - 2n)
  const D = mod(-121665n * invert(121666n))
  type Point = readonly [bigint, bigint]
  const add = ([x1, y1]: Point, [x2, y2]: Point): Point => {
    const k = mod(D * x1 * x2 % P * y1 * y2)
    return [mod((x1 * y2 + x2 * y1) * invert(1n + k)), mod((y1 * y2 + x1 * x2) * invert(1n - k))]
  }
  const times = (point: Point, by: bigint): Point => {
    let result: Point = [0n, 1n]
    for (let p = point, e = by; e > 0n; e >>= 1n, p = add(p, p)) if (e & 1n) result = add(result, p)
    return result
  }
  const found = new Map<string, Uint8Array>()
  for (let y = 2n; found.size < 8 && y < 200n; y++) {
    const xx = mod((y * y - 1n) * invert(D * y * y + 1n))
    let x = power(xx, (P + 3n) / 8n)
    if (mod(x * x) !== xx) x = mod(x * power(2n, (P - 1n) / 4n))
    if (mod(x * x) !== xx) continue
    const torsion = times([x, y], L)
    for (let k = 0n, point: Point = [0n, 1n]; k < 8n; k++, point = add(point, torsion)) {
      const encoded = Uint8Array.from({ length: 32 }, (_, i) => Number((point[1] >> BigInt(8 * i)) & 255n))
      encoded[31]! |= Number(point[0] & 1n) << 7
      found.set(Buffer.from(encoded).toString('hex'), encoded)
    }
  }
  return [...found.values()]
}
