/** Token buckets. Times are ms of whatever clock the caller uses. */

/** So many tokens at once, and then so many a second. */
export interface Rate {
  readonly burst: number
  readonly perSecond: number
}

/** One bucket. {@link Bucket.take} refuses what it cannot pay; {@link Bucket.charge} books what a thing turned out to cost, if need be as a debt. */
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

  /** Takes so many tokens whether they are there or not: what is missing has to be refilled before anything else is paid. */
  charge(count: number, nowMs: number): void {
    this.#refill(nowMs)
    this.#tokens -= count
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

/**
 * Buckets by key, for what outlives the thing that it counts for: a stream that is opened anew has the same key as before. At most `capacity` of them;
 * those that are full again are forgotten first, which changes nothing, then those that were used the longest ago.
 */
export class KeyedBuckets {
  readonly #rate: Rate
  readonly #capacity: number
  /** In the order of their last use. */
  readonly #buckets = new Map<string, Bucket>()

  constructor(rate: Rate, capacity: number) {
    this.#rate = rate
    this.#capacity = capacity
  }

  /** The keys that are remembered. */
  get size(): number {
    return this.#buckets.size
  }

  /** Of a key that is not remembered: full. */
  of(key: string, nowMs: number): Bucket {
    const bucket = this.#buckets.get(key) ?? new Bucket(this.#rate.burst, this.#rate.perSecond, nowMs)
    this.#buckets.delete(key)
    if (this.#buckets.size >= this.#capacity) this.#forget(nowMs)
    this.#buckets.set(key, bucket)
    return bucket
  }

  #forget(nowMs: number): void {
    for (const [key, bucket] of this.#buckets) if (bucket.isFull(nowMs)) this.#buckets.delete(key)
    // A quarter at a time, so that looking through all of them is paid for by many.
    let surplus = this.#buckets.size - Math.floor(this.#capacity * 3 / 4)
    for (const key of this.#buckets.keys()) if (surplus-- > 0) this.#buckets.delete(key)
  }
}
