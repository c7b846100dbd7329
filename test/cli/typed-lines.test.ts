/** Lines typed at a terminal, read back from what is written there. */
import { strict as assert } from 'node:assert'
import { PassThrough } from 'node:stream'
import fc from 'fast-check'
import { openLines } from '../../src/cli/typed-lines.ts'
import type { LineSource } from '../../src/cli/line-source.ts'
import { formatReclaimToken } from '../../src/core/authority/reclaim-token.ts'

const TOKEN = formatReclaimToken(new Uint8Array(32).fill(7))

class Desk {
  readonly input = Object.assign(new PassThrough(), { isRaw: false, setRawMode: (raw: boolean): void => void (this.input.isRaw = raw) })
  readonly lines: LineSource
  written = ''

  constructor() {
    const output = new PassThrough()
    output.setEncoding('utf8').on('data', (text: string) => (this.written += text))
    this.lines = openLines({ input: this.input, output, interactive: true })
  }

  /** Keys as a terminal sends them, a read each. */
  async type(...keys: (string | Buffer)[]): Promise<this> {
    for (const key of keys) {
      this.input.write(key)
      await new Promise((resolve) => setImmediate(resolve))
    }
    return this
  }

  /** The last row, blanks that cover something carried out. */
  get row(): string {
    const cells: string[] = []
    let at = 0
    for (const sign of this.written.slice(this.written.lastIndexOf('\n') + 1)) {
      if (sign === '\b') at--
      else cells[at++] = sign
    }
    return cells.slice(0, at).join('')
  }
}

describe('lines that are typed', () => {
  let desk: Desk
  beforeEach(() => {
    desk = new Desk()
    desk.lines.prompt('> ')
  })
  afterEach(() => {
    desk.lines.close()
  })

  const cases: [what: string, keys: (string | Buffer)[], row: string, line: string][] = [
    ['letters', ['h', 'i'], '> hi', 'hi'],
    ['a letter in pieces', [Buffer.from([0xc3]), Buffer.from([0xa9])], '> é', 'é'],
    ['Backspace', ['hey', '\u007f', '\b'], '> h', 'h'],
    ['Backspace on nothing', ['\u007f', 'a'], '> a', 'a'],
    ['a word less', ['one two', '\u0017'], '> one ', 'one '],
    ['a line less', ['one', '\u0015', 'two'], '> two', 'two'],
    ['arrows and other keys', ['a\u001b[A\u001b[1;5C\u001bOPb', '\u001b', '[', 'D', 'c', '\u001bx'], '> abc', 'abc'],
    ['Escape before Enter', ['a', '\u001b'], '> a', 'a'],
    ['a tab', ['a\tb'], '> a b', 'a b'],
    ['other controls', ['a\u0000\u0001\u009bb'], '> ab', 'ab'],
    ['Ctrl-D in a line', ['a\u0004b'], '> ab', 'ab'],
    ['what is pasted', ['a\u001b[200~b c\u001b[201~d'], '> ab cd', 'ab cd'],
    ['a paste of lines, in pieces', ['\u001b[200~one', '\r\ntwo\r', '\n/topic x\r', 'last\u0003\u001b[20', '1~', '!'], 'last!', 'one\ntwo\n/topic x\nlast!'],
    ['a paste whose marks are cut anywhere', [...'\u001b[200~a\rb\u001b[201~c'], 'bc', 'a\nbc'],
    ['less of what was pasted', ['\u001b[200~one\rtwo\u001b[201~', '\u0017', '\u007f'], '> one', 'one'],
    ['a secret', ['/reclaim ab', 'c', '\u007f'], '> /reclaim **', '/reclaim ab']
  ]
  for (const [what, keys, row, line] of cases) {
    it(what, async () => {
      await desk.type(...keys)
      assert.equal(desk.row, row)
      await desk.type('\r')
      assert.equal(await desk.lines.next(), line)
    })
  }

  it('as wide as they are', async () => {
    await desk.type('漢', '\u007f')
    assert.ok(desk.written.endsWith('漢\b \b\b \b'))
  })

  it('stand there again after something else was printed, and after a refusal', async () => {
    await desk.type('half a li')
    desk.lines.breakOff()
    desk.written += 'something else\n'
    desk.lines.prompt('> ')
    await desk.type('ne', '\r')
    assert.equal(desk.written, '> half a li\nsomething else\n> half a line\n')
    assert.equal(await desk.lines.next(), 'half a line')
    desk.lines.offer('half a line')
    desk.lines.prompt('> ')
    await desk.type('!', '\r')
    assert.equal(await desk.lines.next(), 'half a line!')
  })

  it('that were put back do not swallow the command or line that comes next', async () => {
    desk.lines.breakOff()
    desk.lines.offer('too fast')
    desk.lines.prompt('> ')
    await desk.type('/qu', 'it\r')
    assert.equal(await desk.lines.next(), '/quit')
    desk.lines.offer('too fast')
    desk.lines.prompt('> ')
    await desk.type('!', '/2\r')
    assert.equal(await desk.lines.next(), 'too fast!/2')
    // Typed while the one before was on its way.
    await desk.type('and this\r')
    desk.lines.offer('too fast')
    desk.lines.prompt('> ')
    assert.equal(await desk.lines.next(), 'and this')
  })

  it('are taken one by one, also when they come at once', async () => {
    await desk.type('one\rtwo\r\u0004')
    assert.equal(await desk.lines.next(), 'one')
    assert.ok(!desk.written.includes('two'))
    desk.lines.prompt('> ')
    assert.equal(await desk.lines.next(), 'two')
    desk.lines.prompt('> ')
    assert.equal(await desk.lines.next(), undefined)
  })

  it('leave the terminal as it was', () => {
    assert.equal(desk.input.isRaw, true)
    desk.lines.close()
    assert.equal(desk.input.isRaw, false)
  })

  it('show no four letters of a token in a row, whatever is done while it is typed', async () => {
    const key = fc.constantFrom('', '', '', '\u007f', '\u001b[D', 'print')
    await fc.assert(
      fc.asyncProperty(fc.constantFrom('/reclaim ', '/token rotate ', ''), fc.array(key, { minLength: 70, maxLength: 70 }), async (command, keys) => {
        const typing = new Desk()
        typing.lines.prompt('> ')
        await typing.type(command + TOKEN.slice(0, 5))
        for (const [at, letter] of [...TOKEN.slice(5)].entries()) {
          if (keys[at] === 'print') {
            typing.lines.breakOff()
            typing.lines.prompt('> ')
          } else if (command !== '' || keys[at] === '\u001b[D') typing.input.write(keys[at] ?? '')
          typing.input.write(letter)
        }
        await typing.type('\r')
        typing.lines.close()
        const shown = typing.written.replaceAll(/[\b\s]/gu, '')
        for (let at = 5; at + 4 <= TOKEN.length; at++) assert.ok(!shown.includes(TOKEN.slice(at, at + 4)), `${command} ${at}`)
      }),
      { numRuns: 100 }
    )
  })
})
