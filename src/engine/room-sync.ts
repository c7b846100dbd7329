/**
 * How a room becomes complete. Each node is responsible for its own completeness and pulls: it reconciles its set with one member after another
 * (Negentropy), asks for what it lacks and takes it in batches. Nothing is pushed unasked, so the same history does not come from three sides at once.
 */
import { fromHex, toHex } from '../core/record/bytes.ts'
import { MAX_WANTED_IDS, RECONCILE_FRAME_BYTES } from '../core/record/limits.ts'
import type { RecordId, SignedRecord } from '../core/record/record.ts'
import type { MemberMessage, SyncGraph } from '../core/room/member-protocol.ts'
import { ItemSet } from '../core/sync/item-set.ts'
import { createInitiator, respond } from '../core/sync/reconcile.ts'
import type { Initiator } from '../core/sync/reconcile.ts'
import type { Engine } from './context.ts'
import type { RoomHost } from './room-host.ts'
import type { Session } from './session.ts'

const RESPONDING = { frameSizeLimit: RECONCILE_FRAME_BYTES }
/** What the member lacks it finds out by itself. */
const PULLING = { ...RESPONDING, learn: 'need' } as const
/** A member that says nothing for so long is passed over; the next one is asked. */
const STALLED_MS = 15_000
/** Requests under way with the member that is pulled from: enough to keep a fast link full. */
const MAX_WANTS = 2

/** Answering may go once over the set: a million items take up to a tenth of a second. */
const ITEMS_PER_TOKEN = 8192

type Reconcile = Extract<MemberMessage, { type: 'reconcile' }>
type Records = Extract<MemberMessage, { type: 'records' }>

/** One exchange with one member: authority first, since messages are judged by it. */
interface Pull {
  readonly session: Session
  graph: SyncGraph
  initiator: Initiator
  /** Still reconciling: more differences may come. */
  open: boolean
  /** An id may be told twice. */
  readonly toAsk: Set<RecordId>
  received: number
}

export class RoomSync {
  readonly #engine: Engine
  readonly #host: RoomHost
  readonly #sets = new Map<SyncGraph, ItemSet>()
  /** Members to pull from next. */
  readonly #queue = new Set<Session>()
  /** Requests that each member has not answered to the end. */
  readonly #wants = new Map<Session, number>()
  #active: Pull | undefined
  #cancelStall: (() => void) | undefined
  #turn = 0

  constructor(engine: Engine, host: RoomHost) {
    this.#engine = engine
    this.#host = host
  }

  /** Reconcile with this member when its turn comes. */
  pull(session: Session): void {
    this.#queue.add(session)
    this.#next()
  }

  /** The member is gone. */
  drop(session: Session): void {
    this.#queue.delete(session)
    this.#wants.delete(session)
    if (this.#active?.session === session) this.#end(false)
  }

  /** A record is stored: it belongs to the sets from now on. */
  stored(record: SignedRecord): void {
    if (record.graph !== 'ephemeral') this.#sets.get(record.graph)?.insert(record.timeUs, fromHex(record.id))
  }

  /** Asks for records that are known to be missing; first of all the member that named them. */
  fetch(ids: readonly RecordId[], fromPeerId: string | undefined): void {
    const members = [...this.#engine.sessions.values()].filter((session) => session.shares(this.#host))
    const chosen = members.find((session) => session.peerId === fromPeerId) ?? members[this.#turn++ % Math.max(1, members.length)]
    if (chosen !== undefined) this.#want(chosen, ids.slice(0, MAX_WANTED_IDS))
  }

  onReconcile(session: Session, message: Reconcile): void {
    if (message.toInitiator) return this.#onAnswer(session, message)
    const cost = 1 + this.#setOf(message.graph).size / ITEMS_PER_TOKEN
    const answered = session.answers.spend(cost, message.message.length, () => {
      this.#answer(session, message)
    })
    if (!answered) session.fault('it asks for reconciliation without end')
  }

  #answer(session: Session, message: Reconcile): void {
    const answer = respond(this.#setOf(message.graph), message.message, RESPONDING)
    if (answer.ok) session.sendReconcile(this.#host, message.graph, true, answer.value)
    else session.fault(answer.message)
  }

  onRecords(session: Session, { records, left }: Records): void {
    if (left === 0) this.#wants.set(session, Math.max(0, (this.#wants.get(session) ?? 0) - 1))
    this.#host.dispatch({ type: 'sync', records }, undefined, session.peerId)
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
    this.#queue.clear()
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
    const session = this.#queue.values().next().value
    if (this.#active !== undefined || session === undefined) return
    this.#queue.delete(session)
    const initiator = createInitiator(this.#setOf('authority'), PULLING)
    this.#active = { session, graph: 'authority', initiator, open: true, toAsk: new Set(), received: 0 }
    this.#begin(this.#active)
  }

  #begin(pull: Pull): void {
    pull.open = true
    pull.session.sendReconcile(this.#host, pull.graph, false, pull.initiator.initiate())
    this.#watch()
  }

  #onAnswer(session: Session, message: Reconcile): void {
    const pull = this.#active
    if (pull?.session !== session || pull.graph !== message.graph) return
    const round = pull.initiator.handle(message.message)
    if (!round.ok) {
      session.fault(round.message)
      return this.#end(false)
    }
    for (const id of round.value.need) pull.toAsk.add(toHex(id))
    pull.open = round.value.reply !== null
    if (round.value.reply !== null) session.sendReconcile(this.#host, pull.graph, false, round.value.reply)
    this.#proceed(pull)
  }

  /** Asks on, and moves to the next graph or the end when all that was asked for has been answered. */
  #proceed(pull: Pull): void {
    this.#watch()
    while (pull.toAsk.size > 0 && (this.#wants.get(pull.session) ?? 0) < MAX_WANTS) {
      const next = first(pull.toAsk, MAX_WANTED_IDS)
      for (const id of next) pull.toAsk.delete(id)
      const ids = next.filter((id) => !this.#host.machine.knows(id))
      if (ids.length > 0) this.#want(pull.session, ids)
    }
    if (pull.open || pull.toAsk.size > 0 || (this.#wants.get(pull.session) ?? 0) > 0) return
    if (pull.graph === 'message') return this.#end(true)
    pull.graph = 'message'
    pull.initiator = createInitiator(this.#setOf('message'), PULLING)
    this.#begin(pull)
  }

  #want(session: Session, ids: readonly RecordId[]): void {
    this.#wants.set(session, (this.#wants.get(session) ?? 0) + 1)
    session.sendWant(this.#host, ids)
  }

  #watch(): void {
    this.#cancelStall?.()
    this.#cancelStall = this.#engine.clock.after(STALLED_MS, () => {
      this.#end(false)
    })
  }

  #end(done: boolean): void {
    this.#cancelStall?.()
    const ended = this.#active
    this.#active = undefined
    // Who did not answer to the end is asked afresh, if ever again.
    if (ended !== undefined && !done) this.#wants.delete(ended.session)
    if (ended !== undefined && (ended.received > 0 || done)) this.#tell(ended, done)
    this.#next()
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
