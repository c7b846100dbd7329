import { strict as assert } from 'node:assert'
import { PassThrough } from 'node:stream'
import fc from 'fast-check'
import { LineReader } from '../../src/rpc/line-reader.ts'
import { LineWriter } from '../../src/rpc/line-writer.ts'
import { encodeResponse, parseLine } from '../../src/rpc/protocol.ts'

interface Reading {
  lines: (string | undefined)[]
  tooLong: number
}

function read(chunks: readonly Uint8Array[], maxBytes: number): Reading {
  const reading: Reading = { lines: [], tooLong: 0 }
  const reader = new LineReader({ maxBytes, onLine: (line) => reading.lines.push(line), onTooLong: () => reading.tooLong++ })
  for (const chunk of chunks) reader.feed(Buffer.from(chunk))
  reader.end()
  return reading
}

function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const ends = [...places.map((place) => place % (bytes.length + 1)), bytes.length].sort((a, b) => a - b)
  let start = 0
  return ends.map((end) => {
    const part = bytes.subarray(start, end)
    start = end
    return part
  })
}

describe('lines of a stream', () => {
  it('are the same however the bytes are cut', () => {
    const line = fc.string({ unit: 'grapheme', maxLength: 40 }).map((text) => text.replaceAll('\n', ' ').replaceAll('\ud800', ''))
    fc.assert(
      fc.property(fc.array(line), fc.array(fc.nat()), (lines, places) => {
        const bytes = Buffer.from(lines.map((text) => text + '\n').join(''))
        assert.deepEqual(read(cut(bytes, places), 1000), { lines: lines.map((text) => text.toWellFormed()), tooLong: 0 })
      })
    )
  })

  it('take what is left at the end as a line', () => {
    assert.deepEqual(read([Buffer.from('a\nb')], 10).lines, ['a', 'b'])
  })

  it('are refused once when one is too long, in one chunk or in many', () => {
    const bytes = Buffer.from('short\n' + 'x'.repeat(11) + '\nafter\n')
    assert.deepEqual(read([bytes], 10), { lines: ['short'], tooLong: 1 })
    assert.deepEqual(read(cut(bytes, Array.from(bytes.keys())), 10), { lines: ['short'], tooLong: 1 })
    assert.deepEqual(read([Buffer.from('x'.repeat(10) + '\n')], 10), { lines: ['x'.repeat(10)], tooLong: 0 })
  })

  it('that are not UTF-8 are no line', () => {
    assert.deepEqual(read([Buffer.from([0x61, 0xff, 0x0a, 0x62, 0x0a])], 10).lines, [undefined, 'b'])
  })

  it('are written together when they come together, and counted until they are taken', async () => {
    const output = new PassThrough()
    const writer = new LineWriter(output)
    writer.write('a')
    writer.write('b')
    assert.equal(writer.backlogBytes, 4)
    await writer.flush(1000)
    assert.equal(String(output.read()), 'a\nb\n')
    writer.close()
    writer.write('c')
    assert.equal(output.read(), null)
  })
})

describe('a JSON-RPC line', () => {
  it('never throws, whatever it holds', () => {
    const check = (line: string): void => {
      for (const entry of parseLine(line).entries) if (!entry.ok) JSON.parse(encodeResponse(entry.response))
    }
    fc.assert(fc.property(fc.string({ unit: 'binary' }), check))
    fc.assert(fc.property(fc.json(), check))
    check('['.repeat(500_000))
    check('{"jsonrpc":"2.0","__proto__":{"method":"x"}}')
  })

  const invalid: [string, unknown, number][] = [
    ['not json', null, -32700],
    ['', null, -32700],
    ['1', null, -32600],
    ['null', null, -32600],
    ['[]', null, -32600],
    ['{"jsonrpc":"1.0","id":4,"method":"node.status"}', 4, -32600],
    ['{"jsonrpc":"2.0","id":"x"}', 'x', -32600],
    ['{"jsonrpc":"2.0","id":{},"method":"node.status"}', null, -32600],
    ['{"jsonrpc":"2.0","id":true,"method":"node.status"}', null, -32600],
    ['{"jsonrpc":"2.0","id":1,"method":7}', 1, -32600],
    ['{"jsonrpc":"2.0","id":1,"__proto__":{"method":"node.status"}}', 1, -32600],
    [`[${Array.from({ length: 1001 }, () => '1').join(',')}]`, null, -32600]
  ]
  for (const [line, id, code] of invalid) {
    it(`that is ${line.slice(0, 60) || 'empty'} gets ${code}`, () => {
      const [entry] = parseLine(line).entries
      assert.ok(entry !== undefined && !entry.ok && 'error' in entry.response)
      assert.deepEqual([entry.response.id, entry.response.error.code], [id, code])
    })
  }

  it('whose answer is too long for a string is refused instead', () => {
    // What JSON.stringify throws when the text has more than half a GiB, without making that much.
    const huge = { toJSON: () => 'x'.repeat(2 ** 30) }
    const response = JSON.parse(encodeResponse({ jsonrpc: '2.0', id: 1, result: huge })) as { error: { data: unknown } }
    assert.deepEqual(response.error.data, { reason: 'too-long' })
  })
})
