/**
 * Who may do what, and what it does: passes 1 to 3. Each rule is a function under its sentence. They ask the book for what is valid by earlier
 * passes, and a moment for what it had seen.
 */
import type { Access } from '../record/fields.ts'
import type { Identity } from '../record/keys.ts'
import type { Act } from './act.ts'
import { payloadOf } from './act.ts'
import { admit } from './actions/admit.ts'
import type { InvitePayload } from './actions/invite.ts'
import { SETTINGS } from './actions/policy.ts'
import type { Ancestors } from './graph.ts'
import { momentOfAct } from './moment.ts'
import type { Moment } from './moment.ts'
import type { Term } from './ownership.ts'

export const RANK = { member: 0, admin: 1, owner: 2 } as const
export type Rank = 0 | 1 | 2

/** How long a kick keeps somebody out of an open room. */
export const KICK_US = 60_000_000

/** What lets somebody in. */
export interface Grant {
  readonly act: Act
  readonly rank: Rank
}

/** Something that said who may come in: the genesis, or a setting. */
export interface AccessChange {
  readonly act: Act
  readonly access: Access
}

/** What earlier passes have found. All lists are of acts that count. */
export interface Book {
  readonly graph: Ancestors
  rankOf(act: Act): Rank
  /** Whether it handed over the room, or its token. */
  won(act: Act): boolean
  termsOf(person: Identity): readonly Term[]
  promotionsOf(person: Identity): readonly Act[]
  /** By the owner: demotions, kicks, bans. */
  revocationsOf(person: Identity): readonly Act[]
  /** Kicks and bans. */
  removalsOf(person: Identity): readonly Act[]
  mutesOf(person: Identity): readonly Act[]
  /** What let somebody in, as far as it was known at that point. */
  grantsOf(person: Identity, at: Moment): readonly Grant[]
  /** What gives somebody their voice back, as far as it was known at that point. */
  voicesOf(person: Identity, at: Moment): readonly Grant[]
  accessChanges(): readonly AccessChange[]
  /** Policies whose word on this setting counts. */
  settersOf(key: string): readonly Act[]
  closings(): readonly Act[]
  inviteOf(id: string): { readonly act: Act; readonly payload: InvitePayload } | undefined
  /** What ended the invite. */
  endsOf(invite: string): readonly Act[]
  /** All admissions by the invite, valid or not. */
  usesOf(invite: string): readonly Act[]
  /** Whether an admission's proof is by the key of its invite, for this room and its author. */
  provesInvite(act: Act): boolean
}

// RULE: x is an owner's act iff its author has a term whose start is in past(x) and which has not ended, or whose end has x in its past.
export function ownsRoom(book: Book, person: Identity, at: Moment): boolean {
  return termAt(book, person, at) !== undefined
}

export function isOwnersAct(book: Book, act: Act): boolean {
  return act.index === 0 || ownsRoom(book, act.author, momentOfAct(book.graph, act))
}

/** The term that an owner relies on. */
export function termAt(book: Book, person: Identity, at: Moment): Term | undefined {
  const term = lastKnown(book.termsOf(person), at)
  return term !== undefined && (term.end === undefined || at.seenBy(term.end)) ? term : undefined
}

/** Each term's start has those of all before it in its past, and what knows the start of one has not been seen by the end of an earlier one. */
export function lastKnown(terms: readonly Term[], at: Moment): Term | undefined {
  let [low, high] = [0, terms.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if (at.knows(terms[middle]!.start)) low = middle + 1
    else high = middle
  }
  return terms[low - 1]
}

// RULE: x is an admin's act of A iff some promotion of A lies in past(x), and every revocation of A lies in that promotion's past or has x in its past.
export function isAdmin(book: Book, person: Identity, at: Moment): boolean {
  return promotionAt(book, person, at) !== undefined
}

/** The promotion that an admin relies on. */
export function promotionAt(book: Book, person: Identity, at: Moment): Act | undefined {
  const promotions = book.promotionsOf(person).filter((promotion) => at.knows(promotion))
  if (promotions.length === 0) return undefined
  const unseen = book.revocationsOf(person).filter((revocation) => !at.seenBy(revocation))
  return promotions.findLast((promotion) => unseen.every((revocation) => book.graph.isPast(revocation.index, promotion.index)))
}

export function roleAt(book: Book, person: Identity, at: Moment): Rank {
  return ownsRoom(book, person, at) ? RANK.owner : isAdmin(book, person, at) ? RANK.admin : RANK.member
}

// RULE: Nobody acts on themselves, except to leave.
export function isAboutOthers(act: Act): boolean {
  return act.deed.target !== act.author
}

// RULE: An admin's act against X counts only if every promotion of X lies in its past and is revoked there.
export function outranksPromotions(book: Book, act: Act, target: Identity): boolean {
  return promotionOver(book, act, target) === undefined
}

/** A promotion of the target that an act against it had not seen, or seen in force. */
export function promotionOver(book: Book, act: Act, target: Identity): Act | undefined {
  const { graph } = book
  const promotions = book.promotionsOf(target)
  if (promotions.length === 0) return undefined
  const revoked = book.revocationsOf(target).filter((revocation) => graph.isPast(revocation.index, act.index))
  const isRevoked = (promotion: Act): boolean => revoked.some((revocation) => !graph.isPast(revocation.index, promotion.index))
  return promotions.findLast((promotion) => !graph.isPast(promotion.index, act.index) || !isRevoked(promotion))
}

// RULE: An admin's act against X counts only if every term of X as owner lies in its past and has ended there.
export function outranksTerms(book: Book, act: Act, target: Identity): boolean {
  return termOver(book, act, target) === undefined
}

/** A term of the target that an act against it had not seen end. */
export function termOver(book: Book, act: Act, target: Identity): Term | undefined {
  const last = book.termsOf(target).at(-1)
  return last !== undefined && (last.end === undefined || !book.graph.isPast(last.end.index, act.index)) ? last : undefined
}

// RULE: Only the owner sets what is not the topic.
export function maySet(rank: Rank, key: string): boolean {
  return rank >= (SETTINGS.get(key)?.by === 'admin' ? RANK.admin : RANK.owner)
}

// RULE: An admin lets anybody in.
export function admitsAsAdmin(book: Book, act: Act): boolean {
  return payloadOf(act, admit)?.invited === null && book.rankOf(act) >= RANK.admin && isAboutOthers(act)
}

// RULE: A member lets in who knew the passcode, where the room is one of passcodes and the member permitted at that point.
export function admitsAsMember(book: Book, act: Act, at: Moment): boolean {
  if (payloadOf(act, admit)?.invited !== null || !isAboutOthers(act)) return false
  return accessAt(book, 'passcode', at).length > 0 && isPermitted(book, act.author, at)
}

// RULE: Who has the key of an admin's invite admits itself, at a time before the invite's end.
export function admitsItself(book: Book, act: Act, at: Moment): boolean {
  const payload = payloadOf(act, admit)
  const invite = payload?.invited === undefined || payload.invited === null ? undefined : book.inviteOf(payload.invited.invite)
  if (payload?.invited === undefined || payload.invited === null || invite === undefined || !at.knows(invite.act)) return false
  if (payload.target !== act.author || book.rankOf(invite.act) < RANK.admin) return false
  if (invite.payload.expiresMs !== null && act.timeUs >= invite.payload.expiresMs * 1000) return false
  if (!isOpenInvite(book, invite.act, at) || !hasUses(book, invite.act, invite.payload, at)) return false
  return book.provesInvite(act)
}

// RULE: An invite admits nobody whom the one who ended it had not seen come in.
export function isOpenInvite(book: Book, invite: Act, at: Moment): boolean {
  return book.endsOf(invite.id).every((end) => at.seenBy(end))
}

// RULE: An invite is used up by the admissions in an admission's own past.
export function hasUses(book: Book, invite: Act, payload: InvitePayload, at: Moment): boolean {
  if (payload.uses === null) return true
  return book.usesOf(invite.id).filter((use) => at.knows(use)).length < payload.uses
}

// RULE: Everybody is let in by what opened the room, if nothing that closed it later, unseen, stands against it.
export function accessAt(book: Book, access: Access, at: Moment): readonly Act[] {
  const changes = book.accessChanges()
  const others = changes.filter((change) => change.access !== access && !at.seenBy(change.act))
  const stands = (act: Act): boolean => at.knows(act) && others.every((other) => isLater(book, act, other.act))
  return changes.filter((change) => change.access === access && stands(change.act)).map((change) => change.act)
}

// RULE: A setting stands over those in its past; of concurrent ones the higher rank, then the greater depth, then the smaller id.
export function isLater(book: Book, act: Act, other: Act): boolean {
  if (book.graph.isPast(other.index, act.index)) return true
  if (act === other || book.graph.isPast(act.index, other.index)) return false
  const byRank = book.rankOf(act) - book.rankOf(other)
  const byDepth = act.depth - other.depth
  return byRank !== 0 ? byRank > 0 : byDepth !== 0 ? byDepth > 0 : act.id < other.id
}

// RULE: A grant covers a removal iff it has the removal in its past, and the removal is a kick or the grant's rank no lower than that of its author.
export function covers(book: Book, grant: Grant, removal: Act): boolean {
  return book.graph.isPast(removal.index, grant.act.index) && (removal.action?.liftedByAny === true || grant.rank >= book.rankOf(removal))
}

// RULE: X may speak iff a valid grant of X lies in the past, and every removal is covered by one there, had seen it, or was over before.
export function isPermitted(book: Book, person: Identity, at: Moment): boolean {
  const grants = grantsAt(book, person, at)
  return grants.length > 0 && firstAgainst(book, book.removalsOf(person), grants, at) === undefined
}

/** The first of a person's sanctions that does something at that moment. */
export function firstAgainst(book: Book, sanctions: readonly Act[], grants: readonly Grant[], at: Moment): Act | undefined {
  for (const sanction of at.unseen?.(sanctions) ?? sanctions) if (!sparesAt(book, sanction, grants, at)) return sanction
  return undefined
}

/** All valid grants in the past. */
export function grantsAt(book: Book, person: Identity, at: Moment): Grant[] {
  return [...openAt(book, at), ...book.grantsOf(person, at)]
}

/** What lets everybody in. */
export function openAt(book: Book, at: Moment): Grant[] {
  return accessAt(book, 'open', at).map((act) => ({ act, rank: RANK.member }))
}

/** Who comes in by an admission has the lowest grant, whoever it is by. */
export function grantBy(book: Book, act: Act): Grant {
  return { act, rank: act.action?.kind === admit.kind ? RANK.member : book.rankOf(act) }
}

/** Whether a sanction does nothing at that moment. */
export function sparesAt(book: Book, sanction: Act, grants: readonly Grant[], at: Moment): boolean {
  return at.seenBy(sanction) || isOver(book, sanction, at) || grants.some((grant) => covers(book, grant, sanction))
}

// RULE: A sanction with an end is over for what is timed after it.
export function isOver(book: Book, sanction: Act, at: Moment): boolean {
  const endUs = endOf(book, sanction)
  return endUs !== null && endUs < at.timeUs
}

// RULE: A kick from an open room lasts a minute; from a private one it ends the admission.
export function endOf(book: Book, sanction: Act): number | null {
  if (sanction.action?.liftedByAny === true) return accessSeen(book, sanction) === 'open' ? sanction.timeUs + KICK_US : null
  return sanction.deed.untilMs === undefined || sanction.deed.untilMs === null ? null : sanction.deed.untilMs * 1000
}

/** Who could come in as the act's author saw it. */
function accessSeen(book: Book, act: Act): Access {
  let last = book.accessChanges()[0]!
  for (const change of book.accessChanges()) {
    if (book.graph.isPast(change.act.index, act.index) && isLater(book, change.act, last.act)) last = change
  }
  return last.access
}
