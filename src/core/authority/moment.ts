/**
 * A point in a room's history at which it is asked who may do what: an act, a message, or the present. The rules know a point only by what it had
 * seen and who had seen it; the clock counts against the end of a sanction alone.
 */
import type { Act } from './act.ts'
import type { Ancestors } from './graph.ts'

export interface Moment {
  /** Whether the act is in its past. */
  knows(act: Act): boolean
  /** Whether it is in the past of the act, or of the act's cut: then the act takes nothing from it. */
  seenBy(act: Act): boolean
  /** Of a list that a book keeps, those that {@link seenBy} denies, in its order: where there is a quicker way to find them. */
  readonly unseen?: ((acts: readonly Act[]) => Iterable<Act>) | undefined
  /** What ended before this is over, µs. */
  readonly timeUs: number
}

export function momentOfAct(graph: Ancestors, act: Act): Moment {
  return {
    knows: (other) => graph.isPast(other.index, act.index),
    seenBy: (other) => graph.isPast(act.index, other.index),
    timeUs: act.timeUs
  }
}

/** Has seen all, and is seen by none. Without a time nothing is over yet. */
export function present(timeUs = 0): Moment {
  return { knows: () => true, seenBy: () => false, timeUs }
}
