/**
 * What the authority records of the room let people do, and so what becomes of each message: it is shown; or kept out of sight, since whoever wrote it
 * did not know of what stands against it, which may still turn out not to count; or refused. All of it follows from the set of records.
 */
import type { Authority } from '../authority/authority.ts'
import { DEFAULT_RATE } from '../authority/messages.ts'
import type { Judgement } from '../authority/messages.ts'
import { Pace } from '../authority/pace.ts'
import type { Paced } from '../authority/pace.ts'
import type { Change } from '../authority/resolver.ts'
import { payloadOf, settingOf } from '../authority/act.ts'
import type { Act } from '../authority/act.ts'
import { rateFrom } from '../authority/actions/policy.ts'
import { redact } from '../authority/actions/redact.ts'
import { sayFault } from '../authority/why.ts'
import type { Naming } from '../authority/why.ts'
import { Bucket } from '../bucket.ts'
import type { Identity } from '../record/keys.ts'
import { DISPLACED_BURST, DISPLACED_PER_S, MAX_REFUSED_IDS, MAX_UNSETTLED } from '../record/limits.ts'
import type { RecordId, SignedRecord } from '../record/record.ts'
import { accept, refuse } from '../refusal.ts'
import type { Outcome } from '../refusal.ts'
import { Cuts } from './cuts.ts'
import type { PostRefusal } from './effects.ts'
import { RoomQuota } from './quota.ts'

/** Messages that are here. */
export interface MessageReader {
  message(id: RecordId): SignedRecord | undefined
  /** Those of an author from one time to another, µs, the second excluded. */
  messagesBy(author: Identity, fromUs: number, toUs: number): Iterable<SignedRecord>
}

export type Ruling =
  /**
   * `displaced`: others of its author, that were shown, are not any more. `isQuiet`: there was more of that than is told of; it is shown when somebody looks,
   * and nothing that this node says names it, since it may be displaced in its turn.
   */
  | { readonly is: 'shown'; readonly displaced: readonly RecordId[]; readonly isQuiet: boolean }
  /** It counts or not by what is missing yet. Until that comes it is not shown. */
  | { readonly is: 'unsettled' }
  /** Kept out of sight. */
  | { readonly is: 'hidden' }
  /** Not kept. `knew`: its author had seen what stands against it, and so it is refused everywhere and for ever. `isLeft`: until another day. */
  | { readonly is: 'refused'; readonly why: string; readonly knew: boolean; readonly isLeft: boolean }

export type Visibility = 'shown' | 'hidden' | 'redacted'

/** Missing messages that are asked for at a time. */
const MAX_LACKING = 64
const SHOWN: Ruling = { is: 'shown', displaced: [], isQuiet: false }
const TOO_MUCH: Ruling = { is: 'refused', why: 'its author says more than the room allows', knew: false, isLeft: false }

export class Rights {
  readonly authority: Authority
  readonly #read: MessageReader
  #pace: Pace
  /** Whether the last judgement hung on what is missing. */
  #isUnsure = false
  /** Messages that were refused and may be asked for again when the records say something else. */
  readonly #refused = new Set<RecordId>()
  readonly #quota: RoomQuota
  readonly #displacing = new Bucket(DISPLACED_BURST, DISPLACED_PER_S, 0)
  readonly #cuts: Cuts
  /** Whether something came that was missing before a cut. */
  #hasCome = false
  /** Ids of messages that could not be judged yet. */
  readonly #unsettled = new Set<RecordId>()

  constructor(authority: Authority, read: MessageReader, quota = new RoomQuota()) {
    this.authority = authority
    this.#quota = quota
    this.#read = read
    this.#cuts = new Cuts((id) => read.message(id))
    this.#pace = this.#freshPace()
  }

  /** Whether it was refused here: it is not to be asked for, and what names it as parent shows no gap. */
  hasRefused(id: RecordId): boolean {
    return (this.#refused.has(id) || this.#pace.refused(id)) && !this.#cuts.lacks(id)
  }

  /** Messages that are missing before cuts, whether they count or not: without them nobody can say what else lies there. */
  wanted(): RecordId[] {
    return this.#cuts.lacking(MAX_LACKING)
  }

  /** A message was taken in. */
  came(record: SignedRecord): void {
    if (!this.#cuts.came(record)) return
    this.#hasCome = true
    this.#pace = this.#freshPace()
  }

  /** A message that does not count any more is not stored any more. */
  discarded(record: SignedRecord): void {
    this.#pace.remove(record.author, record)
  }

  /** Whether something is to be asked for, or to be settled. */
  get isWaiting(): boolean {
    return this.#hasCome || this.#cuts.lacking(1).length > 0
  }

  /** Whether all came that was missing, since {@link settle} was last asked. */
  get canSettle(): boolean {
    return this.#hasCome && this.#cuts.lacking(1).length === 0
  }

  /** True when some message was refused, and may count by what has changed. */
  forget(change: Change): boolean {
    const had = (this.#refused.size > 0 || this.#pace.hasRefused) && change.turned.length > 0
    if (had) this.#refused.clear()
    if (change.people === undefined || change.binds || change.people.size > 0) this.#pace = this.#freshPace()
    if (change.turned.length > 0) this.#quota.review((id) => this.#isHidden(id))
    return had
  }

  /** True when nothing was ever done here that keeps a message from being shown, but for limits on how many there are. */
  get isQuiet(): boolean {
    const { removals, mutes, closed, settings, access } = this.authority.state
    return removals.length + mutes.length + settings.size === 0 && !closed && access === 'open'
  }

  /** What becomes of a new message; all authority records that it names are here. */
  rule(record: SignedRecord, synced: boolean, nowMs: number): Ruling {
    const strict = this.#judge(record)
    // While something is missing before a cut, what may lie before it is taken in as if it did, and shown when that is sure.
    const judgement = this.#isUnsure ? this.authority.judge(record, (cut) => this.#cuts.isBefore(record, cut) !== 'no') : strict
    // What lies before a cut is needed for what it names: a hole would leave all that is older in doubt.
    const isNeeded = this.#cuts.lacks(record.id)
    if (!judgement.permitted) {
      if (!judgement.knew && this.#quota.hide(record, isNeeded)) return { is: 'hidden' }
      this.#refuse(record)
      return { is: 'refused', why: judgement.fault, knew: judgement.knew, isLeft: false }
    }
    if (synced && !isNeeded && this.#isTooLate(record, nowMs)) {
      this.#refuse(record)
      return { is: 'refused', why: 'more old messages came today than the room takes', knew: false, isLeft: true }
    }
    const paced = pacedBy(record, judgement)
    // How many of its author's count hangs on it as well: that is seen when it is in.
    if (isNeeded) {
      if (paced === undefined || this.#pace.ask(record.author, paced).counts || this.#quota.hide(record, true)) return this.#unclear(record)
      this.#refuse(record)
      return TOO_MUCH
    }
    const place = paced === undefined ? undefined : this.#pace.add(record.author, paced)
    if (place?.counts === false) return TOO_MUCH
    if (judgement !== strict && !isSame(judgement, strict)) return this.#unclear(record)
    const displaced = place?.displaced ?? []
    return displaced.length === 0 ? SHOWN : { is: 'shown', displaced, isQuiet: !this.#displacing.take(1, nowMs) }
  }

  /** What could not be judged before and can now, as far as it is remembered; undefined when there was nothing. */
  settle(): SignedRecord[] | undefined {
    if (this.#unsettled.size === 0 && !this.#hasCome) return undefined
    this.#hasCome = false
    this.#pace = this.#freshPace()
    const settled: SignedRecord[] = []
    for (const id of this.#unsettled) {
      const record = this.#read.message(id)
      if (record !== undefined && this.#isUnclear(record)) continue
      this.#unsettled.delete(id)
      if (record !== undefined) settled.push(record)
    }
    return settled
  }

  /** Whether it may count, or may turn out to: nothing that its author knew of stands against it. Reads no other messages. */
  mayKeep(record: SignedRecord): boolean {
    const judgement = this.authority.judge(record, () => true)
    return judgement.permitted || !judgement.knew
  }

  /**
   * Whether so much of its author came in already that this one could not count, or would take the place of one more than is passed on. Nothing is changed:
   * its signature need not be checked yet.
   */
  isFlood(record: SignedRecord, nowMs: number): boolean {
    const paced = pacedBy(record, this.#judge(record))
    if (paced === undefined || this.#isUnsure) return false
    const { counts, displaced } = this.#pace.ask(record.author, paced)
    return !counts || (displaced.length > 0 && !this.#displacing.has(1, nowMs))
  }

  /** How a message that is here is to be shown. */
  visibility(record: SignedRecord): Visibility {
    return this.about(record).visibility
  }

  /** The same, with what makes it so. */
  about(record: SignedRecord): { readonly visibility: Visibility; readonly judgement: Judgement; readonly hiding: Act | undefined } {
    const judgement = this.#judge(record)
    const paced = pacedBy(record, judgement)
    const isOver = paced !== undefined && !this.#pace.ask(record.author, paced).counts
    if (!judgement.permitted || isOver) return { visibility: 'hidden', judgement, hiding: undefined }
    const hiding = this.authority.hiddenBy(record, this.#ancestry(record))
    if (hiding === undefined) return { visibility: 'shown', judgement, hiding }
    return { visibility: payloadOf(hiding, redact) === undefined ? 'hidden' : 'redacted', judgement, hiding }
  }

  /** Whether somebody's next message would count. */
  maySpeak(author: Identity, auth: readonly RecordId[], timeUs: number, name: Naming): Outcome<void> | PostRefusal {
    const judgement = this.authority.judge({ id: '', author, timeUs, auth }, () => false)
    if (!judgement.permitted) return refuse(faultWord(judgement), sayFault(judgement, name))
    if (judgement.limit === undefined) return accept(undefined)
    const { limit } = judgement
    const place = this.#pace.ask(author, { id: '', timeUs, limit })
    if (place.counts) return accept(undefined)
    const { count, windowMs } = limit
    const often = `${count} ${count === 1 ? 'message' : 'messages'} in ${windowMs / 1000} s`
    const waitS = Math.max(1, Math.ceil((place.nextMs - timeUs / 1000) / 1000))
    return { ...refuse('too-fast', `the room takes ${often} of each person; try again in ${waitS} s`), retryAtMs: place.nextMs }
  }

  #judge(record: SignedRecord): Judgement {
    this.#isUnsure = false
    return this.authority.judge(record, this.#ancestry(record))
  }

  #unclear({ id }: SignedRecord): Ruling {
    if (this.#unsettled.size < MAX_UNSETTLED) this.#unsettled.add(id)
    return { is: 'unsettled' }
  }

  #isUnclear(record: SignedRecord): boolean {
    this.#judge(record)
    return this.#isUnsure
  }

  #ancestry(record: SignedRecord): (cut: readonly RecordId[]) => boolean {
    return (cut) => {
      const answer = this.#cuts.isBefore(record, cut)
      if (answer === 'unknown') this.#isUnsure = true
      return answer === 'yes'
    }
  }

  #freshPace(): Pace {
    const read = (author: Identity, fromUs: number, toUs: number): Paced[] =>
      [...this.#read.messagesBy(author, fromUs, toUs)].flatMap((record) => pacedBy(record, this.#judge(record)) ?? [])
    return new Pace(read, this.#longestWindowMs())
  }

  #longestWindowMs(): number {
    const { book } = this.authority
    const rates = book.settersOf('rate').map((act) => rateFrom(settingOf(act, 'rate'))?.windowMs ?? 0)
    const slow = book.settersOf('slow').map((act) => Number(settingOf(act, 'slow')))
    return [...rates, ...slow].reduce((longest, windowMs) => Math.max(longest, windowMs), DEFAULT_RATE.windowMs)
  }

  #isHidden(id: RecordId): boolean {
    const record = this.#read.message(id)
    return record !== undefined && this.visibility(record) === 'hidden'
  }

  #refuse({ id }: SignedRecord): void {
    if (this.#refused.size >= MAX_REFUSED_IDS) this.#refused.delete(this.#refused.values().next().value!)
    this.#refused.add(id)
  }

  /** Against floods of backdated messages, which no window of the present counts. What was left out is asked for again on another day. */
  #isTooLate(record: SignedRecord, nowMs: number): boolean {
    if (this.#quota.isNewDay(nowMs)) this.#refused.clear()
    return !this.#quota.takeLate(record, nowMs)
  }
}

/** Undefined where it does not count anyhow, or nothing limits it. */
function pacedBy({ id, timeUs }: Pick<SignedRecord, 'id' | 'timeUs'>, judgement: Judgement): Paced | undefined {
  return judgement.permitted && judgement.limit !== undefined ? { id, timeUs, limit: judgement.limit } : undefined
}

function isSame(left: Judgement, right: Judgement): boolean {
  if (!left.permitted || !right.permitted) return false
  return left.limit?.count === right.limit?.count && left.limit?.windowMs === right.limit?.windowMs
}

/** A kick from an open room is over in a minute, and is no ban. */
function faultWord(judgement: Judgement & { permitted: false }): string {
  return judgement.fault === 'not-admitted' && judgement.by !== undefined ? 'kicked' : judgement.fault
}
