/**
 * A token bucket that delays instead of refusing: what a peer asks for beyond its budget is done later, in order. Only what would have to be kept in
 * memory meanwhile is bounded.
 */
import type { Clock } from './ports.ts'

/** One token is a small answer, some tenths of a millisecond. All rooms that two nodes can share, at once, are within it. */
const MAX_TOKENS = 1024
const TOKENS_PER_S = 64
const MAX_WAITING_BYTES = 4 * 1024 * 1024

interface Job {
  readonly cost: number
  readonly bytes: number
  readonly run: () => void
}

export class Budget {
  readonly #clock: Clock
  readonly #waiting: Job[] = []
  #bytes = 0
  #tokens = MAX_TOKENS
  #refilledMs: number
  #cancel: (() => void) | undefined

  constructor(clock: Clock) {
    this.#clock = clock
    this.#refilledMs = clock.nowMs()
  }

  /** Runs the job now or when it can be afforded. False when too much is waiting already. */
  spend(cost: number, bytes: number, run: () => void): boolean {
    if (this.#bytes + bytes > MAX_WAITING_BYTES) return false
    this.#waiting.push({ cost: Math.min(cost, MAX_TOKENS), bytes, run })
    this.#bytes += bytes
    if (this.#cancel === undefined) this.#work()
    return true
  }

  end(): void {
    this.#cancel?.()
    this.#waiting.length = 0
  }

  #work(): void {
    this.#cancel = undefined
    this.#refill()
    for (let job = this.#waiting[0]; job !== undefined && job.cost <= this.#tokens; job = this.#waiting[0]) {
      this.#waiting.shift()
      this.#bytes -= job.bytes
      this.#tokens -= job.cost
      job.run()
    }
    const next = this.#waiting[0]
    if (next === undefined) return
    this.#cancel = this.#clock.after(Math.ceil(((next.cost - this.#tokens) / TOKENS_PER_S) * 1000), () => {
      this.#work()
    })
  }

  #refill(): void {
    const nowMs = this.#clock.nowMs()
    this.#tokens = Math.min(MAX_TOKENS, this.#tokens + (Math.max(0, nowMs - this.#refilledMs) / 1000) * TOKENS_PER_S)
    this.#refilledMs = nowMs
  }
}
