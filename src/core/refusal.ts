/**
 * Refusals are values: a stable machine-readable word and a sentence for a person.
 * Exceptions are reserved for bugs and I/O.
 */
export interface Refusal {
  readonly ok: false
  /** A stable word, e.g. `too-long`, `not-found`; programs compare it. */
  readonly reason: string
  /** One sentence for a person, which says the way out where there is one. */
  readonly message: string
}

export interface Accepted<T> {
  readonly ok: true
  readonly value: T
}

export type Outcome<T> = Accepted<T> | Refusal

export function accept<T>(value: T): Accepted<T> {
  return { ok: true, value }
}

export function refuse(reason: string, message: string): Refusal {
  return { ok: false, reason, message }
}
