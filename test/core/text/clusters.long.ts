import assert from 'node:assert/strict'
import { around, codePoints, viaMachine, viaSegmenter } from './segmenters.ts'

describe('clusters, every code point', () => {
  it('has the class that the segmenter of this runtime has', () => {
    for (const code of codePoints(0x11_0000, 1)) assert.deepEqual(viaMachine(around(code)), viaSegmenter(around(code)), code.toString(16))
  })
})
