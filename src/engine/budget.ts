/**
 * A token bucket that delays instead of refusing: what a peer asks for beyond its budget is done later, in order. Only what would have to be kept in
 * memory meanwhile is bounded.
 */
import { Bucket } from '../core/bucket.ts'
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
  readonly #bucket: Bucket
  #cancel: (() => void) | undefined

  constructor(clock: Clock) {
    this.#clock = clock
    this.#bucket = new Bucket(MAX_TOKENS, TOKENS_PER_S, clock.nowMs())
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
    const nowMs = this.#clock.nowMs()
    for (let job = this.#waiting[0]; job !== undefined && this.#bucket.take(job.cost, nowMs); job = this.#waiting[0]) {
      this.#waiting.shift()
      this.#bytes -= job.bytes
      job.run()
    }
    const next = this.#waiting[0]
    if (next === undefined) return
    this.#cancel = this.#clock.after(this.#bucket.waitMs(next.cost, nowMs), () => {
      this.#work()
    })
  }
}
