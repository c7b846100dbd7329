/** So many of some work at a time, the rest in turn; who asks for what is under way gets its outcome. */
export class Lane {
  readonly #width: number
  #running = 0
  readonly #waiting: (() => void)[] = []
  readonly #jobs = new Map<string, Promise<unknown>>()

  constructor(width: number) {
    this.#width = width
  }

  /** Rejects when the signal aborts; work that has begun goes on and keeps its place, since it cannot be ended. `key` says what is the same work. */
  async run<T>(key: string, work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    signal.throwIfAborted()
    const job = (this.#jobs.get(key) as Promise<T> | undefined) ?? this.#begin(key, work, signal)
    const { promise, reject } = Promise.withResolvers<never>()
    const abort = (): void => reject(signal.reason as Error)
    signal.addEventListener('abort', abort, { once: true })
    try {
      return await Promise.race([job, promise])
    } finally {
      signal.removeEventListener('abort', abort)
    }
  }

  #begin<T>(key: string, work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    const job = this.#perform(work, signal).finally(() => this.#jobs.delete(key))
    // It may fail when nobody waits any more.
    job.catch(() => undefined)
    this.#jobs.set(key, job)
    return job
  }

  async #perform<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    if (this.#running >= this.#width) {
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve)
      })
    } else this.#running++
    try {
      signal.throwIfAborted()
      return await work()
    } finally {
      const next = this.#waiting.shift()
      if (next === undefined) this.#running--
      else next()
    }
  }
}
