/** What people write, as editors and other tools leave it. */
import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { decodeText, readTextFile, TextFileError } from '../../src/store/text-file.ts'

const swapped = (text: string): Buffer => Buffer.from(text, 'utf16le').swap16()
const ENCODINGS: readonly (readonly [string, (text: string) => Buffer])[] = [
  ['UTF-8', (text) => Buffer.from(text)],
  ['UTF-8 with a mark', (text) => Buffer.from(`\ufeff${text}`)],
  ['UTF-16', (text) => Buffer.from(`\ufeff${text}`, 'utf16le')],
  ['UTF-16, high bytes first', (text) => swapped(`\ufeff${text}`)],
  ['UTF-16 without a mark', (text) => Buffer.from(text, 'utf16le')],
  ['UTF-16 without a mark, high bytes first', swapped]
]

describe('a text that somebody wrote', () => {
  const folder = mkdtempSync(join(tmpdir(), 'p2pchat-text-'))
  after(() => {
    rmSync(folder, { recursive: true })
  })

  for (const [name, encode] of ENCODINGS) {
    for (const [ends, end] of [['\\n', '\n'], ['\\r\\n', '\r\n'], ['\\r', '\r']] as const) {
      it(`is the same in ${name} with ${ends} at its line ends`, () => {
        const line = fc.string({ unit: 'grapheme', maxLength: 20 }).map((text) => text.replaceAll(/[\r\n\0\ufeff]/gu, ' '))
        fc.assert(fc.property(fc.array(line, { maxLength: 5 }), (lines) => {
          const all = ['nick = "x"', ...lines, '']
          assert.deepEqual(decodeText(encode(all.join(end))), { text: all.join('\n') })
        }), { numRuns: 30 })
      })
    }
  }

  it('says on which line it is no UTF-8', () => {
    const latin1 = Buffer.from('nick = "x"\r\n# f\u00fcr alle\r\n', 'latin1')
    assert.deepEqual(decodeText(latin1), { text: 'nick = "x"\n# f\ufffdr alle\n', spoiltLine: 2 })
  })

  it('is none with zeros in it', () => {
    assert.throws(() => decodeText(Buffer.from('abc\0def')), TextFileError)
  })

  it('is read from a pipe once, and one into which nothing is written is not waited for', async () => {
    const pipe = join(folder, 'pipe')
    execFileSync('mkfifo', [pipe])
    assert.deepEqual(readTextFile(pipe, 100), { text: '', isRegular: false })
    const script = `import { readTextFile } from ${JSON.stringify(join(import.meta.dirname, '../../src/store/text-file.ts'))}
      console.log(JSON.stringify(readTextFile('/dev/stdin', 100)))`
    const child = spawn('sh', ['-c', '(printf one; sleep 0.3; printf "\\ntwo") | "$0" "$@"', process.execPath, '--input-type=module', '-e', script])
    let said = ''
    for await (const chunk of child.stdout) said += String(chunk)
    assert.deepEqual(JSON.parse(said), { text: 'one\ntwo', isRegular: false })
  })

  it('is not read beyond its bound, whatever a file says of its size', () => {
    const path = join(folder, 'long')
    writeFileSync(path, 'x'.repeat(101))
    assert.throws(() => readTextFile(path, 100), TextFileError)
    assert.throws(() => readTextFile('/dev/zero', 100), TextFileError)
    assert.deepEqual(readTextFile('/dev/null', 100), { text: '', isRegular: false })
  })
})
