/**
 * How a room becomes complete. Each node is responsible for its own completeness and pulls: it reconciles its set with one member after another
 * (Negentropy), asks for what it lacks and takes it in batches. Nothing is pushed unasked, so the same history does not come from three sides at once.
 */
import { fromHex, toHex } from '../core/record/bytes.ts'
import { LIMITED_BATCH_BYTES, MAX_WANTED_IDS, RECONCILE_FRAME_BYTES } from '../core/record/limits.ts'
import type { RecordId, SignedRecord } from '../core/record/record.ts'
import type { MemberMessage, SyncGraph } from '../core/room/member-protocol.ts'
import { ItemSet } from '../core/sync/item-set.ts'
import { createInitiator, respond } from '../core/sync/reconcile.ts'
import type { Initiator } from '../core/sync/reconcile.ts'
import type { Account } from './budget.ts'
import type { Engine } from './context.ts'
import { elapsedMs } from './elapsed.ts'
import { allowanceBytes } from './peer-budgets.ts'
import type { RoomHost } from './room-host.ts'
import type { Session } from './session.ts'
import { Turns } from './turns.ts'

/** A member that says nothing for so long is passed over; the next one is asked. */
const STALLED_MS = 15_000
/** How long one member is pulled from while others wait: a slow one is gone on with later, and a liar cannot keep the others from their turn. */
const TURN_MS = 30_000
/** Requests under way with the member that is pulled from: enough to keep a fast link full. */
const MAX_WANTS = 2
/** Requests that one member has not answered, of all kinds. It takes twice as many; what is not asked for now is asked for later. */
const MAX_ASKED = 8
/** So many members are asked at once for what is missing, as long as it is little. */
const MAX_FETCHED_FROM = 3
const FEW_IDS = 64
/** Ids to ask for that are kept before the reconciliation goes on: a liar can name any number. */
const MAX_TO_ASK = 4 * MAX_WANTED_IDS

/** Answering may go once over the set: a million items take up to a tenth of a second. */
const ITEMS_PER_TOKEN = 8192
/** With less of an allowance than this left, it is waited. */
const LEAST_ALLOWANCE = 0.001
const DAY_MS = 86_400_000
const MIB = 1024 * 1024

type Reconcile = Extract<MemberMessage, { type: 'reconcile' }>
type Records = Extract<MemberMessage, { type: 'records' }>

/** One exchange with one member: authority first, since messages are judged by it. */
interface Pull {
  readonly session: Session
  graph: SyncGraph
  initiator: Initiator
  /** Still reconciling: more differences may come. */
  open: boolean
  /** What to say next in the reconciliation, once what is to be asked for has become less. */
  reply: Uint8Array | undefined
  readonly sinceMs: number
  /** It has answered something. */
  answered: boolean
  /** An id may be told twice. */
  readonly toAsk: Set<RecordId>
  received: number
}

/** A request for records. */
interface Asked {
  /** How many more may come. */
  ids: number
  /** Not waited for any longer; an answer is still taken. */
  late: boolean
}

export class RoomSync {
  readonly #engine: Engine
  readonly #host: RoomHost
  readonly #sets = new Map<SyncGraph, ItemSet>()
  /** Members to pull from next. */
  readonly #turns = new Turns<Session>(STALLED_MS)
  /** Requests that each member has not answered to the end, in order. */
  readonly #asked = new Map<Session, Asked[]>()
  readonly #pulledMs = new Map<Session, number>()
  #active: Pull | undefined
  #cancelStall: (() => void) | undefined
  #turn = 0
  /** The day on which no more old messages are taken in. */
  #fullDay: number | undefined

  constructor(engine: Engine, host: RoomHost) {
    this.#engine = engine
    this.#host = host
  }

  /** When this node last wanted to reconcile with the member, ms. */
  pulledMs(session: Session): number {
    return this.#pulledMs.get(session) ?? -Infinity
  }

  /** Reconcile with this member when its turn comes. */
  pull(session: Session): void {
    this.#pulledMs.set(session, this.#engine.clock.nowMs())
    this.#turns.add(session)
    if (this.#active?.answered === false) this.#watch()
    this.#next()
  }

  /** The member is gone. */
  drop(session: Session): void {
    this.#turns.drop(session)
    this.#asked.delete(session)
    this.#pulledMs.delete(session)
    if (this.#active?.session === session) this.#end(false)
  }

  /** A record is stored: it belongs to the sets from now on. */
  stored(record: SignedRecord): void {
    if (record.graph !== 'ephemeral') this.#sets.get(record.graph)?.insert(record.timeUs, fromHex(record.id))
  }

  /** A record is stored no longer. */
  discarded(record: SignedRecord): void {
    if (record.graph !== 'ephemeral') this.#sets.get(record.graph)?.remove(record.timeUs, fromHex(record.id))
  }

  /**
   * Asks for records that are known to be missing: the member that named them, or some in turn. Of several, since one who is in the room may be silent,
   * and the pauses between attempts grow. Or of the one that named them.
   */
  fetch(ids: readonly RecordId[], peerId?: string): void {
    const fits = (session: Session): boolean => session.shares(this.#host) && (peerId === undefined || session.peerId === peerId)
    const members = [...this.#engine.sessions.values()].filter(fits)
    const most = Math.min(members.length, ids.length <= FEW_IDS ? MAX_FETCHED_FROM : 1)
    const chosen = Array.from({ length: most }, () => members[this.#turn++ % members.length]!)
    for (const session of chosen) if (this.#mayAsk(session)) this.#want(session, ids.slice(0, MAX_WANTED_IDS))
  }

  /** Old messages were not taken in, since too many came today: that is said, and no more are asked for. */
  leftOut(records: number): void {
    const { emit, lateBytesPerDay } = this.#engine
    const { id, handle } = this.#host
    if (!this.#isFull()) {
      const size = `${Math.max(1, Math.round(lateBytesPerDay / MIB))} MiB`
      const text = `More than ${size} of old messages of ${handle} came today. The rest is left out for now, and fetched from tomorrow on.`
      emit({ method: 'notice', params: { room: id, code: 'left-out', text } })
    }
    this.#fullDay = this.#today()
    const { received = 0 } = this.#active ?? {}
    emit({ method: 'sync', params: { room: id, received, done: this.#active === undefined, leftOut: records } })
  }

  #isFull(): boolean {
    return this.#fullDay === this.#today()
  }

  #today(): number {
    return Math.floor(this.#engine.clock.nowMs() / DAY_MS)
  }

  onReconcile(session: Session, message: Reconcile): void {
    if (message.toInitiator) return this.#onAnswer(session, message)
    this.#turns.asks(session)
    const account = this.#accountOf(session, message.graph)
    const answered = session.comparisons.push(account, message.message.length, () => this.#answer(session, message))
    if (!answered) session.fault('it asks for reconciliation without end')
  }

  /** Two budgets: of work, by the size of the set, and of bytes. */
  #accountOf(session: Session, graph: SyncGraph): Account {
    const { budgets } = this.#engine
    const { id } = this.#host
    const work = 1 + this.#setOf(graph).size / ITEMS_PER_TOKEN
    return {
      waitMs: (nowMs) =>
        Math.max(budgets.comparing.waitMs(session, 1, nowMs), budgets.reconcile.waitMs(session, LEAST_ALLOWANCE, nowMs, id)),
      charge: (bytes, nowMs) => {
        budgets.comparing.charge(session, work, nowMs)
        budgets.reconcile.charge(session, bytes / allowanceBytes(this.#setOf(graph).size), nowMs, id)
      }
    }
  }

  /** Returns how many bytes the answer has. */
  #answer(session: Session, message: Reconcile): number {
    const answer = respond(this.#setOf(message.graph), message.message, frameOf(session))
    if (!answer.ok) session.fault(answer.message)
    if (!answer.ok) return 0
    session.sendReconcile(this.#host, message.graph, true, answer.value)
    return answer.value.length
  }

  /** Says on in a pull. False when the member has had this node say more than any honest exchange takes. */
  #say({ session, graph }: Pull, message: Uint8Array): boolean {
    const { budgets, clock } = this.#engine
    const nowMs = clock.nowMs()
    if (budgets.pulls.waitMs(session, LEAST_ALLOWANCE, nowMs, this.#host.id) > 0) return false
    budgets.pulls.charge(session, message.length / allowanceBytes(this.#setOf(graph).size), nowMs, this.#host.id)
    session.sendReconcile(this.#host, graph, false, message)
    return true
  }

  onRecords(session: Session, { records, left }: Records): void {
    // An answer that is not the last one and holds nothing only keeps others from their turn.
    if (records.length === 0 && left > 0) return session.fault('it answers with nothing and says that there is more')
    if (!this.#expected(session, records.length, left === 0)) return
    this.#host.dispatch({ type: 'sync', records, from: session.peerId }, undefined, session.peerId)
    // One batch, one transaction: what comes next is judged by what is there.
    this.#engine.writer.flush()
    const pull = this.#active
    if (pull?.session !== session) return
    pull.received += records.length
    if (records.length > 0) this.#tell(pull, false)
    this.#proceed(pull)
  }

  close(): void {
    this.#cancelStall?.()
    this.#turns.clear()
    this.#active = undefined
  }

  /** Built from the store when first needed, kept while the room is open. */
  #setOf(graph: SyncGraph): ItemSet {
    const known = this.#sets.get(graph)
    if (known !== undefined) return known
    const set = new ItemSet()
    for (const item of this.#engine.store.items(this.#host.id, graph)) set.insert(item.timeUs, item.id)
    this.#sets.set(graph, set)
    return set
  }

  #next(): void {
    const session = this.#active === undefined ? this.#turns.next() : undefined
    if (session === undefined) return
    const initiator = createInitiator(this.#setOf('authority'), pullingFrom(session))
    const sinceMs = this.#engine.clock.nowMs()
    const begun = { open: true, reply: undefined, answered: false, toAsk: new Set<RecordId>(), received: 0 }
    this.#active = { session, graph: 'authority', initiator, sinceMs, ...begun }
    this.#begin(this.#active)
  }

  #begin(pull: Pull): void {
    pull.open = true
    // Whoever had too much of it is asked at some other time.
    if (this.#say(pull, pull.initiator.initiate())) this.#watch()
    else this.#end(false)
  }

  #onAnswer(session: Session, message: Reconcile): void {
    const pull = this.#active
    if (pull?.session !== session || pull.graph !== message.graph) return
    pull.answered = true
    this.#turns.answers(session)
    const round = pull.initiator.handle(message.message)
    if (!round.ok) {
      session.fault(round.message)
      return this.#end(false)
    }
    for (const id of round.value.need) pull.toAsk.add(toHex(id))
    pull.open = round.value.reply !== null
    pull.reply = round.value.reply ?? undefined
    this.#proceed(pull)
  }

  /** Asks on, and moves to the next graph or the end when all that was asked for has been answered. */
  #proceed(pull: Pull): void {
    if (this.#turns.waiting > 0 && elapsedMs(pull.sinceMs, this.#engine.clock.nowMs()) > TURN_MS) return this.#yield(pull)
    if (pull.graph === 'message' && this.#isFull()) return this.#end(false, true)
    this.#watch()
    while (pull.toAsk.size > 0 && this.#waitingFor(pull.session) < MAX_WANTS && this.#mayAsk(pull.session)) {
      const next = first(pull.toAsk, MAX_WANTED_IDS)
      for (const id of next) pull.toAsk.delete(id)
      const ids = next.filter((id) => !this.#host.machine.knows(id))
      if (ids.length > 0) this.#want(pull.session, ids)
    }
    if (pull.reply !== undefined && pull.toAsk.size < MAX_TO_ASK) {
      const reply = pull.reply
      pull.reply = undefined
      if (!this.#say(pull, reply)) return this.#end(false)
    }
    if (pull.open || pull.toAsk.size > 0 || this.#waitingFor(pull.session) > 0) return
    // Who of both is not let in gets no messages: it need not be asked.
    const mayRead = pull.session.shares(this.#host) && this.#host.standing.now !== 'removed'
    if (pull.graph === 'message' || !mayRead || this.#isFull()) return this.#end(true)
    pull.graph = 'message'
    pull.initiator = createInitiator(this.#setOf('message'), pullingFrom(pull.session))
    this.#begin(pull)
  }

  /** Its turn is over; it comes again behind the others. */
  #yield(pull: Pull): void {
    this.#turns.add(pull.session)
    this.#end(false)
  }

  #waitingFor(session: Session): number {
    return this.#asked.get(session)?.reduce((count, asked) => (asked.late ? count : count + 1), 0) ?? 0
  }

  #mayAsk(session: Session): boolean {
    return (this.#asked.get(session)?.length ?? 0) < MAX_ASKED
  }

  #want(session: Session, ids: readonly RecordId[]): void {
    const asked = this.#asked.get(session) ?? []
    this.#asked.set(session, asked)
    asked.push({ ids: ids.length, late: false })
    session.sendWant(this.#host, ids)
  }

  /** Whether so many records were asked for. Answers come in the order of the requests. */
  #expected(session: Session, records: number, last: boolean): boolean {
    const asked = this.#asked.get(session)
    const request = asked?.[0]
    if (asked === undefined || request === undefined || request.ids < records) return false
    request.ids -= records
    if (last) asked.shift()
    return true
  }

  #watch(): void {
    this.#cancelStall?.()
    const active = this.#active
    const silent = active?.answered === false ? active.session : undefined
    this.#cancelStall = this.#engine.clock.after(silent === undefined ? STALLED_MS : this.#turns.patienceMs(silent), () => {
      if (silent !== undefined && this.#turns.waiting > 0) this.#turns.pass(silent)
      this.#end(false)
    })
  }

  /** @param isOver whether no more is to come for now, though it may not be done */
  #end(done: boolean, isOver = done): void {
    this.#cancelStall?.()
    const ended = this.#active
    this.#active = undefined
    // Who did not answer to the end is asked afresh, if ever again.
    if (ended !== undefined && !done) for (const asked of this.#asked.get(ended.session) ?? []) asked.late = true
    if (ended !== undefined && done) this.#helped(ended.session)
    if (ended !== undefined && (ended.received > 0 || isOver)) this.#tell(ended, isOver)
    this.#next()
  }

  #helped(session: Session): void {
    if (!session.helped) this.#engine.views.soon()
    session.helped = true
    if (session.shares(this.#host)) this.#engine.network.esteem(session.peerId, 'proven')
    this.#host.dispatch({ type: 'settle' })
  }

  #tell(pull: Pull, done: boolean): void {
    this.#engine.emit({ method: 'sync', params: { room: this.#host.id, received: pull.received, done } })
  }
}

function first<T>(items: ReadonlySet<T>, most: number): T[] {
  const taken: T[] = []
  for (const item of items) {
    if (taken.length >= most) break
    taken.push(item)
  }
  return taken
}

function frameOf({ limited }: Session): { frameSizeLimit: number } {
  return { frameSizeLimit: limited ? LIMITED_BATCH_BYTES : RECONCILE_FRAME_BYTES }
}

/** What the member lacks it finds out by itself. */
function pullingFrom(session: Session): Parameters<typeof createInitiator>[1] {
  return { ...frameOf(session), learn: 'need' }
}
