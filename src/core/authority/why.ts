/** What the records say, in words: why each counts or does not, and what stands about somebody. */
import type { Identity } from '../record/keys.ts'
import { KIND } from '../record/kinds.ts'
import type { Act } from './act.ts'
import type { Authority } from './authority.ts'
import { present } from './moment.ts'
import type { Judgement } from './messages.ts'
import type { Resolver } from './resolver.ts'
import { covers, endOf, grantsAt, roleAt, sparesAt } from './rules.ts'
import type { Grant } from './rules.ts'
import { verdictOf } from './verdict.ts'
import type { Because } from './verdict.ts'

/** By rank. */
export const ROLES = ['a member', 'an admin', 'the owner'] as const

export type Naming = (identity: Identity) => string

export interface ExplainedRecord {
  readonly id: string
  /** The action's word. */
  readonly kind: string
  readonly author: Identity
  readonly effective: boolean
  readonly because: Because
  /** The record that it relies on or lost to. */
  readonly by: string | undefined
  readonly text: string
}

export interface Explanation {
  readonly text: string
  readonly records: readonly ExplainedRecord[]
}

/** What a record says, and if it does not count, what it lost to and why. */
export function explain(book: Resolver, act: Act, name: Naming): ExplainedRecord {
  const { effective, because, by } = verdictOf(book, act)
  const reason = (): string => REASONS[because](by === undefined ? '' : sentenceOf(by, name), name(act.author))
  const standing = `${sentenceOf(act, name)}${lifted(book, act, name)}${unlifted(book, act, name)}`
  const text = effective ? standing : `${nounOf(act, name)} does not count: ${reason()}`
  return { id: act.id, kind: wordOf(act), author: act.author, effective, because, by: by?.id, text }
}

/** The chain of records about somebody, and what it comes to. */
export function whyPerson(authority: Authority, person: Identity, name: Naming, nowMs: number): Explanation {
  const { book } = authority
  const terms = new Set(book.termsOf(person).flatMap(({ start, end }) => (end === undefined ? [start] : [start, end])))
  const isOwn = (act: Act): boolean => act.author === person && act.action?.by === 'himself'
  const acts = book.acts.filter((act) => act.deed.target === person || terms.has(act) || isOwn(act))
  const records = acts.toSorted(byCausality).map((act) => explain(book, act, name))
  return { text: [...records.map((record) => record.text), standing(book, person, name, nowMs)].join('\n'), records }
}

/** All records of one action, and why each counts or does not. @public */
export function whyAction(authority: Authority, word: string, name: Naming): Explanation {
  const acts = authority.book.acts.filter((act) => wordOf(act) === word)
  const records = acts.toSorted(byCausality).map((act) => explain(authority.book, act, name))
  return { text: records.length === 0 ? 'nobody did that here' : records.map((record) => record.text).join('\n'), records }
}

/** What to tell somebody whose message does not count. */
export function sayFault(judgement: Judgement & { permitted: false }, name: Naming): string {
  const did = judgement.by === undefined ? '' : `: ${sentenceOf(judgement.by, name)}`
  const wasKicked = judgement.fault === 'not-admitted' && judgement.by !== undefined
  return `${wasKicked ? 'you were kicked from this room' : FAULTS[judgement.fault]}${did}`
}

const FAULTS: Readonly<Record<(Judgement & { permitted: false })['fault'], string>> = {
  'not-admitted': 'nobody has let you into this room',
  banned: 'you are banned from this room',
  muted: 'you are muted in this room',
  'announce-only': 'only admins speak in this room',
  closed: 'this room is closed'
}

type Reason = (did: string, author: string) => string

const REASONS: Readonly<Record<Because, Reason>> = {
  genesis: () => '',
  owner: () => '',
  admin: () => '',
  himself: () => '',
  passcode: () => '',
  invite: () => '',
  token: () => '',
  'handed-over': () => '',
  'unknown-kind': () => 'this version does not know what it is',
  'on-oneself': () => 'nobody acts on themselves',
  'not-owner': (_, author) => `only the owner may, and ${author} was not`,
  'not-admin': (_, author) => `only admins may, and ${author} was none`,
  revoked: (did) => `${did}, and had not seen it`,
  'term-ended': (did) => `${did}, and that had not seen it`,
  outranked: (did) => `that takes a higher rank than its target has: ${did}`,
  'bad-proof': () => 'its proof is not by the key that was asked for',
  'other-generation': () => 'the token it was made with is used up, or not yet in use',
  lost: (did) => `another comes first: ${did}`,
  'not-permitted': (_, author) => `${author} had not been let in`,
  removed: (did) => `${did}, and had not seen it`,
  'no-invite': () => 'there was no such invite for its author',
  'invite-ended': (did) => `${did}, and had not seen it`,
  'invite-used-up': () => 'the invite was used up',
  'invite-over': () => 'the invite was over'
}

export function sentenceOf(act: Act, name: Naming): string {
  if (act.action === undefined) return `${name(act.author)} ${act.index === 0 ? 'created the room' : 'did something unknown'}`
  return act.action.sentence({ payload: act.deed, author: act.author, timeUs: act.timeUs, name })
}

function nounOf(act: Act, name: Naming): string {
  const what = act.action?.noun({ payload: act.deed, author: act.author, timeUs: act.timeUs, name }) ?? 'record'
  return `${name(act.author)}'s ${what}`
}

function wordOf(act: Act): string {
  return act.action?.word ?? (act.index === 0 ? 'genesis' : 'unknown')
}

/** `, which bob's unban of ann lifted` for a removal or mute. */
function lifted(book: Resolver, act: Act, name: Naming): string {
  const lifts = act.action?.does.includes('removes') === true ? book.grantsOf(act.deed.target!)
    : act.action?.does.includes('mutes') === true ? book.voicesOf(act.deed.target!) : []
  const lift = lifts.find((grant: Grant) => covers(book, grant, act))
  return lift === undefined ? '' : `; lifted since: ${sentenceOf(lift.act, name)}`
}

/** `; that does not lift this: …` for an unban or unmute by a lower rank. */
function unlifted(book: Resolver, act: Act, name: Naming): string {
  if (act.action?.kind !== KIND.unban && act.action?.kind !== KIND.unmute) return ''
  const sanctions = act.action.kind === KIND.unban ? book.removalsOf(act.deed.target!) : book.mutesOf(act.deed.target!)
  const left = sanctions.find((one) => book.graph.isPast(one.index, act.index) && !covers(book, { act, rank: book.rankOf(act) }, one))
  return left === undefined ? '' : `; that does not lift this, by a higher rank: ${sentenceOf(left, name)}`
}

function standing(book: Resolver, person: Identity, name: Naming, nowMs: number): string {
  const at = present(nowMs * 1000)
  const grants = grantsAt(book, person, at)
  const role = ROLES[roleAt(book, person, at)]
  const removals = book.removalsOf(person).filter((act) => !sparesAt(book, act, grants, at))
  // Of several the one that lasts longest: the others end before it.
  const lasting = (act: Act): number => endOf(book, act) ?? Infinity
  const out = removals.toSorted((left, right) => lasting(right) - lasting(left))[0]
  if (out !== undefined) return `${name(person)} is out: ${sentenceOf(out, name)}`
  if (grants.length === 0) return `nobody has let ${name(person)} in`
  const mute = book.mutesOf(person).find((act) => !sparesAt(book, act, book.voicesOf(person), at))
  return `${name(person)} is ${role}${mute === undefined ? '' : `, and muted: ${sentenceOf(mute, name)}`}`
}

/** Parents before children, and the same order everywhere. */
function byCausality(left: Act, right: Act): number {
  return left.depth - right.depth || left.timeUs - right.timeUs || (left.id < right.id ? -1 : 1)
}
