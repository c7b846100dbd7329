import { Redialer } from '../../src/network/redial.ts'
import type { Dial } from '../../src/network/redial-target.ts'

/** The decisions on a virtual clock: `M` is this node, peers below and above it in the order of ids. */
export class Clock {
  nowMs = 1_000_000
  readonly redialer: Redialer

  constructor(random = 0.5) {
    this.redialer = new Redialer({ selfId: 'M', firstMs: 1000, maxMs: 60_000, random: () => random })
  }

  /** Lets time pass up to the next dial, at most `withinMs`; returns what is dialled and how long it took. */
  next(withinMs: number): { afterMs: number; dials: Dial[] } {
    const beganMs = this.nowMs
    const at = this.redialer.nextMs()
    this.nowMs = Math.min(at === undefined ? Infinity : Math.max(at, beganMs), beganMs + withinMs)
    return { afterMs: this.nowMs - beganMs, dials: this.redialer.due(this.nowMs, 8) }
  }

  fail(dial: Dial): void {
    this.redialer.failed(dial.key, false, this.nowMs)
  }
}
