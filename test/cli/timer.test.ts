import assert from 'node:assert/strict'
import { systemClock } from '../../src/cli/clock.ts'
import { afterSpan } from '../../src/cli/timer.ts'

describe('a timer', () => {
  it('for longer than the system counts at a time does not run at once', async () => {
    const ran: string[] = []
    const cancels = [30 * 86_400_000, 2 ** 31, 2 ** 31 - 1, 2 ** 40].flatMap((ms) => [
      afterSpan(ms, () => ran.push(`after ${ms}`)), systemClock.after(ms, () => ran.push(`clock ${ms}`))
    ])
    await new Promise<void>((resolve) => afterSpan(5, resolve))
    assert.deepEqual(ran, [])
    for (const cancel of cancels) cancel()
  })

  it('runs once when its span is over, and not when it was called off', async () => {
    let ran = 0
    const cancel = afterSpan(1, () => (ran += 100))
    cancel()
    await new Promise<void>((resolve) => afterSpan(2, () => {
      ran++
      resolve()
    }))
    assert.equal(ran, 1)
  })
})
