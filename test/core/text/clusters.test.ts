import assert from 'node:assert/strict'
import fc from 'fast-check'
import { clusterWidth, isAmbiguousWidth, splitClusters, textWidth, truncateToWidth } from '../../../src/core/text/clusters.ts'
import { around, codePoints, viaMachine, viaSegmenter } from './segmenters.ts'


const anyText = fc.oneof(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'binary' }), fc.string({ unit: fc.constantFrom('a', 'é', 'ж', 'か', '漢', '한', '—', '─', ' ', '\n') }))

describe('clusters', () => {
  it('splits as the segmenter does, also where the fast path takes over', () => {
    const split = (text: string): void => assert.deepEqual(splitClusters(text), viaSegmenter(text).flatMap(splitClusters))
    fc.assert(fc.property(anyText, split), { numRuns: 1000 })
  })

  it('splits a conjunct only where it would not fit into two columns', () => {
    assert.deepEqual(splitClusters('क्षि'), ['क्', 'षि'])
    assert.deepEqual(splitClusters('स्ते'), ['स्ते'])
    assert.deepEqual(splitClusters('한글🚀👩‍👩‍👧'), ['한', '글', '🚀', '👩‍👩‍👧'])
    assert.equal(textWidth('क्षि'), 3)
  })

  it('breaks as the segmenter does, for any four of one code point of each class', () => {
    // One of each class of UAX #29, and of those within them that the rules tell apart.
    const each = [
      'a', '\r', '\n', '\u200b', '\u0301', '\u200c', '\u094d', '\u200d', '\u093e', '\u0600', '😀', '🏽', '🇩', 'ᄀ', 'ᅡ', 'ᆨ', '가', '각', 'क', '\u102b', '\u1039', 'က', '\u0e33'
    ]
    for (const one of each) for (const two of each) for (const three of each) {
      const text = one + two + three
      assert.deepEqual(viaMachine(text), viaSegmenter(text), JSON.stringify(text))
      // Three and three again: every four in a row that a rule looks at stand in one of these.
      assert.deepEqual(viaMachine(text + text), viaSegmenter(text + text), JSON.stringify(text))
    }
  }).timeout(20_000)

  it('has the class of each code point that the segmenter has', () => {
    for (const code of codePoints(0x20_000, 5)) assert.deepEqual(viaMachine(around(code)), viaSegmenter(around(code)), code.toString(16))
  })

  it('knows how many columns a cluster takes', () => {
    const widths: Record<string, number> = {
      a: 1, é: 1, 'e\u0301': 1, ж: 1, 漢: 2, 한: 2, か: 2, '🚀': 2, '❤️': 2, '1️⃣': 2, '👩‍👩‍👧': 2, '👍🏽': 2, '👩🏽‍💻': 2, '🇩🇪': 2, क्षि: 2, क: 1, '│': 1, '…': 1,
      'ｱ': 1, 'Ａ': 2, '\u0301': 0, '\u0007': 0, '\n': 0, '\u200b': 0, '\u25cc\u0301': 1
    }
    for (const [cluster, width] of Object.entries(widths)) assert.equal(clusterWidth(cluster), width, JSON.stringify(cluster))
  })

  it('knows the clusters on which terminals disagree', () => {
    for (const cluster of ['🚀', '❤️', '❤', '1️⃣', '👩‍👩‍👧', '👍🏽', '👩🏽‍💻', '🇩🇪', 'क्षि', '\ue0b0', '\u0378', '䷀']) {
      assert.ok(isAmbiguousWidth(cluster), JSON.stringify(cluster))
    }
    for (const cluster of ['a', ' ', 'é', 'e\u0301', 'ж', '漢', '한', 'か', '𠀀', '│', '─', '…', '—', '●', '↓', 'क', 'ش']) {
      assert.ok(!isAmbiguousWidth(cluster), JSON.stringify(cluster))
    }
  })

  it('adds up to the width of the text', () => {
    fc.assert(fc.property(anyText, (text) => {
      assert.equal(textWidth(text), splitClusters(text).reduce((sum, cluster) => sum + clusterWidth(cluster), 0))
    }))
  })

  it('truncates to at most the cells given, with an ellipsis where something was cut', () => {
    assert.equal(truncateToWidth('hello', 5), 'hello')
    assert.equal(truncateToWidth('hello', 4), 'hel…')
    assert.equal(truncateToWidth('漢字漢字', 6), '漢字…')
    assert.equal(truncateToWidth('漢字漢字', 5), '漢字…')
    assert.equal(truncateToWidth('漢字', 4), '漢字')
    assert.equal(truncateToWidth('x', 0), '')
    fc.assert(fc.property(anyText, fc.nat(20), (text, cells) => {
      const cut = truncateToWidth(text, cells)
      assert.ok(textWidth(cut) <= cells)
      if (textWidth(text) <= cells && cells > 0) assert.equal(cut, text)
    }))
  })
})
