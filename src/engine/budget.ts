/** What a peer asks for beyond its budget is not refused: it is done later, and of what replaces what was said before, the newest alone. */
import type { Clock } from './ports.ts'
import type { Source, SourceBudget } from './source-budget.ts'

/** What would have to be kept in memory meanwhile. */
const MAX_WAITING_BYTES = 4 * 1024 * 1024

/** Where a job is booked: what it costs is known when it is done, and then may be a debt that has to be paid off before the next one. */
export interface Account {
  /** How long until the next job may be done, ms. */
  waitMs(nowMs: number): number
  charge(cost: number, nowMs: number): void
}

/** The account of one peer with one budget. */
export function accountOf(budget: SourceBudget, source: Source): Account {
  return {
    waitMs: (nowMs) => budget.waitMs(source, 1, nowMs),
    charge: (cost, nowMs) => {
      budget.charge(source, cost, nowMs)
    }
  }
}

interface Job {
  readonly account: Account
  readonly bytes: number
  /** Returns what it cost. */
  readonly run: () => number
}

/** Jobs for one peer, done in order. */
export class JobQueue {
  readonly #clock: Clock
  readonly #waiting: Job[] = []
  #bytes = 0
  #cancel: (() => void) | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Runs the job now or when it can be afforded. False when too much is waiting already. `bytes`: what keeping it takes. */
  push(account: Account, bytes: number, run: () => number): boolean {
    if (this.#bytes + bytes > MAX_WAITING_BYTES) return false
    this.#waiting.push({ account, bytes, run })
    this.#bytes += bytes
    if (this.#cancel === undefined) this.#work()
    return true
  }

  end(): void {
    this.#cancel?.()
    this.#waiting.length = 0
    this.#bytes = 0
  }

  #work(): void {
    this.#cancel = undefined
    for (let job = this.#waiting[0]; job !== undefined; job = this.#waiting[0]) {
      const waitMs = job.account.waitMs(this.#clock.nowMs())
      if (waitMs > 0) {
        this.#cancel = this.#clock.after(waitMs, () => this.#work())
        return
      }
      this.#waiting.shift()
      this.#bytes -= job.bytes
      job.account.charge(job.run(), this.#clock.nowMs())
    }
  }
}

/**
 * Values of which each replaces the one before: applied at once while the budget lasts, and then the newest when the budget allows. Applying one costs a
 * token, and what `apply` returns besides.
 */
export class LatestWins<T> {
  readonly #clock: Clock
  readonly #budget: SourceBudget
  readonly #source: Source
  readonly #apply: (value: T) => number | undefined
  #pending: { value: T } | undefined
  #cancel: (() => void) | undefined

  constructor(clock: Clock, budget: SourceBudget, source: Source, apply: (value: T) => number | undefined) {
    this.#clock = clock
    this.#budget = budget
    this.#source = source
    this.#apply = apply
  }

  offer(value: T): void {
    const isWaiting = this.#pending !== undefined
    this.#pending = { value }
    if (!isWaiting) this.#work()
  }

  end(): void {
    this.#cancel?.()
    this.#pending = undefined
  }

  #work(): void {
    this.#cancel = undefined
    const { value } = this.#pending ?? {}
    if (this.#pending === undefined) return
    const nowMs = this.#clock.nowMs()
    if (!this.#budget.take(this.#source, 1, nowMs)) {
      this.#cancel = this.#clock.after(this.#budget.waitMs(this.#source, 1, nowMs) + 1, () => this.#work())
      return
    }
    this.#pending = undefined
    const more = this.#apply(value as T)
    if (more !== undefined) this.#budget.charge(this.#source, more, nowMs)
  }
}
