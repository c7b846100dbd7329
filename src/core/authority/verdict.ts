/** Why a record counts or does not: the rule, by its name, and the record that it came down to. */
import type { Identity } from '../record/keys.ts'
import { payloadOf } from './act.ts'
import type { Act } from './act.ts'
import { admit, verifyInvite } from './actions/admit.ts'
import { policy, SETTINGS } from './actions/policy.ts'
import { momentOfAct } from './moment.ts'
import type { Moment } from './moment.ts'
import type { Resolver } from './resolver.ts'
import {
  accessAt, grantsAt, hasUses, isAboutOthers, isOpenInvite, promotionAt, promotionOver, RANK, sparesAt, termAt, termOver
} from './rules.ts'
import type { Rank } from './rules.ts'

export type Because =
  // It counts, since
  | 'genesis' | 'owner' | 'admin' | 'himself' | 'passcode' | 'invite' | 'token' | 'handed-over'
  // It does not, since
  | 'unknown-kind' | 'on-oneself' | 'not-owner' | 'not-admin' | 'revoked' | 'term-ended' | 'outranked'
  | 'bad-proof' | 'other-generation' | 'lost' | 'not-permitted' | 'removed'
  | 'no-invite' | 'invite-ended' | 'invite-used-up' | 'invite-over'

export interface Verdict {
  readonly effective: boolean
  readonly because: Because
  /** What it relies on, or lost to; undefined where no record says so. */
  readonly by: Act | undefined
}

const yes = (because: Because, by: Act | undefined): Verdict => ({ effective: true, because, by })
const no = (because: Because, by?: Act): Verdict => ({ effective: false, because, by })

export function verdictOf(book: Resolver, act: Act): Verdict {
  const { action } = act
  if (act.index === 0) return yes('genesis', undefined)
  if (action === undefined) return no('unknown-kind')
  if (book.succession.bidOf(act) !== undefined) return succession(book, act)
  if (action.by === 'himself') return yes('himself', undefined)
  const at = momentOfAct(book.graph, act)
  if (action.kind === admit.kind) return admission(book, act, at)
  if (!isAboutOthers(act)) return no('on-oneself')
  const needed = neededRank(act)
  const rank = book.rankOf(act)
  if (rank < needed) return withoutRank(book, act.author, needed, at)
  if (!book.counts(act)) return no('outranked', termOver(book, act, act.deed.target!)?.start ?? promotionOver(book, act, act.deed.target!))
  return rank === RANK.owner ? yes('owner', termAt(book, act.author, at)?.start) : yes('admin', promotionAt(book, act.author, at))
}

/** The rank that it takes; of a policy that of the least of its settings. */
export function neededRank(act: Act): Rank {
  const keys = [...(payloadOf(act, policy)?.settings.keys() ?? [])]
  if (keys.length > 0) return keys.some((key) => SETTINGS.get(key)?.by === 'admin') ? RANK.admin : RANK.owner
  return act.action?.by === 'owner' ? RANK.owner : RANK.admin
}

function succession(book: Resolver, act: Act): Verdict {
  const bid = book.succession.bidOf(act)!
  if (bid.flaw === 'not-owner') return withoutRank(book, act.author, RANK.owner, momentOfAct(book.graph, act))
  if (bid.flaw !== undefined) return no(bid.flaw, bid.seen.start)
  if (!book.succession.won(act)) return no('lost', book.succession.winnerOver(act))
  return act.action!.by === 'holder' ? yes('token', bid.seen.start) : yes('handed-over', bid.seen.term)
}

function admission(book: Resolver, act: Act, at: Moment): Verdict {
  const { invited, target } = payloadOf(act, admit)!
  if (invited !== null) return invitation(book, act, at)
  if (target === act.author) return no('on-oneself')
  const rank = book.rankOf(act)
  if (rank === RANK.owner) return yes('owner', termAt(book, act.author, at)?.start)
  if (rank === RANK.admin) return yes('admin', promotionAt(book, act.author, at))
  if (accessAt(book, 'passcode', at).length === 0) {
    const closed = book.accessChanges().findLast((change) => change.act.index > 0 && change.access !== 'passcode' && !at.seenBy(change.act))
    return closed === undefined ? withoutRank(book, act.author, RANK.admin, at) : no('revoked', closed.act)
  }
  const grants = grantsAt(book, act.author, at)
  if (grants.length === 0) return no('not-permitted')
  const removal = book.removalsOf(act.author).find((one) => !sparesAt(book, one, grants, at))
  return removal === undefined ? yes('passcode', grants.at(-1)!.act) : no('removed', removal)
}

function invitation(book: Resolver, act: Act, at: Moment): Verdict {
  const { invited, target } = payloadOf(act, admit)!
  const invite = book.inviteOf(invited!.invite)
  const isTheirs = target === act.author
  if (invite === undefined || !at.knows(invite.act) || !book.counts(invite.act) || !isTheirs) return no('no-invite', invite?.act)
  if (!verifyInvite(invite.payload.key, book.room, invite.act.id, act.author, invited!.proof)) return no('bad-proof', invite.act)
  if (!isOpenInvite(book, invite.act, at)) return no('invite-ended', book.endsOf(invite.act.id).find((end) => !at.seenBy(end)))
  if (!hasUses(book, invite.act, invite.payload, at)) return no('invite-used-up', invite.act)
  return book.counts(act) ? yes('invite', invite.act) : no('invite-over', invite.act)
}

/** Never had the rank, or lost it to something that had not seen what it did with it. */
function withoutRank(book: Resolver, person: Identity, needed: Rank, at: Moment): Verdict {
  const ended = book.termsOf(person).find((term) => at.knows(term.start))?.end
  if (needed === RANK.owner) return ended === undefined ? no('not-owner') : no('term-ended', ended)
  const promoted = book.promotionsOf(person).some((promotion) => at.knows(promotion))
  const revocation = promoted ? book.revocationsOf(person).findLast((one) => !at.seenBy(one)) : undefined
  if (revocation !== undefined) return no('revoked', revocation)
  return ended === undefined ? no('not-admin') : no('term-ended', ended)
}
