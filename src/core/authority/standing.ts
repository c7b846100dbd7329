/**
 * Whether a record had any business to be signed: whether it counts in the room that its own past and it make up. Nothing beside or after it is asked, so
 * that all honest nodes agree, for ever, on what to keep. A record that something concurrent voids had standing, and stays.
 */
import type { SignedRecord } from '../record/record.ts'
import { KIND } from '../record/kinds.ts'
import {
  MAX_ADMISSIONS, MAX_ADMISSIONS_PER_MEMBER, MAX_AUTHORITY_RECORDS, MAX_FREE_RECORDS, MAX_FREE_RECORDS_PER_AUTHOR
} from '../record/limits.ts'
import { actOf } from './act.ts'
import type { Act } from './act.ts'
import { isAdmission, isFree } from './ledger.ts'
import type { Ledger } from './ledger.ts'
import { momentOfAct } from './moment.ts'
import { isBid } from './ownership.ts'
import type { Succession } from './ownership.ts'
import { PastBook } from './past-book.ts'
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
  /** The one asked about last. What comes next often comes upon it, or beside it, and its past need not be read again. */
  #last: Seen | undefined

  constructor(ledger: Ledger, succession: Succession) {
    this.#ledger = ledger
    this.#succession = succession
  }

  /** @throws {RangeError} when a parent is missing */
  hasStanding(record: SignedRecord): boolean {
    if (record.kind === KIND.genesis) return false
    const { act, past } = this.#seen(record)
    // RULE: What would hand over the room stands iff it is no flawed bid: of those in its own past and itself it is then the one that wins.
    if (isBid(act)) return this.#succession.flawOf(act, record.parents, past.line.now) === undefined
    // RULE: What changes nothing stands iff its author was permitted, and had not done it too often.
    if (isFree(act)) return isPermitted(past, act.author, momentOfAct(past.graph, act)) && this.#isWithinBounds(act, past)
    // RULE: Everything else stands iff it counts.
    return isValid(past, act) && this.#isWithinBounds(act, past)
  }

  /** Whether the bounds on all records, and on those that take no rank, leave room for it here. @throws {RangeError} when a parent is missing */
  hasRoomFor(record: SignedRecord): boolean {
    const { graph, admissions, freeCount } = this.#ledger
    if (graph.size >= MAX_AUTHORITY_RECORDS) return false
    const { act, past } = this.#seen(record)
    const free = this.#ledger.freeActsOf(act.author).length
    const isFull = isAdmission(act) ? admissions.length >= MAX_ADMISSIONS
      : isFree(act) && (freeCount >= MAX_FREE_RECORDS || free >= 2 * MAX_FREE_RECORDS_PER_AUTHOR)
    return !isFull || past.rankOf(act) > RANK.member
  }

  /** What an author without rank had done before, as far as the record shows. */
  #isWithinBounds(act: Act, past: PastBook): boolean {
    if (!isFree(act) && !isAdmission(act)) return true
    const list = isFree(act) ? this.#ledger.freeActsOf(act.author) : this.#ledger.people.get(act.author)?.hosted ?? []
    const most = isFree(act) ? MAX_FREE_RECORDS_PER_AUTHOR : MAX_ADMISSIONS_PER_MEMBER
    return list.length < most || list.filter((other) => past.holds(other)).length < most || past.rankOf(act) > RANK.member
  }

  #seen(record: SignedRecord): Seen {
    const { graph } = this.#ledger
    const parents = record.parents.map((id) => graph.indexOf(id))
    if (parents.includes(undefined)) throw new RangeError('a parent is missing')
    const heads = parents as number[]
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
      if (last.past.isOf(this.#numbers(last.record)) && last.past.extend(this.#ledger.acts[heads[0]!]!)) return last.past
    }
    return new PastBook(this.#ledger, this.#succession, heads)
  }

  #numbers({ parents }: SignedRecord): number[] {
    return parents.map((id) => this.#ledger.graph.indexOf(id)!)
  }
}
