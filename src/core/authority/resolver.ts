/**
 * What a set of authority records says, in four passes, each of which relies on those before it alone, so that nothing goes in circles:
 * 0 ownership (ownership.ts), 1 owner's acts and so admins, 2 admins' acts and so admissions, removals, mutes and settings, 3 messages (messages.ts).
 *
 * {@link Resolver.resolve} is the definition. Of a single record it is known what it may change (change.ts), and only that is looked at anew; after a
 * change of owners that did not know of all, or many records at once, all is resolved again.
 */
import { toHex } from '../record/bytes.ts'
import { ACCESS } from '../record/fields.ts'
import type { Identity } from '../record/keys.ts'
import { readGenesis } from '../record/payloads.ts'
import type { Genesis } from '../record/payloads.ts'
import type { SignedRecord } from '../record/record.ts'
import { payloadOf, settingOf } from './act.ts'
import type { Act } from './act.ts'
import type { Effect } from './actions/action.ts'
import type { InvitePayload } from './actions/invite.ts'
import { policy } from './actions/policy.ts'
import { ChangeSum, Ripple } from './change.ts'
import type { Change, Judging } from './change.ts'
import type { AuthorityGraph } from './graph.ts'
import { isAdmission, Ledger } from './ledger.ts'
import { present } from './moment.ts'
import type { Moment } from './moment.ts'
import { Succession } from './ownership.ts'
import type { Term } from './ownership.ts'
import * as rules from './rules.ts'
import { RANK } from './rules.ts'
import type { AccessChange, Grant, Rank } from './rules.ts'
import { isValid, rankAt } from './validity.ts'

/** Of records that come together, so many are looked at one by one; after more, all is resolved anew. */
const FEW = 64
export type { Change }

export class Resolver implements Judging {
  readonly room: string
  readonly genesis: Genesis
  readonly graph: AuthorityGraph
  readonly succession: Succession
  readonly ledger: Ledger
  readonly #ranks: Rank[] = []
  readonly #counts: boolean[] = []
  readonly #settings = new Map<string, Act | undefined>()
  #accessChanges: readonly AccessChange[] | undefined

  /** @throws {RangeError} when the record is not a genesis that was decoded: a bug, not input. */
  constructor(genesis: SignedRecord) {
    const payload = readGenesis(genesis.payload)
    if (!payload.ok || genesis.parents.length > 0) throw new RangeError('not a genesis')
    this.room = genesis.id
    this.genesis = payload.value
    this.ledger = new Ledger(payload.value.access)
    this.graph = this.ledger.graph
    const first = this.ledger.enter(genesis)
    this.#ranks.push(RANK.owner)
    this.#counts.push(true)
    this.succession = new Succession(first, toHex(payload.value.commitment), this.graph)
    this.resolve()
  }

  get acts(): readonly Act[] {
    return this.ledger.acts
  }

  /** Everybody about whom anything was done, and who owned the room. */
  people(): ReadonlySet<Identity> {
    return new Set([...this.ledger.people.keys(), ...this.succession.line.owners()])
  }

  /**
   * Takes records in that are not here, parents before children, and resolves all anew once at the most.
   * @throws {RangeError} when a record is here or a parent is not; those before it are in, and nothing is resolved: the caller sees to it
   */
  add(records: Iterable<SignedRecord>): Change {
    const before = this.#counts.slice()
    const sum = new ChangeSum()
    let isCurrent = true
    for (const record of records) {
      const act = this.ledger.enter(record)
      this.#ranks.push(RANK.member)
      this.#counts.push(false)
      const handedOver = this.succession.add(act, record.parents)
      isCurrent &&= this.graph.size - before.length <= FEW && this.#extend(act, handedOver, sum)
    }
    if (isCurrent) return sum
    this.resolve()
    const turned = this.acts.filter((act) => this.counts(act) !== (before[act.index] ?? false))
    return { turned, people: undefined, binds: true, isAnew: true }
  }

  /** All passes from the beginning: what the state is, by definition. */
  resolve(): void {
    for (const person of this.ledger.people.values()) person.forget()
    this.#settings.clear()
    this.#accessChanges = undefined
    for (const act of this.acts) this.#ranks[act.index] = rules.isOwnersAct(this, act) ? RANK.owner : RANK.member
    const others = this.acts.filter((act) => !isAdmission(act))
    for (const act of others) this.#counts[act.index] = this.rankOf(act) === RANK.owner && isValid(this, act)
    for (const act of this.acts) this.#ranks[act.index] = rankAt(this, act)
    for (const act of others) this.#counts[act.index] = isValid(this, act)
    for (const act of this.ledger.admissions) this.#counts[act.index] = false
    for (const act of this.ledger.admissions) {
      this.#counts[act.index] = isValid(this, act)
      this.ledger.personOf(act.deed.target!).forget()
    }
  }

  /** Whether it has its effect. */
  counts(act: Act): boolean {
    return this.#counts[act.index]!
  }

  rankOf(act: Act): Rank {
    return this.#ranks[act.index]!
  }

  won(act: Act): boolean {
    return this.succession.won(act)
  }

  termsOf(person: Identity): readonly Term[] {
    return this.succession.line.termsOf(person)
  }

  promotionsOf(person: Identity): readonly Act[] {
    return this.#valid(person, 'promotes')
  }

  revocationsOf(person: Identity): readonly Act[] {
    return this.#valid(person, 'revokes', (act) => this.counts(act) && this.rankOf(act) === RANK.owner)
  }

  removalsOf(person: Identity): readonly Act[] {
    return this.#valid(person, 'removes')
  }

  mutesOf(person: Identity): readonly Act[] {
    return this.#valid(person, 'mutes')
  }

  redactionsOf(person: Identity): readonly Act[] {
    return this.#valid(person, 'hides')
  }

  grantsOf(person: Identity, at: Moment = present()): readonly Grant[] {
    return this.#liftsOf(person, 'grants', at)
  }

  /** What gives somebody their voice back. */
  voicesOf(person: Identity, at: Moment = present()): readonly Grant[] {
    return this.#liftsOf(person, 'unmutes', at)
  }

  accessChanges(): readonly AccessChange[] {
    this.#accessChanges ??= [
      { act: this.acts[0]!, access: this.genesis.access },
      ...this.settersOf('access').map((act) => ({ act, access: ACCESS[Number(settingOf(act, 'access'))]! }))
    ]
    return this.#accessChanges
  }

  actById(id: string): Act | undefined {
    return this.ledger.actById(id)
  }

  inviteOf(id: string): { readonly act: Act; readonly payload: InvitePayload } | undefined {
    return this.ledger.inviteOf(id)
  }

  endsOf(id: string): readonly Act[] {
    return this.ledger.endsOf(id).filter((end) => this.counts(end))
  }

  usesOf(id: string): readonly Act[] {
    return this.ledger.usesOf(id)
  }

  provesInvite(act: Act): boolean {
    return this.ledger.provesInvite(act)
  }

  /** Policies whose word on this setting counts. */
  settersOf(key: string): readonly Act[] {
    return (this.ledger.policies.get(key) ?? []).filter((act) => rules.maySet(this.rankOf(act), key))
  }

  /** The policy that has the last word on a setting. */
  setterOf(key: string): Act | undefined {
    if (!this.#settings.has(key)) {
      const latest = this.#latest(this.settersOf(key))
      this.#settings.set(key, latest.find((act) => latest.every((other) => other === act || rules.isLater(this, act, other))))
    }
    return this.#settings.get(key)
  }

  judge(act: Act): boolean {
    const before = this.#counts[act.index]
    this.#ranks[act.index] = rankAt(this, act)
    this.#counts[act.index] = isValid(this, act)
    return before !== this.#counts[act.index]
  }

  forget(act: Act): void {
    if (act.deed.target !== undefined) this.ledger.personOf(act.deed.target).forget()
    for (const key of payloadOf(act, policy)?.settings.keys() ?? []) {
      this.#settings.delete(key)
      if (key === 'access') this.#accessChanges = undefined
    }
  }

  closings(): readonly Act[] {
    return this.ledger.closings.filter((act) => this.counts(act))
  }

  /** Says what a record that was entered changes. False: that may be anything, and all is to be resolved anew. */
  #extend(act: Act, handedOver: boolean, sum: ChangeSum): boolean {
    const knowsAll = this.graph.knowsAll(act.index)
    if (handedOver && !knowsAll) return false
    // Nothing has it in its past yet, so what does not count changes nothing.
    if (this.judge(act)) new Ripple(this, sum).spread(act, knowsAll)
    return true
  }

  #valid(person: Identity, effect: Effect, counts = (act: Act): boolean => this.counts(act)): readonly Act[] {
    return this.ledger.people.get(person)?.valid(effect, counts) ?? []
  }

  /** Acts with that effect, and what made the person owner last: it has all in its past that earlier terms have. */
  #liftsOf(person: Identity, effect: Effect, at: Moment): Grant[] {
    const term = rules.lastKnown(this.termsOf(person), at)
    const grants = this.#valid(person, effect).filter((act) => at.knows(act)).map((act) => rules.grantBy(this, act))
    return term === undefined ? grants : [{ act: term.start, rank: RANK.owner }, ...grants]
  }

  /** Those that none of the others has in its past. Descendants have higher numbers, so that they are met first. */
  #latest(acts: readonly Act[]): Act[] {
    const latest: Act[] = []
    for (const act of acts.toReversed()) if (!latest.some((later) => this.graph.isPast(act.index, later.index))) latest.push(act)
    return latest
  }
}
