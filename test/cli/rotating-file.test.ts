import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { rotatingFile } from '../../src/cli/rotating-file.ts'

describe('a log file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'p2pchat-log-'))
  after(() => {
    rmSync(folder, { recursive: true })
  })

  it('is cut at its size, a few are kept, and no line is lost between two', () => {
    const path = join(folder, 'log')
    const lines = Array.from({ length: 60 }, (_, n) => `${String(n).padStart(9, '0')}\n`)
    for (const half of [lines.slice(0, 35), lines.slice(35)]) {
      // Also across a restart.
      const file = rotatingFile(path, 100, 3)
      for (const line of half) file.write(line)
    }
    assert.deepEqual(readdirSync(folder).sort(), ['log', 'log.1', 'log.2', 'log.3'])
    const kept = ['log.3', 'log.2', 'log.1', 'log'].map((name) => readFileSync(join(folder, name), 'utf8'))
    assert.ok(kept.every((text) => text.length <= 100))
    assert.equal(kept.join(''), lines.slice(-kept.join('').length / 10).join(''))
    assert.equal(statSync(path).mode & 0o777, 0o600)
  })
})
