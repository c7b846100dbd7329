/**
 * What an action is: the shape of its payload, who may, what it does to the state, and how it reads to a person. Each has a file of its own
 * here and a line in the one table; the resolver knows what `by` and `does` mean and no action by name, but those that hand over the room.
 */
import { refuse } from '../../refusal.ts'
import type { Outcome } from '../../refusal.ts'
import type { Value } from '../../record/codec.ts'
import type { Identity } from '../../record/keys.ts'

/**
 * The least rank that an author needs, or who else may:
 * `member` anybody who is let in; `himself` anybody, about nobody but himself; `newcomer` who was given a way in; `holder` of the reclaim token.
 */
export type Doer = 'owner' | 'admin' | 'member' | 'himself' | 'newcomer' | 'holder'

export type Effect =
  /** Its target is an admin. */
  | 'promotes'
  /** By the owner: its target is no admin any more. */
  | 'revokes'
  /** Its target is let in. */
  | 'grants'
  /** Its target is out, for as long as `untilMs` says. */
  | 'removes'
  /** Its target is silent, for as long as `untilMs` says. */
  | 'mutes'
  /** Its target may speak again. */
  | 'unmutes'
  /** What its target said is not shown. */
  | 'hides'
  | 'hands-over'
  | 'ends-generation'
  | 'sets'
  | 'closes'
  | 'invites'
  | 'revokes-invite'

/** What the payloads of several actions have, under the same names. */
export interface Deed {
  /** Whom it is about. */
  readonly target?: Identity
  /** Message heads that its author had seen: it takes nothing from what lies before them. */
  readonly cut?: readonly string[]
  /** When it ends, ms; null: never. */
  readonly untilMs?: number | null
}

/** A sentence needs the names that people go by. */
export interface Told<P> {
  readonly payload: P
  readonly author: Identity
  readonly timeUs: number
  readonly name: (identity: Identity) => string
}

export interface Action<P extends Deed = Deed> {
  readonly kind: number
  readonly word: string
  readonly by: Doer
  readonly does: readonly Effect[]
  /** Against its target: only who outranks the target may. */
  readonly against?: true
  /** A removal that any grant lifts which has seen it, whatever its rank. */
  readonly liftedByAny?: true
  /** It undoes what has this effect on its target: there has to be some. */
  readonly undoes?: 'promotes' | 'removes' | 'mutes'
  /** What it makes of its target, who has to be less. */
  readonly makes?: 'let in' | 'an admin' | 'the owner'
  /** A token's holder signs over what follows this, with the reclaim key. */
  readonly proofDomain?: string
  read(payload: Value): Outcome<P>
  write(payload: P): Value
  /** `bob kicked ann: spam` */
  sentence(told: Told<P>): string
  /** The same as a noun, to speak about it: `kick of ann` */
  noun(told: Told<P>): string
}

export function malformed(what: string): Outcome<never> {
  return refuse('malformed', `${what} of the record is not valid`)
}

/** `: spam`, or nothing. */
export function because(reason: string): string {
  return reason === '' ? '' : `: ${reason}`
}

const UNITS = [[86_400_000, 'day'], [3_600_000, 'hour'], [60_000, 'minute'], [1000, 'second']] as const

/** ` for 10 minutes`, counted from the record's own time; nothing when it has no end. */
export function lasting(untilMs: number | null, timeUs: number): string {
  if (untilMs === null) return ''
  return ` for ${duration(Math.max(0, untilMs - Math.floor(timeUs / 1000)))}`
}

/** In the largest unit that leaves less than a tenth over, or lacks next to nothing: a ban for 7 days is signed some milliseconds after it was asked for. */
export function duration(ms: number): string {
  const fits = (unit: number): boolean => {
    const over = ms - Math.round(ms / unit) * unit
    return Math.round(ms / unit) > 0 && (over < 0 ? -over <= ms / 100 : over <= ms / 10)
  }
  const [unitMs, word] = UNITS.find(([unit]) => fits(unit)) ?? [1000, 'second']
  const count = Math.round(ms / unitMs)
  return `${count} ${word}${count === 1 ? '' : 's'}`
}
