/**
 * Pass 3: whether a message counts. Nothing here depends on other messages; what does, how many an author may say in a time, is in pace.ts, and takes
 * its limit from here.
 */
import type { Identity } from '../record/keys.ts'
import type { RecordId } from '../record/record.ts'
import { payloadOf } from './act.ts'
import type { Act } from './act.ts'
import { ban } from './actions/ban.ts'
import { rateFrom } from './actions/policy.ts'
import type { Rate } from './actions/policy.ts'
import { redact } from './actions/redact.ts'
import type { Moment } from './moment.ts'
import { settingOf } from './resolver.ts'
import type { Resolver } from './resolver.ts'
import { grantsAt, isAdmin, isLater, isPermitted, ownsRoom, sparesAt } from './rules.ts'

export interface MessageFacts {
  readonly id: RecordId
  readonly author: Identity
  readonly timeUs: number
  /** The authority heads that its author knew; all of them are here. */
  readonly auth: readonly RecordId[]
}

/** Whether the message is one of these message heads, or an ancestor of one. */
export type Ancestry = (cut: readonly RecordId[]) => boolean

/** Why a message does not count: refusal words of the interface, where there is one. */
export type MessageFault = 'not-admitted' | 'banned' | 'muted' | 'announce-only' | 'closed'

export type Judgement =
  /** Undefined: as many as its author likes. */
  | { readonly permitted: true; readonly limit: Rate | undefined }
  /** @property by what took the right, if anything did */
  | { readonly permitted: false; readonly fault: MessageFault; readonly by: Act | undefined }

/** Where the owner has set nothing else. */
export const DEFAULT_RATE: Rate = { count: 40, windowMs: 10_000 }

export function judgeMessage(book: Resolver, message: MessageFacts, isBefore: Ancestry): Judgement {
  const at = momentOf(book, message, isBefore)
  const { author } = message
  const closed = book.closings().find((act) => closes(act, at))
  if (closed !== undefined) return { permitted: false, fault: 'closed', by: closed }
  if (!isPermitted(book, author, at)) {
    const grants = grantsAt(book, author, at)
    const by = book.removalsOf(author).find((act) => !sparesAt(book, act, grants, at))
    return { permitted: false, fault: by === undefined || by.action?.liftedByAny === true ? 'not-admitted' : 'banned', by }
  }
  const mute = book.mutesOf(author).find((act) => silences(book, act, author, at))
  if (mute !== undefined) return { permitted: false, fault: 'muted', by: mute }
  if (isExempt(book, author, at)) return { permitted: true, limit: undefined }
  const announcing = restrictionsAt(book, 'announceOnly', at).find((act) => settingOf(act, 'announceOnly') === true)
  if (announcing !== undefined) return { permitted: false, fault: 'announce-only', by: announcing }
  return { permitted: true, limit: limitAt(book, at) }
}

/** What hides a message that was permitted when it was said: a redaction, or a ban that hides all. */
export function hiddenBy(book: Resolver, message: MessageFacts, isBefore: Ancestry): Act | undefined {
  const redaction = book.redactionsOf(message.author).find((act) => payloadOf(act, redact)?.message === message.id)
  return redaction ?? book.removalsOf(message.author).find((act) => purges(act, isBefore))
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
export function silences(book: Resolver, mute: Act, author: Identity, at: Moment): boolean {
  return !sparesAt(book, mute, book.voicesOf(author).filter((voice) => at.knows(voice.act)), at)
}

// RULE: Admins and the owner are exempt from what restricts all, except from closing.
export function isExempt(book: Resolver, author: Identity, at: Moment): boolean {
  return ownsRoom(book, author, at) || isAdmin(book, author, at)
}

// RULE: What restricts all binds what lies outside its cut, unless a later setting lies in the past.
export function restrictionsAt(book: Resolver, key: string, at: Moment): Act[] {
  const setters = book.settersOf(key)
  const known = setters.filter((act) => at.knows(act))
  const stands = (act: Act): boolean => !known.some((other) => isLater(book, other, act))
  return setters.filter((act) => stands(act) && (at.knows(act) || !at.seenBy(act)))
}

// RULE: Slow mode is one message an interval; of all limits that bind a message the strictest counts.
export function limitAt(book: Resolver, at: Moment): Rate | undefined {
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

function momentOf(book: Resolver, message: MessageFacts, isBefore: Ancestry): Moment {
  const heads = message.auth.flatMap((id) => present(book.graph.indexOf(id)))
  return {
    knows: (act) => heads.some((head) => head === act.index || book.graph.isPast(act.index, head)),
    seenBy: (act) => isBefore(act.deed.cut ?? []),
    timeUs: message.timeUs
  }
}

function present<T>(value: T | undefined): T[] {
  return value === undefined ? [] : [value]
}
