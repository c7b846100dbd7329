/** Which messages of an archive count: each is judged by the authority records, then counted in its time. */
import type { Authority } from '../authority/authority.ts'
import type { MessageFacts, MessageFault } from '../authority/messages.ts'
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

/** @param messages by (time, id); all that they rely on is in the authority */
export function tally(table: Table, messages: readonly Entry[], authority: Authority): Tally {
  const ancestors = new Ancestors(table, messages)
  const refused: Partial<Record<MessageFault | 'too-fast', number>> = {}
  /** Those that have a limit, by author. */
  const paced = new Map<number, Paced[]>()
  const hidden = new Set<RecordId>()
  let permitted = 0
  for (const [place, entry] of messages.entries()) {
    const facts = factsOf(table, entry)
    const isBefore = (cut: readonly RecordId[]): boolean => ancestors.isBefore(place, cut)
    const judgement = authority.judge(facts, isBefore)
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
    const inTime = new Set(counted(bound))
    tooFast += bound.length - inTime.size
    for (const message of bound) if (!inTime.has(message)) hidden.delete(message.id)
  }
  if (tooFast > 0) refused['too-fast'] = tooFast
  return { all: messages.length, counting: permitted - tooFast - hidden.size, hidden: hidden.size, refused }
}

function factsOf(table: Table, { id, author, timeUs, auth }: Entry): MessageFacts {
  return { id: table.nameOf(id), author: table.nameOf(author), timeUs, auth: auth.map((head) => table.nameOf(head)) }
}

function pacedBy(paced: Map<number, Paced[]>, author: number): Paced[] {
  const list = paced.get(author) ?? []
  paced.set(author, list)
  return list
}
