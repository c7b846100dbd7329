/** Which messages of an archive count: each is judged by the authority records, then counted in its time. */
import type { Act } from '../authority/act.ts'
import type { Authority } from '../authority/authority.ts'
import type { Ancestry, MessageFacts, MessageFault } from '../authority/messages.ts'
import { counted } from '../authority/pace.ts'
import type { Paced } from '../authority/pace.ts'
import type { RecordId } from '../record/record.ts'
import { Ancestors } from './ancestors.ts'
import type { Entry, Table } from './table.ts'

export interface Tally {
  readonly all: number
  /** Shown by every node that has these records. */
  readonly counting: number
  /** They counted when they were said, and were taken off the record. */
  readonly hidden: number
  /** They never counted, by what stood against them. */
  readonly refused: Readonly<Partial<Record<MessageFault | 'too-fast', number>>>
}

/** Messages that are judged at a time, and questions whether one lies before a cut: of thousands of acts, each message may ask about all. */
const SLICE_MESSAGES = 512
const SLICE_QUESTIONS = 65_536

/**
 * Goes on a slice at a time, so that something else may be done between.
 *
 * @param messages by (time, id); all that they rely on is in the authority
 */
export function* tally(table: Table, messages: readonly Entry[], authority: Authority): Generator<void, Tally> {
  const ancestors = new Ancestors(table, messages, cutsOf(authority))
  const refused: Partial<Record<MessageFault | 'too-fast', number>> = {}
  /** Those that have a limit, by author. */
  const paced = new Map<number, Paced[]>()
  const hidden = new Set<RecordId>()
  let permitted = 0
  let [judged, asked] = [0, 0]
  for (const [place, entry] of byAuthor(messages)) {
    if (++judged % SLICE_MESSAGES === 0 || ancestors.asked - asked > SLICE_QUESTIONS) {
      asked = ancestors.asked
      yield
    }
    const facts = factsOf(table, entry)
    const isBefore = ancestryOf(ancestors, place)
    const judgement = authority.ruleOn(facts, isBefore)
    if (!judgement.permitted) {
      refused[judgement.fault] = (refused[judgement.fault] ?? 0) + 1
      continue
    }
    permitted++
    if (judgement.limit !== undefined) pacedBy(paced, entry.author).push({ id: facts.id, timeUs: facts.timeUs, limit: judgement.limit })
    if (authority.hiddenBy(facts, isBefore) !== undefined) hidden.add(facts.id)
  }
  let tooFast = 0
  for (const bound of paced.values()) {
    yield
    const inTime = new Set(counted(bound))
    tooFast += bound.length - inTime.size
    for (const message of bound) if (!inTime.has(message)) hidden.delete(message.id)
  }
  if (tooFast > 0) refused['too-fast'] = tooFast
  return { all: messages.length, counting: permitted - tooFast - hidden.size, hidden: hidden.size, refused }
}

function ancestryOf(ancestors: Ancestors, place: number): Ancestry {
  const isBefore = (cut: readonly RecordId[]): boolean => ancestors.isBefore(place, cut)
  return Object.assign(isBefore, { among: (acts: readonly Act[], wanted: boolean) => ancestors.among(place, acts, wanted) })
}

/** One author after the other: what is asked about the cuts of what was done to one person is asked together. */
function byAuthor(messages: readonly Entry[]): [number, Entry][] {
  return [...messages.entries()].sort(([left, one], [right, other]) => one.author - other.author || left - right)
}

/** All cuts, those of acts on one person together. */
function cutsOf({ book }: Authority): (readonly RecordId[])[] {
  const acts = book.acts.filter(({ deed }) => deed.cut !== undefined && deed.cut.length > 0)
  const target = ({ deed }: Act): string => deed.target ?? ''
  const order = (left: Act, right: Act): number => {
    if (target(left) !== target(right)) return target(left) < target(right) ? -1 : 1
    return left.index - right.index
  }
  return acts.sort(order).map(({ deed }) => deed.cut!)
}

function factsOf(table: Table, { id, author, timeUs, auth }: Entry): MessageFacts {
  return { id: table.nameOf(id), author: table.nameOf(author), timeUs, auth: auth.map((head) => table.nameOf(head)) }
}

function pacedBy(paced: Map<number, Paced[]>, author: number): Paced[] {
  const list = paced.get(author) ?? []
  paced.set(author, list)
  return list
}
