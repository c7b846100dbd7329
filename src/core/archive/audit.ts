/**
 * Whether an archive is what it says, by its records alone: each is of this room, signed by its author or vouched for, and relies on nothing that is not
 * there; and what they come to. Nothing that was found out by a node goes into it.
 */
import { Authority } from '../authority/authority.ts'
import type { SiftRefusal } from '../authority/authority.ts'
import { parentsFirst } from '../log/parents-first.ts'
import { fingerprint } from '../record/keys.ts'
import type { Identity } from '../record/keys.ts'
import { KIND } from '../record/kinds.ts'
import { MAX_NAMED_FLAWS } from '../record/limits.ts'
import { compareRecords, verifyRecord } from '../record/record.ts'
import type { SignedRecord } from '../record/record.ts'
import { displayNick } from '../text/names.ts'
import type { ArchiveListener, Flaw } from './reader.ts'
import { Table } from './table.ts'
import type { Entry } from './table.ts'
import { tally } from './tally.ts'
import type { Tally } from './tally.ts'

/** What the records come to. */
export interface Finding {
  readonly authority: Authority
  readonly messages: Tally
  /** Authentic records of either graph. */
  readonly records: number
  /** Authentic by a later record of their author; their own signature was spoilt on the way. */
  readonly vouched: number
  /** Messages that others name as parents and that are not there: whoever exported them had not received them. */
  readonly missing: number
  readonly firstUs: number
  readonly lastUs: number
  /** `ann (k7f3-9abc)`. A nick is a claim. */
  readonly nameOf: (identity: Identity) => string
}

const REFUSED: Readonly<Record<SiftRefusal, string>> = {
  'no-parent': 'relies on authority records that are not there',
  'no-standing': 'is an act that its author had no right to, by all that it names as known: no node keeps it',
  'no-weight': 'is a leave, or a record of a kind that this version does not know: no node keeps it',
  'too-many': 'is one act more than a room takes of its author in a week',
  'on-refused': 'relies on an authority record that no node keeps',
  'no-room': 'is one act more than a room keeps of an author whose acts nothing names'
}

export class Audit implements ArchiveListener {
  readonly #table = new Table()
  readonly #flaws: Flaw[] = []
  #genesis: SignedRecord | undefined
  #flawCount = 0
  #isOver = false
  /** What that cost. */
  signaturesChecked = 0

  /** The first that were found, in the order in which they were. */
  get flaws(): readonly Flaw[] {
    return this.#flaws
  }

  get flawCount(): number {
    return this.#flawCount
  }

  /** Nothing that comes can be judged. */
  get isOver(): boolean {
    return this.#isOver
  }

  record(record: SignedRecord, line: number): void {
    if (this.#isOver) return
    this.#genesis ??= this.#begin(record, line)
    if (this.#genesis === undefined) return
    const why = this.#fault(record)
    if (why !== undefined) this.flaw({ line, text: why })
    // Before its signature is checked: a line may be repeated any number of times.
    else if (this.#table.has(record.id)) this.flaw({ line, text: 'is there twice' })
    else this.#enter(record, line)
  }

  #enter(record: SignedRecord, line: number): void {
    this.signaturesChecked++
    this.#table.add(record, line, verifyRecord(record))
    if (this.#table.isFull) this.#giveUp(line, 'is where this program stops: there are more records than it can check')
  }

  flaw(flaw: Flaw): void {
    this.#flawCount++
    if (this.#flaws.length < MAX_NAMED_FLAWS) this.#flaws.push(flaw)
  }

  /** After the last record: what they come to, as far as they are authentic. Undefined without a genesis to begin with. */
  conclude(): Finding | undefined {
    const steps = this.concluding()
    let step = steps.next()
    while (step.done !== true) step = steps.next()
    return step.value
  }

  /** The same, a slice at a time: something else may be done between, and it may be given up. */
  *concluding(): Generator<void, Finding | undefined> {
    if (this.#genesis === undefined && this.#flawCount === 0) this.flaw({ line: 0, text: 'holds no room' })
    if (this.#genesis === undefined || this.#isOver) return undefined
    yield
    const authentic = this.#authentic()
    yield
    const authority = this.#resolve(this.#genesis, authentic)
    yield
    const messages = this.#judged(authentic, authority)
    const known = authority.size + messages.length
    const spans = authentic.map(({ timeUs }) => timeUs)
    return {
      authority,
      messages: yield* tally(this.#table, messages, authority),
      records: known,
      vouched: authentic.reduce((count, { isSigned }) => (isSigned ? count : count + 1), 0),
      missing: this.#missing(messages),
      firstUs: spans.reduce((first, timeUs) => Math.min(first, timeUs)),
      lastUs: spans.reduce((last, timeUs) => Math.max(last, timeUs)),
      nameOf: (identity) => this.#nameOf(identity)
    }
  }

  #begin(record: SignedRecord, line: number): SignedRecord | undefined {
    if (record.kind !== KIND.genesis) this.#giveUp(line, 'is no genesis, with which a room begins')
    else if (!verifyRecord(record)) this.#giveUp(line, 'is a genesis whose signature is wrong')
    else return record
    return undefined
  }

  #giveUp(line: number, text: string): void {
    this.#isOver = true
    this.flaw({ line, text })
  }

  #fault(record: SignedRecord): string | undefined {
    if (record.room !== this.#genesis!.id) return record.kind === KIND.genesis ? 'is a second genesis' : 'is a record of another room'
    return record.graph === 'ephemeral' ? 'is a record of a kind that is never kept' : undefined
  }

  /** Signed, or named as `prev` by an authentic record of the same author. */
  #authentic(): Entry[] {
    const { entries } = this.#table
    const authentic = new Set(entries.filter(({ isSigned }) => isSigned))
    if (authentic.size === entries.length) return entries
    for (const { prev, author } of authentic) {
      const vouched = this.#table.entryOf(prev)
      // What is added to a set is come to in its turn.
      if (vouched?.author === author) authentic.add(vouched)
    }
    for (const entry of entries) {
      if (!authentic.has(entry)) this.flaw({ line: entry.line, text: 'has a wrong signature: its author did not say that' })
    }
    return entries.filter((entry) => authentic.has(entry))
  }

  #resolve(genesis: SignedRecord, authentic: readonly Entry[]): Authority {
    const authority = new Authority(genesis)
    const lines = new Map(authentic.map(({ act, line }) => [act, line]))
    const acts = authentic.flatMap(({ act }) => act ?? []).sort(compareRecords)
    const { refused } = authority.sift(parentsFirst(acts), () => true)
    for (const { record, reason } of refused) this.flaw({ line: lines.get(record)!, text: REFUSED[reason] })
    return authority
  }

  /** The messages that can be judged, by (time, id). */
  #judged(authentic: readonly Entry[], authority: Authority): Entry[] {
    const isKnown = new Map<readonly number[], boolean>()
    const relies = (auth: readonly number[]): boolean => {
      let known = isKnown.get(auth)
      if (known === undefined) isKnown.set(auth, (known = auth.every((id) => authority.has(this.#table.nameOf(id)))))
      return known
    }
    const messages: Entry[] = []
    for (const entry of authentic) {
      if (entry.act !== undefined) continue
      if (relies(entry.auth)) messages.push(entry)
      else this.flaw({ line: entry.line, text: REFUSED['no-parent'] })
    }
    const order = ({ timeUs, id }: Entry): { timeUs: number; id: string } => ({ timeUs, id: this.#table.nameOf(id) })
    return messages.sort((left, right) => left.timeUs - right.timeUs || compareRecords(order(left), order(right)))
  }

  #missing(messages: readonly Entry[]): number {
    const missing = new Set<number>()
    for (const { parents } of messages) for (const parent of parents) if (this.#table.entryOf(parent) === undefined) missing.add(parent)
    return missing.size
  }

  #nameOf(identity: Identity): string {
    const print = fingerprint(identity)
    const nick = this.#table.nickOf(identity)
    return nick === undefined ? print : `${displayNick(nick, print)} (${print})`
  }
}
