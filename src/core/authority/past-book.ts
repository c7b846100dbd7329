/**
 * What the records say that lie before some heads, and they alone: the past of a record or message. Nothing outside it is looked at, so that whoever has
 * these records finds the same, whatever else they have. Works out what it is asked for and no more, which is mostly what was done about
 * two or three people.
 */
import { ACCESS } from '../record/fields.ts'
import type { Identity } from '../record/keys.ts'
import { payloadOf, settingOf } from './act.ts'
import type { Act } from './act.ts'
import type { Effect } from './actions/action.ts'
import { admit } from './actions/admit.ts'
import type { InvitePayload } from './actions/invite.ts'
import type { Ancestors } from './graph.ts'
import { isAdmission } from './ledger.ts'
import type { Ledger } from './ledger.ts'
import type { Moment } from './moment.ts'
import { isBid } from './ownership.ts'
import type { Line, Succession, Term } from './ownership.ts'
import * as rules from './rules.ts'
import { RANK } from './rules.ts'
import type { AccessChange, Book, Grant, Rank } from './rules.ts'
import { isValid, rankAt } from './validity.ts'

export class PastBook implements Book {
  readonly graph: Ancestors
  /** The line of owners, as this past has it. */
  readonly line: Line
  readonly #ledger: Ledger
  readonly #steps: number
  #heads: readonly number[]
  readonly #ranks = new Map<number, Rank>()
  readonly #counts = new Map<number, boolean>()
  readonly #lists = new Map<string, readonly Act[]>()
  #accessChanges: readonly AccessChange[] | undefined

  /** @param heads numbers of records; they and all before them are this past */
  constructor(ledger: Ledger, succession: Succession, heads: readonly number[]) {
    const { graph } = ledger
    this.#ledger = ledger
    this.#heads = heads
    // What is to come next, and so is not in the graph, has just this past.
    this.graph = { isPast: (a, b) => a < graph.size && (b >= graph.size ? this.#isWithin(a) : graph.isPast(a, b)) }
    const isAll = [...graph.heads].every((head) => heads.includes(head))
    this.line = isAll ? succession.line : succession.lineWithin((index) => this.#isWithin(index))
    this.#steps = this.line.steps.size
  }

  /** Whether an act lies in this past. */
  holds(act: Act): boolean {
    return act.index < this.#ledger.graph.size && this.#isWithin(act.index)
  }

  /** Whether this is the past that has these heads. */
  isOf(heads: readonly number[]): boolean {
    const isSame = heads.length === this.#heads.length && heads.every((head) => this.#heads.includes(head))
    // The line of the whole room goes on while it is the whole.
    return isSame && this.line.steps.size === this.#steps
  }

  /**
   * Makes this the past of what comes upon an act that has just this past, and counts. As the act has seen all, nothing that was found is another, but what
   * was done about its target. False where that is not so: a promotion lifts what was done before it, and a change of owners has terms end.
   */
  extend(act: Act): boolean {
    if (isBid(act) || act.action?.does.includes('promotes') === true) return false
    this.#heads = [act.index]
    for (const effect of act.action?.does ?? []) this.#lists.delete(`${effect} ${act.deed.target}`)
    this.#accessChanges = undefined
    return true
  }

  rankOf(act: Act): Rank {
    const known = this.#ranks.get(act.index)
    if (known !== undefined) return known
    const rank = rankAt(this, act)
    if (this.#isHere(act)) this.#ranks.set(act.index, rank)
    return rank
  }

  won(act: Act): boolean {
    return this.line.steps.has(act.index)
  }

  counts(act: Act): boolean {
    if (isAdmission(act)) this.#settle(act)
    const known = this.#counts.get(act.index)
    if (known !== undefined) return known
    const counts = isValid(this, act)
    if (this.#isHere(act)) this.#counts.set(act.index, counts)
    return counts
  }

  termsOf(person: Identity): readonly Term[] {
    return this.line.termsOf(person)
  }

  promotionsOf(person: Identity): readonly Act[] {
    return this.#list('promotes', person, (act) => this.#isOwners(act))
  }

  revocationsOf(person: Identity): readonly Act[] {
    return this.#list('revokes', person, (act) => this.#isOwners(act))
  }

  removalsOf(person: Identity): readonly Act[] {
    return this.#list('removes', person, (act) => this.counts(act))
  }

  mutesOf(person: Identity): readonly Act[] {
    return this.#list('mutes', person, (act) => this.counts(act))
  }

  grantsOf(person: Identity, at: Moment): readonly Grant[] {
    return this.#lifts('grants', person, at)
  }

  voicesOf(person: Identity, at: Moment): readonly Grant[] {
    return this.#lifts('unmutes', person, at)
  }

  accessChanges(): readonly AccessChange[] {
    this.#accessChanges ??= [
      { act: this.#ledger.acts[0]!, access: this.#ledger.access },
      ...this.settersOf('access').map((act) => ({ act, access: ACCESS[Number(settingOf(act, 'access'))]! }))
    ]
    return this.#accessChanges
  }

  settersOf(key: string): readonly Act[] {
    return (this.#ledger.policies.get(key) ?? []).filter((act) => this.holds(act) && rules.maySet(this.rankOf(act), key))
  }

  closings(): readonly Act[] {
    return this.#ledger.closings.filter((act) => this.holds(act) && this.counts(act))
  }

  inviteOf(id: string): { readonly act: Act; readonly payload: InvitePayload } | undefined {
    const invite = this.#ledger.inviteOf(id)
    return invite !== undefined && this.holds(invite.act) ? invite : undefined
  }

  endsOf(invite: string): readonly Act[] {
    return this.#ledger.endsOf(invite).filter((end) => this.holds(end) && this.counts(end))
  }

  usesOf(invite: string): readonly Act[] {
    return this.#ledger.usesOf(invite).filter((use) => this.holds(use))
  }

  provesInvite(act: Act): boolean {
    return this.#ledger.provesInvite(act)
  }

  #isWithin(index: number): boolean {
    return this.#heads.some((head) => head === index || this.#ledger.graph.isPast(index, head))
  }

  /** What is to come may be another next time. */
  #isHere(act: Act): boolean {
    return this.#ledger.acts[act.index] === act
  }

  /** Owner's acts rely on terms alone, so that asking for them goes in no circle. */
  #isOwners(act: Act): boolean {
    return rules.isAboutOthers(act) && rules.isOwnersAct(this, act)
  }

  #list(effect: Effect, person: Identity, is: (act: Act) => boolean): readonly Act[] {
    const key = `${effect} ${person}`
    let acts = this.#lists.get(key)
    if (acts === undefined) this.#lists.set(key, (acts = this.#listed(effect, person).filter((act) => this.holds(act) && is(act))))
    return acts
  }

  #listed(effect: Effect, person: Identity): readonly Act[] {
    return this.#ledger.people.get(person)?.listed(effect) ?? []
  }

  /** What is not known at that point is not asked whether it counts: that might rely on what asks. */
  #lifts(effect: Effect, person: Identity, at: Moment): readonly Grant[] {
    const term = rules.lastKnown(this.termsOf(person), at)
    const acts = this.#listed(effect, person).filter((act) => this.holds(act) && at.knows(act) && this.counts(act))
    const grants = acts.map((act) => rules.grantBy(this, act))
    return term === undefined ? grants : [{ act: term.start, rank: RANK.owner }, ...grants]
  }

  /** An admission by a member relies on those of its author, these on others: all of them, the earliest first, however long the chain. */
  #settle(act: Act): void {
    const needed = new Set<Act>()
    const open = [act]
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      if (needed.has(next) || this.#counts.has(next.index)) continue
      needed.add(next)
      const isByMember = payloadOf(next, admit)?.invited === null && this.rankOf(next) < RANK.admin
      if (!isByMember) continue
      for (const host of this.#listed('grants', next.author)) {
        if (isAdmission(host) && this.graph.isPast(host.index, next.index) && !needed.has(host)) open.push(host)
      }
    }
    for (const one of [...needed].sort((left, right) => left.index - right.index)) {
      if (one !== act) this.#counts.set(one.index, isValid(this, one))
    }
  }
}
