/** RFC 6762, section 6: a record is multicast at most once a second. Who asks meanwhile hears the next one. */
const BETWEEN_ANSWERS_MS = 1000

export class AnswerPace {
  readonly #answer: () => void
  readonly #nowMs: () => number
  #lastMs = -Infinity
  #next: NodeJS.Timeout | undefined

  constructor(answer: () => void, nowMs: () => number) {
    this.#answer = answer
    this.#nowMs = nowMs
  }

  /** Somebody asks. */
  asked(): void {
    if (this.#next !== undefined) return
    const waitMs = this.#lastMs + BETWEEN_ANSWERS_MS - this.#nowMs()
    if (waitMs <= 0) this.#say()
    else this.#next = setTimeout(() => this.#say(), waitMs).unref()
  }

  stop(): void {
    clearTimeout(this.#next)
    this.#next = undefined
  }

  #say(): void {
    this.#next = undefined
    this.#lastMs = this.#nowMs()
    this.#answer()
  }
}
