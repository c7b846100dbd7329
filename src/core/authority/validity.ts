/** Whether an act has its effect: what `by`, `does` and `against` of its action ask for. */
import type { Identity } from '../record/keys.ts'
import type { Act } from './act.ts'
import { payloadOf } from './act.ts'
import { policy } from './actions/policy.ts'
import { isAdmission } from './ledger.ts'
import { momentOfAct } from './moment.ts'
import { isBid } from './ownership.ts'
import * as rules from './rules.ts'
import { RANK } from './rules.ts'
import type { Book, Rank } from './rules.ts'

export function isValid(book: Book, act: Act): boolean {
  const { action, deed } = act
  if (action === undefined) return act.index === 0
  if (isBid(act)) return book.won(act)
  if (action.by === 'himself') return true
  if (isAdmission(act)) return admits(book, act)
  if (!rules.isAboutOthers(act)) return false
  const rank = book.rankOf(act)
  const keys = payloadOf(act, policy)?.settings.keys()
  if (keys !== undefined) return [...keys].some((key) => rules.maySet(rank, key))
  if (action.by === 'owner') return rank === RANK.owner
  return rank === RANK.owner || (rank === RANK.admin && (action.against === undefined || outranks(book, act, deed.target!)))
}

/** The rank that the author had, as the act's past and what it did not see have it. */
export function rankAt(book: Book, act: Act): Rank {
  if (rules.isOwnersAct(book, act)) return RANK.owner
  return rules.isAdmin(book, act.author, momentOfAct(book.graph, act)) ? RANK.admin : RANK.member
}

function outranks(book: Book, act: Act, target: Identity): boolean {
  return rules.outranksPromotions(book, act, target) && rules.outranksTerms(book, act, target)
}

function admits(book: Book, act: Act): boolean {
  const at = momentOfAct(book.graph, act)
  return rules.admitsAsAdmin(book, act) || rules.admitsAsMember(book, act, at) || rules.admitsItself(book, act, at)
}
