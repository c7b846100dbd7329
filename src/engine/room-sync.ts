/**
 * How a room becomes complete. Each node is responsible for its own completeness and pulls: it reconciles its set with one member after
 * another (Negentropy), asks for what it lacks and takes it in batches. Nothing is pushed unasked, so the same history does not come from three sides at once.
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

export interface RoomSync {
  /** Reconcile with this member when its turn comes. */
  pull(session: Session): void
  /** The member is gone. */
  drop(session: Session): void
  /** A record is stored: it belongs to the sets from now on. */
  stored(record: SignedRecord): void
  /** Ask for records that are known to be missing; first of all the member that named them. */
  fetch(ids: readonly RecordId[], fromPeerId: string | undefined): void
  onReconcile(session: Session, message: Extract<MemberMessage, { type: 'reconcile' }>): void
  onRecords(session: Session, message: Extract<MemberMessage, { type: 'records' }>): void
  readonly busy: boolean
  close(): void
}

export function createRoomSync(engine: Engine, host: RoomHost): RoomSync {
  const sets = new Map<SyncGraph, ItemSet>()
  const queue = new Set<Session>()
  /** Requests that each member has not answered to the end. */
  const wants = new Map<Session, number>()
  let active: Pull | undefined
  let cancelStall: (() => void) | undefined
  let turn = 0

  /** Built from the store when first needed, kept while the room is open. */
  function setOf(graph: SyncGraph): ItemSet {
    const known = sets.get(graph)
    if (known !== undefined) return known
    const set = new ItemSet()
    for (const item of engine.store.items(host.id, graph)) set.insert(item.timeUs, item.id)
    sets.set(graph, set)
    return set
  }

  function next(): void {
    const session = queue.values().next().value
    if (active !== undefined || session === undefined) return
    queue.delete(session)
    active = { session, graph: 'authority', initiator: createInitiator(setOf('authority'), PULLING), open: true, toAsk: new Set(), received: 0 }
    begin(active, 'authority')
  }

  function begin(pull: Pull, graph: SyncGraph): void {
    pull.graph = graph
    pull.initiator = createInitiator(setOf(graph), PULLING)
    pull.open = true
    pull.session.sendReconcile(host, graph, false, pull.initiator.initiate())
    watch()
  }

  function watch(): void {
    cancelStall?.()
    cancelStall = engine.clock.after(STALLED_MS, () => end(false))
  }

  function end(done: boolean): void {
    cancelStall?.()
    const ended = active
    active = undefined
    if (ended !== undefined && (ended.received > 0 || done)) {
      engine.emit({ method: 'sync', params: { room: host.id, received: ended.received, done } })
    }
    next()
  }

  function want(session: Session, ids: readonly RecordId[]): void {
    wants.set(session, (wants.get(session) ?? 0) + 1)
    session.sendWant(host, ids)
  }

  /** Asks on, and moves to the next graph or the end when all that was asked for has been answered. */
  function proceed(pull: Pull): void {
    watch()
    while (pull.toAsk.size > 0 && (wants.get(pull.session) ?? 0) < MAX_WANTS) {
      const next = [...pull.toAsk.values().take(MAX_WANTED_IDS)]
      for (const id of next) pull.toAsk.delete(id)
      const ids = next.filter((id) => !host.machine.has(id))
      if (ids.length > 0) want(pull.session, ids)
    }
    if (pull.open || pull.toAsk.size > 0 || (wants.get(pull.session) ?? 0) > 0) return
    if (pull.graph === 'authority') begin(pull, 'message')
    else end(true)
  }

  function onAnswer(session: Session, message: Extract<MemberMessage, { type: 'reconcile' }>): void {
    const pull = active
    if (pull?.session !== session || pull.graph !== message.graph) return
    const round = pull.initiator.handle(message.message)
    if (!round.ok) {
      session.fault(round.message)
      return end(false)
    }
    for (const id of round.value.need) pull.toAsk.add(toHex(id))
    pull.open = round.value.reply !== null
    if (round.value.reply !== null) session.sendReconcile(host, pull.graph, false, round.value.reply)
    proceed(pull)
  }

  return {
    pull(session) {
      queue.add(session)
      next()
    },

    drop(session) {
      queue.delete(session)
      wants.delete(session)
      if (active?.session === session) end(false)
    },

    stored(record) {
      if (record.graph !== 'ephemeral') sets.get(record.graph)?.insert(record.timeUs, fromHex(record.id))
    },

    fetch(ids, fromPeerId) {
      const members = [...engine.sessions.values()].filter((session) => session.shares(host))
      const chosen = members.find((session) => session.peerId === fromPeerId) ?? members[turn++ % Math.max(1, members.length)]
      if (chosen !== undefined) want(chosen, ids.slice(0, MAX_WANTED_IDS))
    },

    onReconcile(session, message) {
      if (message.toInitiator) return onAnswer(session, message)
      const answer = respond(setOf(message.graph), message.message, RESPONDING)
      if (answer.ok) session.sendReconcile(host, message.graph, true, answer.value)
      else session.fault(answer.message)
    },

    onRecords(session, { records, left }) {
      if (left === 0) wants.set(session, Math.max(0, (wants.get(session) ?? 0) - 1))
      host.dispatch({ type: 'sync', records }, undefined, session.peerId)
      // One batch, one transaction: what comes next is judged by what is there.
      engine.writer.flush()
      const pull = active
      if (pull?.session !== session) return
      pull.received += records.length
      if (records.length > 0) engine.emit({ method: 'sync', params: { room: host.id, received: pull.received, done: false } })
      proceed(pull)
    },

    get busy() {
      return active !== undefined
    },

    close() {
      cancelStall?.()
      queue.clear()
      active = undefined
    }
  }
}
