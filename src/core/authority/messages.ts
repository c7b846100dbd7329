/**
 * Pass 3: whether a message counts. Nothing here depends on other messages; what does, how many an author may say in a time, is in pace.ts, and takes
 * its limit from here.
 */
import type { Identity } from '../record/keys.ts'
import type { RecordId } from '../record/record.ts'
import { payloadOf, settingOf } from './act.ts'
import type { Act } from './act.ts'
import { ban } from './actions/ban.ts'
import { rateFrom } from './actions/policy.ts'
import type { Rate } from './actions/policy.ts'
import { redact } from './actions/redact.ts'
import type { Ledger } from './ledger.ts'
import type { Moment } from './moment.ts'
import { PastBook } from './past-book.ts'
import type { Resolver } from './resolver.ts'
import { firstAgainst, grantsAt, isAdmin, isLater, isPermitted, ownsRoom } from './rules.ts'
import type { Book } from './rules.ts'

export interface MessageFacts {
  readonly id: RecordId
  readonly author: Identity
  readonly timeUs: number
  /** The authority heads that its author knew; all of them are here. */
  readonly auth: readonly RecordId[]
}

/** Whether the message is one of these message heads, or an ancestor of one. */
export interface Ancestry {
  (cut: readonly RecordId[]): boolean
  /**
   * The acts of a list before whose cut the message lies (`true`) or does not, in the order of the list: where many acts are asked about, this is quicker
   * than one after the other. An act without a cut has none before it. The list must be one that the book keeps.
   */
  readonly among?: (acts: readonly Act[], isBefore: boolean) => Iterable<Act>
}

/** Why a message does not count: refusal words of the interface, where there is one. */
export type MessageFault = 'not-admitted' | 'banned' | 'muted' | 'announce-only' | 'closed'

/** A limit that is undefined: as many as its author likes. */
interface Permitted {
  readonly permitted: true
  readonly limit: Rate | undefined
}

export type Judgement = Permitted | Refused
export type Ruling = Permitted | Omit<Refused, 'knew'>

export interface Refused {
  readonly permitted: false
  readonly fault: MessageFault
  /** What took the right, if anything did. */
  readonly by: Act | undefined
  /** Whether the message is refused for what lies in its own past alone: its author knew, and so it is refused everywhere and for ever. */
  readonly knew: boolean
}

/** Where the owner has set nothing else. */
export const DEFAULT_RATE: Rate = { count: 40, windowMs: 10_000 }

export function judgeMessage(book: Resolver, message: MessageFacts, isBefore: Ancestry): Judgement {
  const ruling = ruleOn(book, message, isBefore)
  if (ruling.permitted) return ruling
  const heads = headsOf(book, message)
  const past = new PastBook(book.ledger, book.succession, heads)
  const at: Moment = { ...momentOf(book, heads, message, isBefore), seenBy: () => false, unseen: undefined }
  return { ...ruling, knew: faultAt(past, message.author, at) !== undefined }
}

/** {@link judgeMessage} without looking into what the author knew, which is dear where much was done about them. */
export function ruleOn(book: Resolver, message: MessageFacts, isBefore: Ancestry): Ruling {
  const heads = headsOf(book, message)
  const at = momentOf(book, heads, message, isBefore)
  const fault = heads.length > 0 && speaksFreely(book.ledger, message.author) ? undefined : faultAt(book, message.author, at)
  if (fault !== undefined) return { permitted: false, ...fault }
  return { permitted: true, limit: isExempt(book, message.author, at) ? undefined : limitAt(book, at) }
}

function headsOf({ graph }: Resolver, { auth }: MessageFacts): number[] {
  return auth.flatMap((id) => present(graph.indexOf(id)))
}

/** Whether nothing was ever done, rightly or wrongly, for which a message of this author in an open room might not count. */
export function speaksFreely(ledger: Ledger, author: Identity): boolean {
  if (ledger.access !== 'open' || ledger.closings.length > 0) return false
  if (ledger.policies.has('access') || ledger.policies.has('announceOnly')) return false
  const person = ledger.people.get(author)
  return person === undefined || (person.listed('removes').length === 0 && person.listed('mutes').length === 0)
}

function faultAt(book: Book, author: Identity, at: Moment): Pick<Refused, 'fault' | 'by'> | undefined {
  const closed = book.closings().find((act) => closes(act, at))
  if (closed !== undefined) return { fault: 'closed', by: closed }
  if (!isPermitted(book, author, at)) {
    const grants = grantsAt(book, author, at)
    const by = firstAgainst(book, book.removalsOf(author), grants, at)
    return { fault: by === undefined || by.action?.liftedByAny === true ? 'not-admitted' : 'banned', by }
  }
  const mute = muteAt(book, author, at)
  if (mute !== undefined) return { fault: 'muted', by: mute }
  if (isExempt(book, author, at)) return undefined
  const announcing = restrictionsAt(book, 'announceOnly', at).find((act) => settingOf(act, 'announceOnly') === true)
  return announcing === undefined ? undefined : { fault: 'announce-only', by: announcing }
}

/** What hides a message that was permitted when it was said: a redaction, or a ban that hides all. */
export function hiddenBy(book: Resolver, message: MessageFacts, isBefore: Ancestry): Act | undefined {
  const redaction = book.redactionsOf(message.author).find((act) => payloadOf(act, redact)?.message === message.id)
  if (redaction !== undefined) return redaction
  const purging = purgingOf(book.removalsOf(message.author))
  if (isBefore.among === undefined) return purging.find((act) => purges(act, isBefore))
  for (const act of isBefore.among(purging, true)) return act
  return undefined
}

/** By the list of removals that a book keeps: what of it purges. */
const PURGING = new WeakMap<readonly Act[], readonly Act[]>()

function purgingOf(removals: readonly Act[]): readonly Act[] {
  let purging = PURGING.get(removals)
  if (purging === undefined) PURGING.set(removals, (purging = removals.filter((act) => payloadOf(act, ban)?.purge === true)))
  return purging
}

// RULE: A ban that purges hides what lies before its cut, also when it is over or lifted.
export function purges(removal: Act, isBefore: Ancestry): boolean {
  const payload = payloadOf(removal, ban)
  return payload?.purge === true && isBefore(payload.cut)
}

// RULE: A message is of those who knew of nothing against it: closing binds all that lies outside its cut, whoever said it.
export function closes(closing: Act, at: Moment): boolean {
  return !at.seenBy(closing)
}

// RULE: A mute silences what lies outside its cut, until it is over, or lifted by one that has seen it and ranks no lower.
function muteAt(book: Book, author: Identity, at: Moment): Act | undefined {
  const mutes = book.mutesOf(author)
  return mutes.length === 0 ? undefined : firstAgainst(book, mutes, book.voicesOf(author, at), at)
}

// RULE: Admins and the owner are exempt from what restricts all, except from closing.
export function isExempt(book: Book, author: Identity, at: Moment): boolean {
  return ownsRoom(book, author, at) || isAdmin(book, author, at)
}

// RULE: What restricts all binds what lies outside its cut, unless a later setting lies in the past.
export function restrictionsAt(book: Book, key: string, at: Moment): Act[] {
  const setters = book.settersOf(key)
  const known = setters.filter((act) => at.knows(act))
  const stands = (act: Act): boolean => !known.some((other) => isLater(book, other, act))
  return setters.filter((act) => stands(act) && (at.knows(act) || !at.seenBy(act)))
}

// RULE: Slow mode is one message an interval; of all limits that bind a message the strictest counts.
export function limitAt(book: Book, at: Moment): Rate | undefined {
  const slow = restrictionsAt(book, 'slow', at).map((act) => Number(settingOf(act, 'slow')))
  const rates = restrictionsAt(book, 'rate', at)
  const limits = slow.filter((windowMs) => windowMs > 0).map((windowMs): Rate => ({ count: 1, windowMs }))
  for (const act of rates) limits.push(...present(rateFrom(settingOf(act, 'rate'))))
  if (!rates.some((act) => at.knows(act))) limits.push(DEFAULT_RATE)
  return limits.sort(byStrictness)[0]
}

/** Fewer messages in a time first; of the same pace the longer windows. */
function byStrictness(left: Rate, right: Rate): number {
  return left.count * right.windowMs - right.count * left.windowMs || right.windowMs - left.windowMs
}

function momentOf(book: Book, heads: readonly number[], message: MessageFacts, isBefore: Ancestry): Moment {
  const { among } = isBefore
  return {
    knows: (act) => heads.some((head) => head === act.index || book.graph.isPast(act.index, head)),
    seenBy: (act) => isBefore(act.deed.cut ?? []),
    unseen: among === undefined ? undefined : (acts) => among(acts, false),
    timeUs: message.timeUs
  }
}

function present<T>(value: T | undefined): T[] {
  return value === undefined ? [] : [value]
}
