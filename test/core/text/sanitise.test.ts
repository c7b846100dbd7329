import assert from 'node:assert/strict'
import fc from 'fast-check'
import { MAX_CLUSTER_CODE_POINTS } from '../../../src/core/record/limits.ts'
import { splitClusters } from '../../../src/core/text/clusters.ts'
import { sanitiseLine, sanitiseText } from '../../../src/core/text/sanitise.ts'
import { hostileStrings } from './hostile.ts'

const CONTROL = /[\u0000-\u001f\u007f-\u009f]/u
const CONTROL_BUT_LF = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/u
const DIRECTION = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u

const anyText = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme' }), fc.constantFrom(...hostileStrings()))

describe('sanitise', () => {
  it('lets no control byte, no direction override and no lone surrogate out, for 500 hostile strings', () => {
    const strings = hostileStrings()
    assert.equal(strings.length, 500)
    for (const text of strings) {
      const line = sanitiseLine(text)
      const body = sanitiseText(text)
      assert.ok(!CONTROL.test(line), JSON.stringify(text))
      assert.ok(!CONTROL_BUT_LF.test(body), JSON.stringify(text))
      for (const out of [line, body]) {
        assert.ok(!DIRECTION.test(out), JSON.stringify(text))
        assert.ok(out.isWellFormed(), JSON.stringify(text))
      }
    }
  })

  it('is idempotent and bounds every cluster', () => {
    fc.assert(fc.property(anyText, (text) => {
      for (const sanitise of [sanitiseLine, sanitiseText]) {
        const once = sanitise(text)
        assert.equal(sanitise(once), once)
        for (const cluster of splitClusters(once)) assert.ok([...cluster].length <= MAX_CLUSTER_CODE_POINTS)
      }
    }), { numRuns: 500 })
  })

  it('comes to an end with marks that are clusters of their own', () => {
    for (const text of ['\u106a', 'မြန်မာ', 'သာ', '\u102c\u102c', 'x\u1a61', '\u{11720}', '\u{54d6f}\u106a\u{9ad18}']) {
      assert.equal(sanitiseLine(text), text)
      assert.equal(sanitiseText(text), text)
    }
  })

  it('shows controls as symbols', () => {
    assert.equal(sanitiseLine('a\u001b[31mb\u0000\u007f\u009bc'), 'a␛[31mb␀␡␦c')
    assert.equal(sanitiseLine('one\r\ntwo\tthree\u2028four'), 'one two three four')
    assert.equal(sanitiseText('one\r\ntwo\rthree'), 'one\ntwo\nthree')
    assert.equal(sanitiseLine('\ud800x\udc00'), '\ufffdx\ufffd')
  })

  it('expands tabs to stops, in columns and not in characters', () => {
    assert.equal(sanitiseText('a\tb\n漢\tb\nabcd\tb'), 'a   b\n漢  b\nabcd    b')
  })

  it('keeps the joiners and selectors that scripts and emoji are written with', () => {
    const whole = ['👩‍👩‍👧', '👩🏽‍💻', '❤️', '1️⃣', '🏳️‍🌈', '🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}', 'می\u200cخواهم', 'क्\u200dष', '葛\u{e0100}', 'ᠮ\u180b']
    for (const text of whole) assert.equal(sanitiseLine(text), text)
  })

  it('drops them where they hide something', () => {
    assert.equal(sanitiseLine('ad\u200dmin'), 'admin')
    assert.equal(sanitiseLine('ad\u200cm\ufe0fin\u3164'), 'admin')
    assert.equal(sanitiseLine('x\u{e0041}\u{e0042}'), 'x')
    assert.equal(sanitiseLine('🏴\u{e0061}'), '🏴')
    assert.equal(sanitiseLine('🚀\u200d!'), '🚀!')
  })

  it('gives a mark without a base something to sit on', () => {
    assert.equal(sanitiseLine('\u0301x'), '\u25cc\u0301x')
  })

  it('takes the largest message in a few milliseconds, whatever it holds', () => {
    for (const piece of ['\u200d', '👩\u200d', 'ᄀ', 'a\u0301', '\ufe0f', '🏴\u{e0061}', 'é ', 'क्']) {
      const text = piece.repeat(Math.floor(32_768 / Buffer.byteLength(piece)))
      const start = performance.now()
      sanitiseText(text)
      assert.ok(performance.now() - start < 200, JSON.stringify(piece))
    }
  })
})
