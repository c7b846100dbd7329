import assert from 'node:assert/strict'
import { MAX_TEXT_BYTES } from '../../src/core/record/limits.ts'
import { costlyTexts } from '../core/text/costly.ts'
import { TEXT_PATH, checkSteps } from './text-path.ts'

/**
 * What the engine does by itself (regular expressions, normalising) has no steps to count. This is 25 times what 32 KiB may
 * cost, for busy machines, and far below what any square of their length does.
 */
const MAX_CPU_MS = 500

describe('the cost of the longest texts', () => {
  for (const name of Object.keys(TEXT_PATH)) {
    it(`is linear: ${name}`, () => {
      for (const text of costlyTexts(MAX_TEXT_BYTES, 40, 1)) {
        const { user } = process.cpuUsage()
        checkSteps(name, text)
        const spentMs = (process.cpuUsage().user - user) / 1000
        assert.ok(spentMs <= MAX_CPU_MS, `${spentMs} ms for ${JSON.stringify(text.slice(0, 40))}`)
      }
    })
  }
})
