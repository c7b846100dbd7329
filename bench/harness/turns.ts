/**
 * What takes turns in a bench. All subjects are up at once. One that breaks in a turn, or while it is opened or warmed up, has no figure for that turn and is
 * opened anew for its next: libp2p as it comes drops a connection whose ping is late, and does not dial again.
 */
import type { Report } from './report.ts'

interface Closable {
  close(): Promise<void>
}

export interface Subject<K extends string, R extends Closable> {
  readonly key: K
  readonly name: string
  /** True for p2pchat: a turn that it loses fails the bench. */
  readonly isOurs: boolean
  /** Opens it, and warms it up. */
  readonly open: () => Promise<R>
}

/** Times that a subject is opened for one turn until that turn counts as lost. */
const TRIES = 3

export class Turns<K extends string, R extends Closable> {
  readonly #report: Report
  readonly #subjects: readonly Subject<K, R>[]
  readonly #open = new Map<K, R>()
  readonly #lost = new Map<K, number>()

  constructor(report: Report, subjects: readonly Subject<K, R>[]) {
    this.#report = report
    this.#subjects = subjects
  }

  /**
   * Every subject once, `repeats` times, beginning with another one each time.
   * @param lost is called for a turn without a figure, so that those of one repeat stay together
   */
  async run(repeats: number, each: (resource: R, key: K) => Promise<void>, lost: (key: K) => void): Promise<void> {
    await Promise.all(this.#subjects.map(async (subject) => this.#have(subject).catch(() => undefined)))
    for (let repeat = 0; repeat < repeats; repeat++) {
      for (let i = 0; i < this.#subjects.length; i++) {
        const subject = this.#subjects[(i + repeat) % this.#subjects.length]!
        await this.#turn(subject, each, lost)
      }
    }
  }

  lostTurns(key: K): number {
    return this.#lost.get(key) ?? 0
  }

  async close(): Promise<void> {
    await Promise.all([...this.#open.values()].map((resource) => resource.close()))
  }

  async #turn(subject: Subject<K, R>, each: (resource: R, key: K) => Promise<void>, lost: (key: K) => void): Promise<void> {
    const { key, name, isOurs } = subject
    try {
      await each(await this.#have(subject), key)
    } catch (error) {
      this.#lost.set(key, this.lostTurns(key) + 1)
      if (isOurs) this.#report.failed(error)
      else this.#report.lostTurn(name, error)
      lost(key)
      await this.#drop(key)
    }
  }

  async #have({ key, open }: Subject<K, R>): Promise<R> {
    for (let attempt = 1; ; attempt++) {
      const there = this.#open.get(key)
      if (there !== undefined) return there
      try {
        this.#open.set(key, await open())
      } catch (error) {
        if (attempt === TRIES) throw error
      }
    }
  }

  async #drop(key: K): Promise<void> {
    const resource = this.#open.get(key)
    this.#open.delete(key)
    await resource?.close().catch(() => undefined)
  }
}
