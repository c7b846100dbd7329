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
  /** How far others are ahead, by PeerId, those who said it last behind. */
  readonly #aheadMs = new Map<string, number>()

  constructor(clock: Clock, emit: (event: NodeEvent) => void) {
    this.#clock = clock
    this.#emit = emit
  }

  /** The middle one, of two in the middle that nearer to ours: a single wrong clock, or a liar, does not make ours look wrong. */
  summary(): { comparedWith: number; aheadMs: number } {
    const sorted = [...this.#aheadMs.values()].sort((left, right) => left - right)
    const middle = sorted.slice(Math.floor((sorted.length - 1) / 2), Math.floor(sorted.length / 2) + 1)
    return { comparedWith: sorted.length, aheadMs: middle.sort((left, right) => Math.abs(left) - Math.abs(right))[0] ?? 0 }
  }

  /** A peer said what time it is there. */
  compare(peerId: string, nick: string, theirsMs: number): void {
    const nowMs = this.#clock.nowMs()
    const aheadMs = theirsMs - nowMs
    // Each counts once, however often it comes and goes.
    this.#aheadMs.delete(peerId)
    this.#aheadMs.set(peerId, aheadMs)
    for (const oldest of this.#aheadMs.keys()) {
      if (this.#aheadMs.size <= MAX_COMPARED) break
      this.#aheadMs.delete(oldest)
    }
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
