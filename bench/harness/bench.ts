import { REFERENCE, SYSTEMS } from '../systems/system.ts'
import type { SystemName } from '../systems/system.ts'
import { spreadText } from './table.ts'

export interface BenchOptions {
  /** Fewer and shorter repeats: to see that all is well, not to quote. */
  readonly quick: boolean
  readonly systems: readonly SystemName[]
  /** Overrides the bench's own number of repeats. */
  readonly repeats: number | undefined
}

/** Prints its own tables. */
export type Bench = (options: BenchOptions) => Promise<void>

/** One figure per repeat and subject; repeats are interleaved, so that those of one index belong together. */
export class Samples<K extends string> {
  readonly #reference: K
  readonly #values = new Map<K, number[]>()

  constructor(reference: K) {
    this.#reference = reference
  }

  add(subject: K, value: number): void {
    const values = this.#values.get(subject)
    if (values === undefined) this.#values.set(subject, [value])
    else values.push(value)
  }

  of(subject: K): readonly number[] {
    return this.#values.get(subject) ?? []
  }

  text(subject: K): string {
    return spreadText(this.of(subject))
  }

  /** Repeat by repeat against the reference of the same repeat. */
  ratioText(subject: K): string {
    const reference = this.of(this.#reference)
    const values = this.of(subject)
    if (reference.length !== values.length) return '-'
    return spreadText(values.map((value, i) => value / (reference[i] ?? NaN)))
  }
}

/** Runs `each` for every subject, `repeats` times, beginning with another one each time. */
export async function interleave<T>(subjects: readonly T[], repeats: number, each: (subject: T) => Promise<void>): Promise<void> {
  for (let repeat = 0; repeat < repeats; repeat++) {
    for (let i = 0; i < subjects.length; i++) {
      const subject = subjects[(i + repeat) % subjects.length]
      if (subject !== undefined) await each(subject)
    }
  }
}

export function nameOf(system: SystemName): string {
  return SYSTEMS[system] + (system === REFERENCE ? ' (reference)' : '')
}
