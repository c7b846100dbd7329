/** The reader of canonical CBOR against cborg: decoded by it, encoded again and compared. */
import assert from 'node:assert/strict'
import * as cborg from 'cborg'
import fc from 'fast-check'
import { decode, encode } from '../../../src/core/record/codec.ts'
import type { Value } from '../../../src/core/record/codec.ts'

const RUNS = 5_000
const MAX_DEPTH = 10

const { value } = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom<Value>(null, true, false, '', '\ufeffx', Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER) },
    fc.maxSafeInteger(),
    fc.nat(300),
    fc.nat(70_000),
    fc.string({ unit: 'grapheme' }),
    fc.uint8Array({ maxLength: 300 }),
    fc.array(tie('value'), { maxLength: 5 })
  )
}))

function isOurs(found: unknown): boolean {
  if (Array.isArray(found)) return found.every(isOurs)
  return found === null || typeof found === 'boolean' || typeof found === 'string' || found instanceof Uint8Array || Number.isSafeInteger(found)
}

/** What these bytes mean to who does it the long way; undefined if they are not canonical. */
function theLongWay(bytes: Uint8Array): unknown {
  let found: unknown
  try {
    found = cborg.decode(bytes, { strict: true, allowIndefinite: false, useMaps: true })
  } catch {
    return undefined
  }
  return isOurs(found) && Buffer.compare(cborg.encode(found), bytes) === 0 ? found : undefined
}

const BOM = Buffer.of(0xef, 0xbb, 0xbf)

function agree(bytes: Uint8Array): void {
  // cborg drops a byte order mark from the front of a text, and so does not see the text that was signed.
  if (Buffer.from(bytes).includes(BOM)) return
  const decoded = decode(bytes, MAX_DEPTH)
  if (!decoded.ok && decoded.reason === 'too-deep') return
  assert.deepEqual(decoded.ok ? decoded.value : undefined, theLongWay(bytes), Buffer.from(bytes).toString('hex'))
}

describe('canonical encoding', () => {
  it('is read back as the value it was', () => {
    fc.assert(fc.property(value, (given) => {
      const decoded = decode(encode(given), 64)
      assert.ok(decoded.ok)
      assert.deepEqual(decoded.value, given)
    }), { numRuns: RUNS })
  })

  it('is told from every other form exactly as by decoding, encoding and comparing', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 40 }), agree), { numRuns: RUNS * 4 })
    const changes = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 3 })
    fc.assert(fc.property(value, changes, (given, changed) => {
      const bytes = Uint8Array.from(encode(given))
      for (const [at, byte] of changed) bytes[at % bytes.length] = byte
      agree(bytes)
    }), { numRuns: RUNS * 4 })
  }).timeout(30_000)

  it('is believed no further than there are bytes, and nests so deep and no deeper', () => {
    const array = (length: number): number[] => [0x9a, ...[24, 16, 8, 0].map((shift) => (length >>> shift) & 255)]
    assert.deepEqual(decode(Uint8Array.from([...array(0xffffffff), 0])), { ok: false, reason: 'malformed', message: 'it ends before its items do' })
    const nested = (depth: number): Uint8Array => Uint8Array.from([...Array.from({ length: depth }, () => 0x81), 0])
    assert.equal(decode(nested(MAX_DEPTH), MAX_DEPTH).ok, true)
    const bomb = decode(nested(40_000), MAX_DEPTH)
    assert.ok(!bomb.ok && bomb.reason === 'too-deep')
  })
})
