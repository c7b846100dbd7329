/**
 * What it may cost to make somebody's text fit to be shown, counted in steps and not in time: a step is one look at one code
 * point, cluster or cell. Every loop over foreign text pays with {@link spend}. A loop that does more than its share ends
 * with {@link TextTooCostly}, and something else is shown instead: one text never stops a node.
 *
 * The count is state of the module, since all of this is synchronous; its result depends on the text alone.
 */

/** Shown where a message would stand that costs more than its budget. */
export const MESSAGE_NOT_SHOWN = '(a message that could not be shown)'
/** The same for names, topics and reasons. */
export const TEXT_NOT_SHOWN = '(could not be shown)'

/**
 * Steps that one UTF-16 unit may cost: about twice what the costliest text needs. At some 50 ns a step, 32 KiB cost 20 ms
 * at most; what is free of it are short texts, where a bound by length would be too tight.
 */
export const STEPS_PER_UNIT = 12
export const FREE_STEPS = 50_000

/** Thrown by {@link spend}. The sentence is for logs; people see {@link MESSAGE_NOT_SHOWN}. */
export class TextTooCostly extends Error {
  constructor() {
    super('The text costs more than its budget.')
    this.name = 'TextTooCostly'
  }
}

let spent = 0
let limit = Number.POSITIVE_INFINITY

/** @throws {TextTooCostly} when the budget that is running is used up */
export function spend(steps: number): void {
  spent += steps
  if (spent > limit) throw new TextTooCostly()
}

/** All steps since the start of the process: tests take differences. */
export function stepsSpent(): number {
  return spent
}

/**
 * The result of `work`, or of `instead` when `work` would take more than `steps`, or more than is left of a budget around
 * this one, or when the engine refuses it (strings or stacks beyond its limits). Other errors pass. What stands instead is
 * not counted: it does not depend on the text.
 */
export function withinBudget<T>(steps: number, work: () => T, instead: () => T): T {
  const outer = limit
  limit = Math.min(outer, spent + steps)
  try {
    return work()
  } catch (error) {
    if (!(error instanceof TextTooCostly) && !(error instanceof RangeError)) throw error
    limit = Number.POSITIVE_INFINITY
    return instead()
  } finally {
    limit = outer
  }
}

/** The budget for a function over a text of so many UTF-16 units. */
export function stepsFor(units: number): number {
  return FREE_STEPS + STEPS_PER_UNIT * units
}
