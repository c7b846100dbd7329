/** The real clock and the real randomness, for the engine's ports. */
import { randomFillSync } from 'node:crypto'
import type { Clock, Random } from '../engine/ports.ts'
import { afterSpan } from './timer.ts'

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  after: (delayMs, run) => afterSpan(delayMs, run, { keepsAlive: false }),
  soon(run) {
    setImmediate(run)
  }
}

/** Every frame takes a nonce; asking the system for a few bytes at a time costs more than the cipher. */
const STOCK_BYTES = 1024
const stock = new Uint8Array(STOCK_BYTES)
let used = STOCK_BYTES

export const systemRandom: Random = {
  bytes(count) {
    if (count > STOCK_BYTES / 4) return randomFillSync(new Uint8Array(count))
    if (used + count > STOCK_BYTES) {
      randomFillSync(stock)
      used = 0
    }
    const taken = stock.slice(used, used + count)
    // What was given out stays nowhere else: it may be a key.
    stock.fill(0, used, used + count)
    used += count
    return taken
  }
}
