import { strict as assert } from 'node:assert'
import fc from 'fast-check'
import { commands, complete } from '../../src/commands/index.ts'
import { nearest } from '../../src/commands/nearest.ts'

const names = { rooms: ['lobby', 'our place', 'λόγος'], members: ['ann', 'Anna', 'bob', '👩‍👩‍👧'] }

/** Completes at `|` and shows the line with the first candidate, and how many there are. */
function first(line: string): [string, number] {
  const caret = line.indexOf('|')
  const text = line.replace('|', '')
  const { from, to, candidates } = complete(text, caret, names)
  return [text.slice(0, from) + (candidates[0] ?? text.slice(from, to)) + '|' + text.slice(to), candidates.length]
}

describe('completion', () => {
  const cases: [string, string, number][] = [
    ['/jo|', '/join |', 1],
    ['/w|', '/who |', 3],
    ['/|', '/join |', commands.length],
    ['/join l|', '/join lobby |', 1],
    ['/join our p|', '/join our place |', 1],
    ['/JOIN L|', '/JOIN lobby |', 1],
    ['/join ΛΌ|', '/join λόγος |', 1],
    ['/whois an|', '/whois ann |', 2],
    ['/help /wh|', '/help who |', 3],
    ['/help ke|', '/help keys |', 1],
    ['an|', 'ann: |', 2],
    ['hello an| there', 'hello ann | there', 2],
    ['//an|', '//an|', 0],
    ['say to b|', 'say to bob |', 1],
    ['/me hugs b|', '/me hugs bob |', 1],
    ['xyz|', 'xyz|', 0],
    // Half of a cluster is no beginning of it.
    ['👩|', '👩|', 0]
  ]
  for (const [line, expected, count] of cases) {
    it(`of ${line} is ${expected}`, () => {
      assert.deepEqual(first(line), [expected, count])
    })
  }

  it('never throws and replaces only what stands before the caret', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.nat(50), (text, place) => {
        const line = `/${text}`
        const caret = Math.min(place, line.length)
        const { from, to } = complete(line, caret, names)
        assert.ok(from >= 0 && from <= to && to === caret)
      })
    )
  })
})

describe('the word that was probably meant', () => {
  const known = ['join', 'leave', 'rooms', 'who', 'whois', 'me']
  const meant = { jion: 'join', jon: 'join', leve: 'leave', room: 'rooms', hwo: 'who', JOIN: 'join' }
  const unknown = ['quux', 'xy', '', 'x'.repeat(5000)].map((word) => [word, undefined] as const)
  for (const [word, expected] of [...Object.entries(meant), ...unknown]) {
    it(`by ${word.slice(0, 10) || 'nothing'} is ${expected ?? 'none'}`, () => {
      assert.equal(nearest(word, known), expected)
    })
  }
})
