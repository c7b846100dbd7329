/** Clocks that are wrong hold back messages, and nobody would know why: so people are told, once in a while. */
import { MAX_FUTURE_MS } from '../core/record/limits.ts'
import type { NodeEvent } from './api.ts'
import type { Clock } from './ports.ts'

const TELL_EVERY_MS = 3_600_000
const MINUTE_MS = 60_000
const MAX_COMPARED = 32

export class ClockWatch {
  readonly #clock: Clock
  readonly #emit: (event: NodeEvent) => void
  #toldMs = -Infinity
  /** How far others are ahead, those who said it last. */
  readonly #aheadMs: number[] = []

  constructor(clock: Clock, emit: (event: NodeEvent) => void) {
    this.#clock = clock
    this.#emit = emit
  }

  /** The middle one, so that a single wrong clock, or a liar, does not make ours look wrong. */
  summary(): { comparedWith: number; aheadMs: number } {
    const sorted = [...this.#aheadMs].sort((left, right) => left - right)
    return { comparedWith: sorted.length, aheadMs: sorted[Math.floor(sorted.length / 2)] ?? 0 }
  }

  /** A peer said what time it is there. */
  compare(nick: string, theirsMs: number): void {
    const nowMs = this.#clock.nowMs()
    const aheadMs = theirsMs - nowMs
    this.#aheadMs.push(aheadMs)
    if (this.#aheadMs.length > MAX_COMPARED) this.#aheadMs.shift()
    if (Math.abs(aheadMs) <= MAX_FUTURE_MS || Math.abs(nowMs - this.#toldMs) < TELL_EVERY_MS) return
    this.#toldMs = nowMs
    const apart = `${inWords(Math.abs(aheadMs))} ${aheadMs > 0 ? 'ahead of' : 'behind'}`
    const text = `The clock of ${nick} is ${apart} yours, so some messages are shown late. Please check the time on this computer.`
    this.#emit({ method: 'notice', params: { code: 'clock', text } })
  }
}

function inWords(durationMs: number): string {
  const minutes = Math.round(durationMs / MINUTE_MS)
  if (minutes < 120) return `${minutes} minute${minutes === 1 ? '' : 's'}`
  const hours = Math.round(minutes / 60)
  return hours < 48 ? `${hours} hours` : `${Math.round(hours / 24)} days`
}
