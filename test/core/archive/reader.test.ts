import { strict as assert } from 'node:assert'
import fc from 'fast-check'
import { fromBase64, toBase64 } from '../../../src/core/record/bytes.ts'
import { MAX_NAMED_FLAWS } from '../../../src/core/record/limits.ts'
import { ann, bob, genesis, line, presence, TIME_US } from '../record/samples.ts'
import { archiveOf, check } from './checking.ts'

const first = line(ann, 'hello', { prev: genesis.id })
const second = line(bob, 'hello ann', { parents: [first.id], timeUs: TIME_US + 2_000_000 })
const third = line(ann, 'tea?', { prev: first.id, parents: [second.id], timeUs: TIME_US + 3_000_000 })
const records = [genesis, first, second, third]
const whole = archiveOf(records)
const lines = whole.split('\n').slice(0, -1)

const withLine = (at: number, text: string): string => [...lines.slice(0, at), text, ...lines.slice(at + 1), ''].join('\n')

describe('base64', () => {
  it('is that of everybody else, and each sequence of bytes has one form', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
      const text = Buffer.from(bytes).toString('base64')
      assert.equal(toBase64(bytes), text)
      assert.deepEqual(fromBase64(text), bytes)
    }))
    for (const text of ['A', 'AA', 'AAA', 'AA=', 'AA=A', 'AB==', 'AAB=', '=AAA', 'AA==AAAA', 'AA A', 'AA-_', 'AAA\n', 'AAAé', '===='] ) {
      assert.equal(fromBase64(text), undefined, text)
    }
  })
})

describe('an archive', () => {
  it('is read whatever pieces it comes in', () => {
    for (const chunkBytes of [1, 2, 63, 64, 1000, 100_000]) {
      const { finding, flaws } = check(whole, chunkBytes)
      assert.deepEqual(flaws, [])
      assert.equal(finding?.records, 4)
      assert.equal(finding.messages.counting, 3)
    }
  })

  const broken: [string, string | Uint8Array, string][] = [
    ['nothing', '', '0: is empty'],
    ['another file', 'dear diary\n', '0: is no export of p2pchat'],
    ['its name alone', 'p2pchat export 1', '0: is no export of p2pchat'],
    ['a file without a line', Uint8Array.from({ length: 10_000 }), '0: is no export of p2pchat'],
    ['a later version', 'p2pchat export 2\nend 0 00\n', '0: was written by a later version of p2pchat'],
    ['other line ends', whole.replaceAll('\n', '\r\n'), '0: is no export of p2pchat'],
    ['no record', archiveOf([]), '0: holds no room'],
    ['no last line', whole.slice(0, whole.indexOf('end ')), '0: is cut off: its last line is missing'],
    ['half a last line', whole.slice(0, -10), '0: is cut off: its last line is missing'],
    ['no last line end', whole.slice(0, -1), '0: is cut off: its last line is missing'],
    ['a last line of another form', withLine(5, 'end 4'), '6: is no proper last line'],
    ['a record less', [...lines.slice(0, 4), lines[5], ''].join('\n'), '0: has 3 records, and 4 when it was written'],
    ['records in another order', [lines[0], lines[1], lines[3], lines[2], ...lines.slice(4), ''].join('\n'),
      '0: was changed after it was written: its checksum does not fit'],
    ['more behind its end', `${whole}${lines[2]!}\n`, '0: goes on after its last line'],
    ['a line that is no base64', withLine(3, 'not base64!'), '4: is not base64'],
    ['an empty line', withLine(3, ''), '4: is not base64'],
    ['a line that is no record', archiveOf([genesis, 'aGVsbG8gd29ybGQ=']), '3: is no record: not a body and a signature'],
    ['a huge line', archiveOf([genesis, 'A'.repeat(1_000_000)]), '3: is longer than any record'],
    ['binary', Uint8Array.from([...new TextEncoder().encode('p2pchat export 1\n'), 0xff, 0, 0x80, 10]), '2: is not base64'],
    ['no genesis first', archiveOf([first, genesis]), '2: is no genesis, with which a room begins'],
    ['a presence', archiveOf([genesis, presence]), '3: is a record of a kind that is never kept'],
    ['a line twice', archiveOf([genesis, first, first]), '4: is there twice']
  ]
  for (const [what, archive, expected] of broken) {
    it(`with ${what}: ${expected}`, () => {
      for (const chunkBytes of [7, 100_000]) assert.ok(check(archive, chunkBytes).flaws.includes(expected), check(archive, chunkBytes).flaws.join('\n'))
    })
  }

  it('names the first flaws, counts the others, and goes on', () => {
    const { finding, flaws } = check(archiveOf([genesis, ...Array.from({ length: 500 }, () => 'x'), first]))
    assert.equal(flaws.length, MAX_NAMED_FLAWS)
    assert.equal(finding?.messages.counting, 1)
  })

  it('that was changed in any way is known for it', () => {
    const bytes = new TextEncoder().encode(whole)
    const place = fc.nat(bytes.length - 1)
    const change = fc.oneof(
      fc.record({ at: place, remove: fc.constant(0), insert: fc.uint8Array({ minLength: 1, maxLength: 5 }) }),
      fc.record({ at: place, remove: fc.integer({ min: 1, max: 2000 }), insert: fc.uint8Array({ maxLength: 5 }) }),
      fc.record({ at: place, remove: fc.constant(1), insert: fc.nat(255).map((byte) => Uint8Array.of(byte)) })
    )
    fc.assert(fc.property(change, fc.integer({ min: 1, max: 3000 }), ({ at, remove, insert }, chunkBytes) => {
      const changed = Uint8Array.from([...bytes.subarray(0, at), ...insert, ...bytes.subarray(at + remove)])
      fc.pre(!Buffer.from(changed).equals(bytes))
      assert.notDeepEqual(check(changed, chunkBytes).flaws, [])
    }), { numRuns: 2000 })
  })

  it('with lines of any kind, and a checksum that fits, says what is wrong and never fails', () => {
    const known = records.map((record) => toBase64(record.bytes))
    const other = fc.oneof(
      fc.constantFrom(...known),
      fc.base64String({ maxLength: 200 }),
      fc.string({ maxLength: 50 }).map((text) => text.replaceAll('\n', '')),
      fc.tuple(fc.constantFrom(...records), fc.nat(400), fc.nat(255)).map(([record, at, byte]) => {
        const changed = Uint8Array.from(record.bytes)
        changed[at % changed.length] = byte
        return toBase64(changed)
      })
    )
    fc.assert(fc.property(fc.array(other, { maxLength: 8 }), fc.boolean(), (some, begins) => {
      const { finding, flaws } = check(archiveOf([...(begins ? [genesis] : []), ...some]))
      const all = [...(begins ? [known[0]] : []), ...some]
      const isClean = all[0] === known[0] && new Set(all).size === all.length && all.every((text) => known.includes(text!))
      if (isClean) assert.deepEqual(flaws, [])
      else assert.ok(flaws.length > 0 || (finding?.vouched ?? 0) > 0, all.join('\n'))
    }), { numRuns: 2000 })
  })
})
