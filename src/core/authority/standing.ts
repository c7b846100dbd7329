/**
 * Whether a record had any business to be signed: whether it counts in the room that its own past and it make up, and its author had not done more than
 * the room takes. Nothing beside or after it is asked, so that all honest nodes agree, for ever, on what to keep. A record that something concurrent voids
 * had standing, and stays.
 */
import type { SignedRecord } from '../record/record.ts'
import { KIND } from '../record/kinds.ts'
import { actOf, payloadOf } from './act.ts'
import type { Act } from './act.ts'
import { admit } from './actions/admit.ts'
import { isAdmission, isWeightless } from './ledger.ts'
import type { Ledger } from './ledger.ts'
import { momentOfAct } from './moment.ts'
import { isBid } from './ownership.ts'
import type { Succession } from './ownership.ts'
import { PastBook } from './past-book.ts'
import { isReserved } from './quotas.ts'
import type { Quotas } from './quotas.ts'
import { isPermitted, RANK } from './rules.ts'
import { isValid } from './validity.ts'

/** A record as one that comes next, and the book of its past. */
interface Seen {
  readonly record: SignedRecord
  readonly act: Act
  readonly past: PastBook
}

export class Door {
  readonly #ledger: Ledger
  readonly #succession: Succession
  readonly #quotas: Quotas
  /** The one asked about last. What comes next often comes upon it, or beside it, and its past need not be read again. */
  #last: Seen | undefined

  constructor(ledger: Ledger, succession: Succession, quotas: Quotas) {
    this.#ledger = ledger
    this.#succession = succession
    this.#quotas = quotas
  }

  /** @throws {RangeError} when a parent is missing */
  hasStanding(record: SignedRecord): boolean {
    if (record.kind === KIND.genesis) return false
    const { act, past } = this.#seen(record)
    // RULE: What would hand over the room stands iff it is no flawed bid: of those in its own past and itself it is then the one that wins.
    if (isBid(act)) return this.#succession.flawOf(act, record.parents, past.line.now) === undefined
    // RULE: What changes nothing stands iff its author was permitted.
    if (isWeightless(act)) return isPermitted(past, act.author, momentOfAct(past.graph, act))
    // RULE: Everything else stands iff it counts.
    return isValid(past, act)
  }

  /** Whether others may name it: leaves, and kinds that are not known, change nothing, and are named by no honest node. */
  hasWeight(record: SignedRecord): boolean {
    return !isWeightless(this.#seen(record).act)
  }

  /**
   * RULE: In the last week that its own past shows, and since the generation began there, its author had not done as much as the room takes of its rank. Of
   * the owner's there is a reserve for what protects the room; using the token is bound by the token alone.
   * @throws {RangeError} when a parent is missing
   */
  isWithinQuota(record: SignedRecord): boolean {
    const { act, past } = this.#seen(record)
    const { ownerActs, ownerReserve, adminActs } = this.#quotas
    if (act.action?.by === 'holder' || act.action?.proofDomain !== undefined) return true
    const rank = past.rankOf(act)
    if (isAdmission(act)) return this.#admitsWithin(act, past, record, rank)
    const most = rank < RANK.owner ? adminActs : isReserved(act.action) ? ownerActs + ownerReserve : ownerActs
    return this.#countRecent(act, past, record, most, (other) => !isAdmission(other)) < most
  }

  #admitsWithin(act: Act, past: PastBook, record: SignedRecord, rank: number): boolean {
    const { admissions, memberAdmissions, allMemberAdmissions } = this.#quotas
    const most = rank > RANK.member ? admissions : memberAdmissions
    if (this.#countRecent(act, past, record, most, isAdmission) >= most) return false
    return rank > RANK.member || this.#isDoorOpen(record, act, past, allMemberAdmissions)
  }

  /**
   * RULE: In that week members, and people with invites, had not let in as many as the room takes of all of them. Who came by an invite that was ended since,
   * or before it was said anew who comes in, is not counted: so whoever closes the door that a liar came through has the room's to give again.
   */
  #isDoorOpen(record: SignedRecord, act: Act, past: PastBook, most: number): boolean {
    const { admissions } = this.#ledger
    if (admissions.length < most) return true
    const sinceUs = this.#sinceUs(record)
    const changes = past.accessChanges().filter((change) => change.act.index > 0)
    const isOver = (other: Act): boolean => {
      const invite = payloadOf(other, admit)?.invited?.invite
      if (invite !== undefined) return past.endsOf(invite).length > 0
      return changes.some((change) => past.graph.isPast(other.index, change.act.index))
    }
    let count = 0
    for (const other of admissions) {
      if (this.#ledger.shownUs(other.index) <= sinceUs || other === act || !past.holds(other)) continue
      if (past.rankOf(other) > RANK.member || isOver(other)) continue
      if (++count >= most) return false
    }
    return true
  }

  /** How many of its author's records it stands on that count against a quota, up to `most`. */
  #countRecent(act: Act, past: PastBook, record: SignedRecord, most: number, counts: (other: Act) => boolean): number {
    const acts = this.#ledger.actsBy(act.author)
    if (acts.length < most) return 0
    const sinceUs = this.#sinceUs(record)
    const { start } = past.line.now
    const isOfGeneration = (other: Act): boolean => start.index === 0 || other === start || past.graph.isPast(start.index, other.index)
    let count = 0
    for (let at = acts.length - 1; at >= 0 && count < most; at--) {
      const other = acts[at]!
      if (this.#ledger.shownUs(other.index) <= sinceUs) break
      if (other.index > 0 && counts(other) && past.holds(other) && isOfGeneration(other)) count++
    }
    return count
  }

  #sinceUs({ timeUs, parents }: SignedRecord): number {
    return this.#ledger.shownAfter(timeUs, this.#numbers(parents)) - this.#quotas.windowUs
  }

  /**
   * Whether there is room for it here beside what others of its author, or of its kind, nothing names. This alone hangs on the order of arrival, and so is
   * not asked of what something names. @throws {RangeError} when a parent is missing
   */
  hasRoomFor(record: SignedRecord): boolean {
    const { act, past } = this.#seen(record)
    if (isBid(act) && this.#succession.wouldLead(act, past.line.now)) return true
    if (isAdmission(act) && past.rankOf(act) === RANK.member) return this.#hasRoomForAdmission(past)
    const most = this.#quotas.forked
    if (this.#ledger.unnamedOf(act.author) < most) return true
    return this.#countBeside(this.#ledger.actsBy(act.author), past, most) < most
  }

  #hasRoomForAdmission(past: PastBook): boolean {
    const most = this.#quotas.unnamedAdmissions
    return this.#ledger.unnamedAdmissions < most || this.#countBeside(this.#ledger.admissions, past, most) < most
  }

  #countBeside(acts: readonly Act[], past: PastBook, most: number): number {
    let count = 0
    for (const other of acts) if (!this.#ledger.isNamed(other.index) && !past.holds(other) && ++count >= most) break
    return count
  }

  #seen(record: SignedRecord): Seen {
    if (this.#last?.record === record && this.#last.act.index === this.#ledger.graph.size) return this.#last
    const { graph } = this.#ledger
    const heads = this.#numbers(record.parents)
    const depth = heads.reduce((deepest, head) => Math.max(deepest, graph.depthOf(head) + 1), 0)
    const act = actOf(record, graph.size, depth)
    this.#last = { record, act, past: this.#pastOf(record, heads) }
    return this.#last
  }

  #pastOf({ parents }: SignedRecord, heads: readonly number[]): PastBook {
    const last = this.#last
    if (last?.past.isOf(heads) === true) return last.past
    // The last one has come in, if this one comes upon it alone.
    if (last !== undefined && parents.length === 1 && parents[0] === last.record.id) {
      if (last.past.isOf(this.#numbers(last.record.parents)) && last.past.extend(this.#ledger.acts[heads[0]!]!)) return last.past
    }
    return new PastBook(this.#ledger, this.#succession, heads)
  }

  #numbers(parents: readonly string[]): number[] {
    const numbers = parents.map((id) => this.#ledger.graph.indexOf(id))
    if (numbers.includes(undefined)) throw new RangeError('a parent is missing')
    return numbers as number[]
  }
}
