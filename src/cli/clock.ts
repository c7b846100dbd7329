/** The real clock and the real randomness, for the engine's ports. */
import { randomBytes } from 'node:crypto'
import type { Clock, Random } from '../engine/ports.ts'

/** setTimeout takes 31 bits; a longer delay would run at once. */
const MAX_DELAY_MS = 2 ** 31 - 1

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  after(delayMs, run) {
    const timer = setTimeout(run, Math.min(Math.max(delayMs, 0), MAX_DELAY_MS))
    timer.unref()
    return () => {
      clearTimeout(timer)
    }
  },
  soon(run) {
    setImmediate(run)
  }
}

export const systemRandom: Random = {
  bytes: (count) => randomBytes(count)
}
