/** A token bucket that refuses: who is beyond it has to try again. Times are ms of whatever clock the caller uses. */
export class Bucket {
  readonly #burst: number
  readonly #perSecond: number
  #tokens: number
  #refilledMs: number

  constructor(burst: number, perSecond: number, nowMs: number) {
    this.#burst = burst
    this.#perSecond = perSecond
    this.#tokens = burst
    this.#refilledMs = nowMs
  }

  /** Takes so many tokens, or none and says false. */
  take(count: number, nowMs: number): boolean {
    this.#refill(nowMs)
    if (this.#tokens < count) return false
    this.#tokens -= count
    return true
  }

  /** What was taken turned out not to count. */
  give(count: number): void {
    this.#tokens = Math.min(this.#burst, this.#tokens + count)
  }

  /** Whether so many could be taken. */
  has(count: number, nowMs: number): boolean {
    this.#refill(nowMs)
    return this.#tokens >= count
  }

  /** How long until so many can be taken, ms. */
  waitMs(count: number, nowMs: number): number {
    this.#refill(nowMs)
    return Math.max(0, Math.ceil(((count - this.#tokens) / this.#perSecond) * 1000))
  }

  /** Nothing was taken for long enough to forget about it. */
  isFull(nowMs: number): boolean {
    this.#refill(nowMs)
    return this.#tokens >= this.#burst
  }

  #refill(nowMs: number): void {
    this.#tokens = Math.min(this.#burst, this.#tokens + (Math.max(0, nowMs - this.#refilledMs) / 1000) * this.#perSecond)
    this.#refilledMs = nowMs
  }
}
