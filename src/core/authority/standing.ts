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

/** @throws {RangeError} when a parent is missing */
export function hasStanding(ledger: Ledger, succession: Succession, record: SignedRecord): boolean {
  if (record.kind === KIND.genesis) return false
  const { act, past } = seenBy(ledger, succession, record)
  // RULE: What would hand over the room stands iff it is no flawed bid: of those in its own past and itself it is then the one that wins.
  if (isBid(act)) return succession.flawOf(act, record.parents, past.line.now) === undefined
  // RULE: What changes nothing stands iff its author was permitted, and had not done it too often.
  if (isFree(act)) return isPermitted(past, act.author, momentOfAct(past.graph, act)) && isWithinBounds(ledger, past, act)
  // RULE: Everything else stands iff it counts.
  return isValid(past, act) && isWithinBounds(ledger, past, act)
}

/** Whether the bounds on all records, and on those that take no rank, leave room for it here. @throws {RangeError} when a parent is missing */
export function hasRoomFor(ledger: Ledger, succession: Succession, record: SignedRecord): boolean {
  if (ledger.graph.size >= MAX_AUTHORITY_RECORDS) return false
  const { act, past } = seenBy(ledger, succession, record)
  const free = ledger.freeActsOf(act.author).length
  const isFull = isAdmission(act) ? ledger.admissions.length >= MAX_ADMISSIONS
    : isFree(act) && (ledger.freeCount >= MAX_FREE_RECORDS || free >= 2 * MAX_FREE_RECORDS_PER_AUTHOR)
  return !isFull || past.rankOf(act) > RANK.member
}

/** What an author without rank had done before, as far as the record shows. */
function isWithinBounds(ledger: Ledger, past: PastBook, act: Act): boolean {
  const [list, most] = isFree(act) ? [ledger.freeActsOf(act.author), MAX_FREE_RECORDS_PER_AUTHOR] as const
    : isAdmission(act) ? [ledger.people.get(act.author)?.hosted ?? [], MAX_ADMISSIONS_PER_MEMBER] as const : [[], 1] as const
  return list.length < most || list.filter((other) => past.holds(other)).length < most || past.rankOf(act) > RANK.member
}

/** The record as one that comes next, and the book of its past. */
function seenBy(ledger: Ledger, succession: Succession, record: SignedRecord): { act: Act; past: PastBook } {
  const { graph } = ledger
  const heads = record.parents.map((id) => graph.indexOf(id))
  if (heads.includes(undefined)) throw new RangeError('a parent is missing')
  const past = heads as number[]
  const depth = past.reduce((deepest, head) => Math.max(deepest, graph.depthOf(head) + 1), 0)
  return { act: actOf(record, graph.size, depth), past: new PastBook(ledger, succession, past) }
}
