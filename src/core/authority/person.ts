/** What was done about one person: the acts that name it as target, by effect, and what of them counts. */
import type { Act } from './act.ts'
import type { Effect } from './actions/action.ts'

export class Person {
  /** Whom it let in; whether that counts hangs on what was done about it. */
  readonly hosted: Act[] = []
  readonly #acts = new Map<Effect, Act[]>()
  readonly #valid = new Map<Effect, readonly Act[]>()

  /** Notes an act about it. */
  list(act: Act): void {
    for (const effect of act.action?.does ?? []) {
      const acts = this.#acts.get(effect)
      if (acts === undefined) this.#acts.set(effect, [act])
      else acts.push(act)
    }
  }

  /** All acts with that effect, whether they count or not. */
  listed(effect: Effect): readonly Act[] {
    return this.#acts.get(effect) ?? NONE
  }

  /** What counts of the acts with that effect, as it was found last. */
  valid(effect: Effect, counts: (act: Act) => boolean): readonly Act[] {
    let acts = this.#valid.get(effect)
    if (acts === undefined) this.#valid.set(effect, (acts = this.#acts.get(effect)?.filter(counts) ?? NONE))
    return acts
  }

  /** All that takes somebody of higher rank than its target. */
  against(): ReadonlySet<Act> {
    return new Set([...this.#acts.values()].flat().filter((act) => act.action?.against === true))
  }

  /** What counts is to be found anew. */
  forget(): void {
    this.#valid.clear()
  }
}

const NONE: readonly Act[] = []
