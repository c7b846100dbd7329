import assert from 'node:assert/strict'
import { PassThrough } from 'node:stream'
import fc from 'fast-check'
import { pipedLines } from '../../src/cli/line-source.ts'
import { decodeText } from '../../src/cli/text-input.ts'
import { ALONE, Homes, Program, run } from './program.ts'
import { RpcProgram } from './rpc-program.ts'

const utf16 = (text: string, isBig = false): Buffer => {
  const bytes = Buffer.from(`\ufeff${text}`, 'utf16le')
  return isBig ? bytes.swap16() : bytes
}
const LATIN1 = Buffer.from('gr\u00fc\u00dfe\n', 'latin1')
const PNG = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 0x0d])
const NOT_TEXT: readonly [name: string, bytes: Buffer, says: RegExp][] = [
  ['Latin-1', LATIN1, /not UTF-8 text; iconv/u],
  ['a picture', PNG, /not UTF-8 text/u],
  ['a program', Buffer.from('\u007fELF\0\0\0', 'latin1'), /holds NUL characters/u],
  ['UTF-16 without a mark', Buffer.from('hello', 'utf16le'), /holds NUL characters/u],
  ['UTF-32', Buffer.from([0xff, 0xfe, 0, 0, 0x68, 0, 0, 0]), /holds NUL characters/u],
  ['a character that is cut off', Buffer.from([0x61, 0xe2, 0x82]), /not UTF-8 text/u],
  ['half a pair in UTF-16', Buffer.from([0xff, 0xfe, 0x00, 0xd8, 0x61, 0x00]), /not UTF-8 text/u]
]

async function linesOf(chunks: readonly (Uint8Array | string)[]): Promise<string[]> {
  const input = new PassThrough()
  const lines = pipedLines(input)
  for (const chunk of chunks) input.write(chunk)
  input.end()
  const all: string[] = []
  for (let line = await lines.next(); line !== undefined; line = await lines.next()) all.push(line)
  return all
}

describe('text that comes in', () => {
  it('is UTF-8, with or without a mark, or UTF-16 with one', () => {
    for (const bytes of [Buffer.from('grüße 🚀'), Buffer.from('\ufeffgrüße 🚀'), utf16('grüße 🚀'), utf16('grüße 🚀', true)]) {
      assert.equal(decodeText(bytes, 'It'), 'grüße 🚀')
    }
    assert.equal(decodeText(new Uint8Array(0), 'It'), '')
    assert.equal(decodeText(Buffer.from([0xef]).subarray(0, 0), 'It'), '')
  })

  for (const [name, bytes, says] of NOT_TEXT) {
    it(`is refused with a sentence: ${name}`, async () => {
      assert.throws(() => decodeText(bytes, 'It'), { message: says })
      await assert.rejects(linesOf([bytes]), { message: says })
    })
  }

  it('is the same lines wherever the reads are cut', async () => {
    const part = fc.constantFrom('a', 'é', '🚀', '\n', '\r\n', '\r', ' ', '')
    const cuts = fc.array(fc.nat(60), { maxLength: 6 })
    const encode = fc.constantFrom((text: string) => Buffer.from(text), (text: string) => Buffer.from(`\ufeff${text}`), utf16)
    await fc.assert(fc.asyncProperty(fc.array(part, { maxLength: 12 }), cuts, encode, async (parts, places, encoded) => {
      const bytes = encoded(parts.join(''))
      const at = [...new Set(places.map((place) => Math.min(place, bytes.length)))].sort((one, other) => one - other)
      const chunks = [0, ...at].map((from, index) => bytes.subarray(from, at[index] ?? bytes.length)).filter(({ length }) => length > 0)
      const expected = parts.join('').split(/\r\n|[\r\n]/u)
      if (expected.at(-1) === '') expected.pop()
      assert.deepEqual(await linesOf(chunks), expected)
    }), { numRuns: 300 })
  })

  it('gives what came before that which is no text, and holds no line of any length', async () => {
    const input = new PassThrough()
    const lines = pipedLines(input)
    input.write('one\ntwo\n')
    input.write(LATIN1)
    assert.equal(await lines.next(), 'one')
    assert.equal(await lines.next(), 'two')
    await assert.rejects(lines.next(), /not UTF-8/u)
    await assert.rejects(linesOf(Array.from({ length: 20 }, () => 'x'.repeat(64 * 1024))), /longer than 1 MiB/u)
    await assert.rejects(linesOf([Buffer.from([0xef, 0xbb])]), /not UTF-8/u)
  })
})

describe('commands and what is given to them', function () {
  this.timeout(30_000)
  const homes = new Homes()
  const home = homes.path('ann')
  let ann: RpcProgram
  before(async () => {
    ann = await RpcProgram.start(home, ['--nick', 'ann'])
    await ann.call('room.create', { name: 'lobby' })
  })
  after(async () => {
    await Program.endAll()
    homes.remove()
  })
  const send = (stdin: string | Uint8Array): ReturnType<typeof run> => run(['send', 'lobby', '-', '--timeout', '1ms', '--home', home], { stdin })
  const texts = async (): Promise<string[]> => (await ann.call<{ text: string }[]>('message.history', { room: 'lobby' })).map(({ text }) => text)

  it('send takes UTF-16 and marks, and refuses what is no text or nothing to be seen', async () => {
    const refused = await Promise.all([LATIN1, '\u200b\u2060\n'].map(send))
    for (const { code, stderr } of refused) {
      assert.ok(code === 1 || code === 2, stderr)
      assert.match(stderr, /^p2pchat: [^\n]*(?:not UTF-8 text|nothing to be seen)[^\n]*\n$/u)
    }
    await send(utf16('from a PowerShell ü\r\n'))
    assert.deepEqual(await texts(), ['from a PowerShell ü'])
    const { error } = await ann.answer('message.send', { room: 'lobby', text: ' \u200b\n\u2800' })
    assert.equal(error?.data?.reason, 'empty')
  })

  it('the line mode takes a mark off, and says what is no text', async () => {
    const { stderr, code } = await run(['--plain', '--home', home], { stdin: Buffer.concat([Buffer.from('\ufeff/join lobby\nfrom a pipe\n'), LATIN1, Buffer.from('after\n')]) })
    assert.match(stderr, /p2pchat: What comes on stdin is not UTF-8 text/u)
    assert.equal(code, 1)
    assert.ok((await texts()).includes('from a pipe'))
    assert.ok(!(await texts()).includes('after'))
  })

  it('- is standard output for export, and standard input for verify and import', async () => {
    const { stdout, stderr, code } = await run(['export', 'lobby', '-', '--home', home])
    assert.equal(code, 0, stderr)
    assert.match(stderr, /records? of lobby are in what was written to stdout/u)
    const verified = await run(['verify', '-'], { stdin: stdout })
    assert.match(verified.stdout, /Every record is authentic/u, verified.stderr)
    assert.equal(verified.code, 0, verified.stderr)
    const taken = await run(['import', '-', '--home', homes.path('bob'), ...ALONE], { stdin: stdout })
    assert.match(taken.stdout, /records? of lobby taken in/u, taken.stderr)
  })

  it('a misspelt variable is told as a misspelt key of the file is', async () => {
    const slip = await run(['id', '--home', home], { env: { P2PCHAT_NIKC: 'bob' } })
    assert.equal(slip.code, 2)
    assert.match(slip.stderr, /^p2pchat: There is no variable P2PCHAT_NIKC; did you mean P2PCHAT_NICK\?\n$/u)
    const small = await run(['id', '--home', home], { env: { p2pchat_nick: 'bob' } })
    assert.equal(small.code, 2)
    const other = await run(['id', '--home', home], { env: { P2PCHAT_ROOT: '/x', P2PCHAT_MDNS: '0' } })
    assert.equal(other.code, 0)
    assert.match(other.stderr, /^p2pchat: The variable P2PCHAT_ROOT in the environment means nothing to p2pchat\.\n$/u)
  })
})
