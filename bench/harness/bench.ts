import { REFERENCE, SYSTEMS } from '../systems/system.ts'
import type { SystemName } from '../systems/system.ts'
import type { Report } from './report.ts'
import { spreadText } from './table.ts'

export interface BenchOptions {
  /** Few and short repeats: to see that every bench still runs, not to quote. */
  readonly short: boolean
  readonly systems: readonly SystemName[]
  /** Overrides the bench's own number of repeats. */
  readonly repeats: number | undefined
  readonly report: Report
}

/** Reports its tables and figures. Rejects when it cannot be run to its end. */
export type Bench = (options: BenchOptions) => Promise<void>

/** One figure per repeat and subject; repeats are interleaved, so that those of one index belong together. NaN: a turn without a figure. */
export class Samples<K extends string> {
  readonly reference: K
  readonly #values = new Map<K, number[]>()

  constructor(reference: K) {
    this.reference = reference
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
    const reference = this.of(this.reference)
    const values = this.of(subject)
    if (reference.length !== values.length) return '-'
    return spreadText(values.map((value, i) => value / (reference[i] ?? NaN)))
  }
}

export function nameOf(system: SystemName): string {
  return SYSTEMS[system] + (system === REFERENCE ? ' (reference)' : '')
}
