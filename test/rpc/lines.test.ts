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

  it('are refused once each and skipped when they are too long, in one chunk or in many, and those around them are read', () => {
    const long = 'x'.repeat(11)
    const bytes = Buffer.from(`short\n${long}\nafter\n${long}${long}\n\n${long}\nlast\n${long}`)
    const read3 = { lines: ['short', 'after', '', 'last'], tooLong: 4 }
    assert.deepEqual(read([bytes], 10), read3)
    assert.deepEqual(read(cut(bytes, Array.from(bytes.keys())), 10), read3)
    assert.deepEqual(read([Buffer.from('x'.repeat(10) + '\n')], 10), { lines: ['x'.repeat(10)], tooLong: 0 })
  })

  it('are cut the same wherever the bytes are cut, among them some that are too long', () => {
    const line = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 20 })
    fc.assert(
      fc.property(fc.array(line), fc.array(fc.nat()), (lines, places) => {
        const bytes = Buffer.from(lines.map((text) => text + '\n').join(''))
        const tooLong = lines.filter((text) => text.length > 10).length
        assert.deepEqual(read(cut(bytes, places), 10), { lines: lines.filter((text) => text.length <= 10), tooLong })
      })
    )
  })

  it('that are not UTF-8 are no line', () => {
    assert.deepEqual(read([Buffer.from([0x61, 0xff, 0x0a, 0x62, 0x0a])], 10).lines, [undefined, 'b'])
  })

  it('are written together when they come together, and counted until they are taken', async () => {
    const output = new PassThrough()
    const writer = new LineWriter(output, () => undefined)
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
      assert.deepEqual([JSON.parse(entry.response.id), entry.response.error.code], [id, code])
    })
  }

  const numbers = [
    '9007199254740993', '-9007199254740993', '1.0', '1e3', '1E+2', '-0', '0', '7', '-7', '0.1', '12345678901234567890123', '1e400', '100000000000000'
  ]
  const spelled: readonly (readonly [string, (id: string) => string])[] = [
    ['as clients write it', (id) => `{"jsonrpc":"2.0","id":${id},"method":"m","params":{}}`],
    ['at the end, with blanks', (id) => `{ "jsonrpc": "2.0", "method": "m", "id" : ${id} }`],
    ['beside a parameter of that name', (id) => `{"jsonrpc":"2.0","params":{"id":5,"x":[{"id":1.0}]},"method":"m","id":${id}}`],
    ['with its key in escapes', (id) => `{"jsonrpc":"2.0","\\u0069d":${id},"method":"m"}`],
    ['behind another that it overrules', (id) => `{"jsonrpc":"2.0","id":3,"id":${id},"method":"m"}`],
    ['behind a text that looks like one', (id) => `{"jsonrpc":"2.0","method":"\\"id\\":4,","id":${id}}`]
  ]
  for (const [how, line] of spelled) {
    it(`has its id come back as it is written: ${how}`, () => {
      for (const number of numbers) {
        const [entry] = parseLine(line(number)).entries
        assert.ok(entry?.ok)
        assert.equal(encodeResponse({ id: entry.request.id!, result: 1 }), `{"jsonrpc":"2.0","id":${number},"result":1}`)
      }
    })
  }

  it('has the ids of a batch come back as they are written, and parameters as numbers', () => {
    const ids = ['9007199254740993', '"9007199254740993"', 'null', '2', '1.0']
    const { entries } = parseLine(`[${ids.map((id) => `{"jsonrpc":"2.0","id":${id},"method":"m","params":{"id":1.0}}`).join(',')}]`)
    assert.deepEqual(entries.map((entry) => entry.ok && entry.request.id), ids)
    assert.deepEqual(entries.map((entry) => entry.ok && entry.request.params), ids.map(() => ({ id: 1 })))
  })

  it('that is nested too deeply is refused, also where its id has to be read from the text', () => {
    const deep = 500_000
    const { entries: [entry] } = parseLine(`{"jsonrpc":"2.0","id":1.0,"method":"m","params":${'['.repeat(deep)}${']'.repeat(deep)}}`)
    assert.ok(entry !== undefined && !entry.ok && 'error' in entry.response)
    assert.equal(entry.response.error.code, -32700)
  })

  it('whose answer is too long for a string is refused instead', () => {
    // What JSON.stringify throws when the text has more than half a GiB, without making that much.
    const huge = { toJSON: () => 'x'.repeat(2 ** 30) }
    const response = JSON.parse(encodeResponse({ id: '1', result: huge })) as { error: { data: unknown } }
    assert.deepEqual(response.error.data, { reason: 'too-long' })
  })
})
