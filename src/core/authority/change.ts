/** What records change of what others say. */
import type { Identity } from '../record/keys.ts'
import { payloadOf } from './act.ts'
import type { Act } from './act.ts'
import { policy } from './actions/policy.ts'
import { revokeInvite } from './actions/revoke-invite.ts'
import { isAdmission } from './ledger.ts'
import type { Ledger } from './ledger.ts'
import { RANK } from './rules.ts'
import type { Book } from './rules.ts'

/** What records may have changed. */
export interface Change {
  /** Records, new ones among them, that count now and did not, or the other way round. */
  readonly turned: readonly Act[]
  /** Whose standing may be another now, and so whose messages may count that did not, or the other way round; undefined: anybody's. */
  readonly people: ReadonlySet<Identity> | undefined
  /** Whether it may bind, or free, what anybody says outside its cut: slow mode, closing and the like. */
  readonly binds: boolean
  /** Whether all was resolved anew. */
  readonly isAnew: boolean
}

/** A book in which acts are judged again. */
export interface Judging extends Book {
  readonly ledger: Ledger
  /** Finds its rank and whether it counts; true when it did not count and does now, or the other way round. */
  judge(act: Act): boolean
  /** What rests on it is to be found anew. */
  forget(act: Act): void
}

/** What several changes come to, of which none resolved all anew. */
export class ChangeSum implements Change {
  people: Set<Identity> | undefined = new Set()
  binds = false
  readonly isAnew = false
  readonly #turned = new Set<Act>()

  get turned(): readonly Act[] {
    return [...this.#turned]
  }

  /** An act turned; twice is as good as never. */
  turn(act: Act): void {
    if (!this.#turned.delete(act)) this.#turned.add(act)
    this.people?.add(act.author).add(act.deed.target ?? act.author)
    const keys = payloadOf(act, policy)?.settings
    this.binds ||= keys !== undefined || act.action?.does.includes('closes') === true
    if (keys?.has('access') === true) this.people = undefined
  }
}

/**
 * What one record that counts does to those that came before it here. What it has seen it takes nothing from; so it is about what it has not seen of what
 * its target did, and for promotions and terms about what was done against its target. From there it spreads through admissions alone, since only they rely
 * on people being let in; each admission relies on earlier ones, so that one pass in order finds all.
 */
export class Ripple {
  readonly #book: Judging
  readonly #sum: ChangeSum
  /** Admissions to be judged again. */
  readonly #doubtful = new Set<Act>()

  constructor(book: Judging, sum: ChangeSum) {
    this.#book = book
    this.#sum = sum
  }

  /** @param act one that was judged, and counts */
  spread(act: Act, knowsAll: boolean): void {
    const { ledger } = this.#book
    const does = act.action?.does ?? []
    this.#turn(act, knowsAll)
    if (does.includes('revokes') && !knowsAll && this.#book.rankOf(act) === RANK.owner) this.#revoke(act)
    if (does.includes('promotes') || this.#book.won(act)) {
      const person = ledger.personOf(act.deed.target ?? act.author)
      for (const against of person.against()) if (against !== act) this.#judge(against)
      person.forget()
    }
    if (this.#doubtful.size === 0) return
    for (const admission of ledger.admissions) if (this.#doubtful.has(admission)) this.#judge(admission)
  }

  /** What its target did as an admin without its having been seen. */
  #revoke(act: Act): void {
    const { ledger, graph } = this.#book
    for (const other of ledger.actsBy(act.deed.target!)) {
      if (other === act || graph.isPast(other.index, act.index)) continue
      if (isAdmission(other)) this.#doubtful.add(other)
      else this.#judge(other)
    }
  }

  #judge(act: Act): void {
    if (this.#book.judge(act)) this.#turn(act, false)
  }

  /** @param knowsAll whether all other records lie in its past, so that none relies on anything but what it had seen */
  #turn(act: Act, knowsAll: boolean): void {
    this.#sum.turn(act)
    this.#book.forget(act)
    if (!knowsAll) this.#unsettle(act)
  }

  /** Admissions that rely on what an act did. */
  #unsettle(act: Act): void {
    const { ledger } = this.#book
    const does = act.action?.does ?? []
    this.#book.forget(act)
    const hosted = does.includes('removes') || does.includes('grants') ? ledger.people.get(act.deed.target!)?.hosted ?? [] : []
    const ended = payloadOf(act, revokeInvite)?.invite ?? (does.includes('invites') ? act.id : undefined)
    const opened = payloadOf(act, policy)?.settings.has('access') === true ? ledger.admissions : []
    for (const list of [hosted, ended === undefined ? [] : ledger.usesOf(ended), opened]) for (const one of list) this.#doubtful.add(one)
  }
}
