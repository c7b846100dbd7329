/** Whether somebody may do something, asked before it is signed: in words of the interface, and a sentence for who asks. */
import { accept, refuse } from '../refusal.ts'
import type { Outcome, Refusal } from '../refusal.ts'
import type { Identity } from '../record/keys.ts'
import { KIND } from '../record/kinds.ts'
import type { Act } from './act.ts'
import type { Action, Deed } from './actions/action.ts'
import type { AdmitPayload } from './actions/admit.ts'
import { policy, SETTINGS } from './actions/policy.ts'
import type { PolicyPayload } from './actions/policy.ts'
import type { Authority } from './authority.ts'
import { present } from './moment.ts'
import type { Moment } from './moment.ts'
import type { Resolver } from './resolver.ts'
import { accessAt, grantsAt, hasUses, isPermitted, RANK, roleAt, sparesAt } from './rules.ts'
import type { Rank } from './rules.ts'
import { ROLES, sentenceOf } from './why.ts'
import type { Naming } from './why.ts'

/** Who asks, of whom, and when. */
interface Question {
  readonly book: Resolver
  readonly actor: Identity
  readonly rank: Rank
  readonly at: Moment
  readonly name: Naming
}

/**
 * Whether a record of this, signed now by this actor after all that is here, would count. Refused as `closed`, `not-owner`, `not-admin`, `outranked`; as
 * `already` or `not-found` where there is nothing to do or undo; who is to be let in or leaves, as `banned` or `not-admitted`; by an invite, as
 * `invite-ended`, `invite-used-up` or `invite-over`. How often they did so before, and whether a token is the right one, is not looked at.
 */
export function mayAct<P extends Deed>(
  { book, state }: Authority, actor: Identity, action: Action<P>, deed: P, nowMs: number, name: Naming
): Outcome<void> {
  const at = present(nowMs * 1000)
  const question: Question = { book, actor, at, name, rank: roleAt(book, actor, at) }
  return refusalOf(question, state.closed, action, deed) ?? accept(undefined)
}

function refusalOf<P extends Deed>(question: Question, isClosed: boolean, action: Action<P>, deed: P): Refusal | undefined {
  if (action.by === 'himself') return leaving(question)
  if (isClosed) return refuse('closed', 'the room is closed, and nothing in it changes any more')
  if (action.kind === KIND.admit) return admitting(question, deed as unknown as AdmitPayload)
  const tooLow = belowRank(question, needed(action, deed))
  if (tooLow !== undefined) return tooLow
  if (action.kind === KIND.revokeInvite) return ending(question, (deed as unknown as { invite: string }).invite)
  return deed.target === undefined ? undefined : against(question, action, deed.target)
}

function belowRank({ book, rank, name }: Question, least: Rank): Refusal | undefined {
  if (rank >= least) return undefined
  if (least === RANK.owner) return refuse('not-owner', `only the owner of the room, ${name(book.succession.now.owner)}, can do that`)
  return refuse('not-admin', 'only admins of the room can do that')
}

function against(question: Question, action: Pick<Action, 'against' | 'makes' | 'undoes'>, target: Identity): Refusal | undefined {
  const { book, actor, rank, at, name } = question
  const theirs = roleAt(book, target, at)
  if (action.against === true) {
    if (target === actor) return refuse('outranked', 'nobody can do that to themselves')
    if (theirs >= rank) return refuse('outranked', `${name(target)} is ${ROLES[theirs]}, and that takes a higher rank than theirs`)
  }
  if (action.makes === 'an admin' && theirs >= RANK.admin) return refuse('already', `${name(target)} is ${ROLES[theirs]} already`)
  if (action.makes === 'the owner' && theirs === RANK.owner) return refuse('already', `${name(target)} is ${ROLES[theirs]} already`)
  if (action.undoes === 'promotes' && theirs !== RANK.admin) return refuse('not-found', `${name(target)} is no admin`)
  return action.undoes === 'removes' || action.undoes === 'mutes' ? lifting(question, action.undoes, target) : undefined
}

/** An unban or unmute: of what is in force, and by a rank no lower. */
function lifting(question: Question, effect: 'removes' | 'mutes', target: Identity): Refusal | undefined {
  const { book, actor, rank, at, name } = question
  const inForce = effect === 'removes' ? removalsAt(question, target)
    : book.mutesOf(target).filter((act) => !sparesAt(book, act, book.voicesOf(target), at))
  if (inForce.length === 0) return refuse('not-found', `${name(target)} is not ${effect === 'removes' ? 'banned' : 'muted'} here`)
  if (target === actor) return refuse('outranked', 'nobody can do that for themselves')
  const higher = inForce.find((act) => act.action?.liftedByAny !== true && book.rankOf(act) > rank)
  if (higher === undefined) return undefined
  return refuse('outranked', `that takes a rank no lower than that of who did it: ${sentenceOf(higher, name)}`)
}

function admitting(question: Question, { target, invited }: AdmitPayload): Refusal | undefined {
  const { book, actor, rank, at, name } = question
  const byInvite = invited !== null
  if (!byInvite && rank < RANK.admin && (accessAt(book, 'passcode', at).length === 0 || !isPermitted(book, actor, at))) {
    return belowRank(question, RANK.admin)
  }
  const ban = removalsAt(question, target).find((act) => act.action?.liftedByAny !== true)
  if (ban !== undefined) return refuse('banned', `${name(target)} is banned, and to be unbanned first: ${sentenceOf(ban, name)}`)
  if (isPermitted(book, target, at)) return refuse('already', `${name(target)} is let in already`)
  return byInvite ? using(question, invited.invite) : undefined
}

function using({ book, at }: Question, id: string): Refusal | undefined {
  const invite = book.inviteOf(id)
  if (invite === undefined || !book.counts(invite.act)) return refuse('not-found', 'there is no such invite to this room')
  if (book.endsOf(id).length > 0) return refuse('invite-ended', 'that invite was ended; ask for another')
  const isUsedUp = !hasUses(book, invite.act, invite.payload, at)
  if (isUsedUp) return refuse('invite-used-up', 'that invite was used as often as it could be; ask for another')
  const isOver = invite.payload.expiresMs !== null && at.timeUs >= invite.payload.expiresMs * 1000
  return isOver ? refuse('invite-over', 'that invite is over; ask for another') : undefined
}

function ending({ book }: Question, id: string): Refusal | undefined {
  if (book.inviteOf(id) === undefined) return refuse('not-found', 'there is no such invite to this room')
  return book.endsOf(id).length > 0 ? refuse('already', 'that invite was ended already') : undefined
}

/** To leave takes nobody's leave, but who is not in the room has nothing to write into it. */
function leaving(question: Question): Refusal | undefined {
  const { book, actor, at, name } = question
  const removal = removalsAt(question, actor)[0]
  const word = removal?.action?.liftedByAny === true ? 'not-admitted' : 'banned'
  if (removal !== undefined) return refuse(word, `you are out already: ${sentenceOf(removal, name)}`)
  return isPermitted(book, actor, at) ? undefined : refuse('not-admitted', 'nobody has let you into this room')
}

function removalsAt({ book, at }: Question, person: Identity): Act[] {
  const grants = grantsAt(book, person, at)
  return book.removalsOf(person).filter((act) => !sparesAt(book, act, grants, at))
}

/** The rank that all of it takes. */
function needed<P extends Deed>(action: Action<P>, deed: P): Rank {
  if (action.kind === policy.kind) {
    const { settings } = deed as unknown as PolicyPayload
    return [...settings.keys()].every((key) => SETTINGS.get(key)?.by === 'admin') ? RANK.admin : RANK.owner
  }
  if (action.kind === KIND.reclaim) return RANK.member
  return action.by === 'owner' || action.by === 'holder' ? RANK.owner : RANK.admin
}
