import assert from 'node:assert/strict'
import fc from 'fast-check'
import { EMPTY_INPUT, flushInput, readInput } from '../../src/tui/input.ts'
import type { InputToken } from '../../src/tui/input.ts'

function read(...chunks: string[]): InputToken[] {
  let state = EMPTY_INPUT
  const tokens: InputToken[] = []
  for (const chunk of chunks) {
    const next = readInput(state, chunk)
    state = next.state
    tokens.push(...next.tokens)
  }
  return [...tokens, ...flushInput(state).tokens]
}

/** As {@link read}, with a pause after each read. */
function readPausing(...chunks: string[]): InputToken[] {
  let state = EMPTY_INPUT
  const tokens: InputToken[] = []
  for (const chunk of chunks) {
    const next = readInput(state, chunk)
    const later = flushInput(next.state)
    state = later.state
    tokens.push(...next.tokens, ...later.tokens)
  }
  return tokens
}

const text = (value: string): InputToken => ({ type: 'text', text: value })
const sequence = (value: string): InputToken => ({ type: 'sequence', text: value })
const paste = (value: string): InputToken => ({ type: 'paste', text: value })
const key = (value: string): InputToken => ({ type: 'key', key: value })

describe('input', () => {
  it('tells text from keys', () => {
    assert.deepEqual(read('hé漢🚀\r'), [text('hé漢🚀'), sequence('\r')])
    assert.deepEqual(read('\u0003\u007f'), [sequence('\u0003'), sequence('\u007f')])
    assert.deepEqual(read('a\u001b[Ab\u001bOHc'), [text('a'), sequence('\u001b[A'), text('b'), sequence('\u001bOH'), text('c')])
    assert.deepEqual(read('\u001b[1;5D\u001bb\u001b1\u001b\u007f'), [sequence('\u001b[1;5D'), sequence('\u001bb'), sequence('\u001b1'), sequence('\u001b\u007f')])
    assert.deepEqual(read('\u001b[[A'), [sequence('\u001b[[A')])
  })

  it('names the keys that blessed does not know', () => {
    assert.deepEqual(read('\u001b\r'), [key('M-enter')])
    assert.deepEqual(read('\u001b'), [key('escape')])
  })

  it('keeps a paste whole, and never takes a line break in it for Enter', () => {
    assert.deepEqual(read('x\u001b[200~one\rtwo\u001b[31m\n\u001b[201~y\r'), [text('x'), paste('one\rtwo\u001b[31m\n'), text('y'), sequence('\r')])
    assert.deepEqual(read('\u001b[200~\u001b[201~'), [paste('')])
  })

  it('waits for the end of a paste, whatever time passes, and lets go of it only when asked three times', () => {
    const part = ['\u001b[200~my notes\rpassword', '\r/topic x\r', '\u001b', '[20', '1~', 'y']
    for (const wait of [false, true]) {
      let state = EMPTY_INPUT
      const tokens: InputToken[] = []
      for (const chunk of part) {
        const next = readInput(state, chunk)
        tokens.push(...next.tokens)
        const later = wait ? flushInput(next.state) : { state: next.state, tokens: [] }
        tokens.push(...later.tokens)
        state = later.state
      }
      assert.deepEqual(tokens, [paste('my notes\rpassword\r/topic x\r'), text('y')])
    }
    assert.deepEqual(readPausing('\u001b[200~half', '\u0003', '\u0003', '\u0003', 'a\r'), [text('a'), sequence('\r')])
    assert.deepEqual(readPausing('\u001b[200~a', '\u0003', '\u0003', 'b', '\u0003', '\u001b[201~'), [paste('ab')])
    assert.deepEqual(readPausing('\u001b[200~a', '\u0003\u0003\u0003\rb\r'), [], 'from a clipboard')
  })

  it('waits for the rest of a key or mark, and never types it', () => {
    for (const whole of ['\u001b[200~x\ry\u001b[201~', '\u001b[A', '\u001b[1;5C', '\u001bOP', '\u001b[3~', '\u001b[200~\u001b[201~']) {
      for (let cut = 1; cut < whole.length; cut++) {
        const tokens = readPausing(whole.slice(0, cut), whole.slice(cut))
        const typed = tokens.filter(({ type }) => type === 'text')
        assert.deepEqual(typed, [], `${JSON.stringify(whole)} cut at ${cut}: ${JSON.stringify(tokens)}`)
        assert.ok(!tokens.some((token) => token.type === 'sequence' && token.text === '\r'), JSON.stringify(whole))
      }
    }
    // The start mark may come in any number of pieces.
    assert.deepEqual(readPausing(...'\u001b[200~a\rb\u001b[201~').filter(({ type }) => type !== 'key'), [paste('a\rb')])
  })

  it('takes what is typed after Escape for what it is', () => {
    const escape = key('escape')
    assert.deepEqual(readPausing('\u001b', 'hello'), [escape, text('hello')])
    assert.deepEqual(joined(readPausing('\u001b', '[', 'A', 'n', 'n', ']', '\r')), [escape, text('[Ann]'), sequence('\r')])
    assert.deepEqual(joined(readPausing('\u001b', '[', '2', '0', '\r')), [escape, text('[20'), sequence('\r')])
    assert.deepEqual(readPausing('\u001b', '[see] this'), [escape, text('[see] this')])
    assert.deepEqual(readPausing('\u001b]', 'x'), [text('x')], 'Alt and a sign that begins replies')
  })

  it('drops what a terminal answers unasked', () => {
    assert.deepEqual(read('\u001b[?62;22c\u001b]11;rgb:0000/0000/0000\u001b\\\u001bP1$r0m\u001b\\\u001b[>0;276;0cz'), [text('z')])
    assert.deepEqual(read('\u009b31mz'), [text('31mz')])
  })

  it('does not wait for ever for the end of a sequence', () => {
    const tokens = read(`\u001b]${'x'.repeat(5000)}`, 'y')
    assert.ok(tokens.some((token) => token.type === 'text' && token.text.endsWith('y')))
  })

  it('reads the same wherever the reads are cut', () => {
    const part = fc.constantFrom('a', 'é', '🚀', '\r', '\u001b[A', '\u001b[1;5C', '\u001bOP', '\u001bb', '\u001b\r', '\u001b[200~p\rq\u001b[201~', '\u001b[?1;2c', '\u0003', '\u001b]0;t\u0007')
    fc.assert(fc.property(fc.array(part, { maxLength: 8 }), fc.array(fc.nat(60), { maxLength: 5 }), (parts, cuts) => {
      const whole = parts.join('')
      const places = [...new Set(cuts.map((cut) => Math.min(cut, whole.length)))].sort((one, other) => one - other)
      const chunks = [0, ...places].map((from, index) => whole.slice(from, places[index] ?? whole.length))
      assert.deepEqual(joined(read(...chunks)), joined(read(whole)))
    }), { numRuns: 1000 })
  })

  it('throws at nothing', () => {
    fc.assert(fc.property(fc.array(fc.string({ unit: 'binary' })), (chunks) => {
      read(...chunks)
    }))
  })
})

/** Neighbouring pieces of text are one. */
function joined(tokens: readonly InputToken[]): InputToken[] {
  const result: InputToken[] = []
  for (const token of tokens) {
    const last = result.at(-1)
    if (token.type === 'text' && last?.type === 'text') result[result.length - 1] = text(last.text + token.text)
    else result.push(token)
  }
  return result
}
