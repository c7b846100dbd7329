/**
 * A room that this node is in: the machine, and the one switch that performs its effects in the order persist → publish → emit. What belongs to a
 * room but not to its records (keys, who is there, reconciliation) is held here and kept in files of its own.
 */
import { MAX_FUTURE_MS } from '../core/record/limits.ts'
import type { SignedRecord } from '../core/record/record.ts'
import { refuse } from '../core/refusal.ts'
import { createRoom } from '../core/room/room.ts'
import type { PostRefusal, RoomEffect, RoomInput } from '../core/room/effects.ts'
import type { Room } from '../core/room/room.ts'
import { handleOf } from '../core/room/naming.ts'
import { idHash, nameHash, topicOf } from '../core/seal/topic.ts'
import type { MessageView, RoomView } from './api.ts'
import type { Engine } from './context.ts'
import { elapsedMs } from './elapsed.ts'
import type { StoreError, StoreOp, StoredRoom, Verdict } from './ports.ts'
import { roomView } from './room-views.ts'
import { createRoster } from './roster.ts'
import type { Roster } from './roster.ts'
import { RoomKeys } from './room-keys.ts'
import { RoomPresence } from './room-presence.ts'
import { RoomSparing } from './room-sparing.ts'
import { readerOf } from './room-reader.ts'
import { RoomStanding } from './room-standing.ts'
import { RoomSync } from './room-sync.ts'
import { isHiddenHere } from './shown-here.ts'
import { decodeStored, messageView, toStored } from './views.ts'
import { nameOf } from './who.ts'

/** How often a room that waits for something looks whether it may go on. */
const TICK_MS = 250

const NOTHING = new Uint8Array(0)

/**
 * Heads and gaps are saved with each transaction while they are few. A liar can make a hundred thousand bytes of them, which would be written with each line
 * of its: of so many, a crash may take the last seconds. What is forgotten then is found by reconciliation, and named by whoever speaks next.
 */
const FEW_HEADS_AND_GAPS = 8
const SAVE_MANY_EVERY_MS = 10_000

/** What may follow an own record, once it is stored. */
export interface Posted {
  /** It was handed to so many peers. */
  published(record: SignedRecord, peers: number): void
  failed(fault: StoreError): void
  /** No power cut takes it away any more; or, with a fault, one may, though it went out. */
  safe?(fault?: StoreError): void
  /** PeerIds to which it goes besides, whatever they say that they hear. */
  readonly handTo?: readonly string[]
  /** Nothing was signed. */
  refused?(refusal: PostRefusal): void
}

/** What follows once the store has it: first what people wait for. */
interface Afterwards {
  readonly urgent: (() => void)[]
  readonly rest: (() => void)[]
}

export class RoomHost {
  readonly id: string
  readonly topic: string
  readonly name: string
  readonly key: string
  /** Under which others look for it. */
  readonly nameHash: string
  readonly idHash: string
  readonly genesis: SignedRecord
  readonly keys: RoomKeys
  readonly roster: Roster
  readonly sync: RoomSync
  readonly standing: RoomStanding
  readonly presence: RoomPresence
  readonly sparing: RoomSparing
  readonly nameOf: (identity: string) => string
  provisional: boolean
  /** Other rooms of the name that are known: with any, the handle has its suffix. */
  readonly rivals = new Set<string>()
  readUs: number
  readonly sinceMs: number
  #machine: Room
  #ticking: (() => void) | undefined
  #savedMs = -Infinity
  #savingLater: (() => void) | undefined
  #closed = false
  /** When this node's person last said something here, or came, ms. */
  spokeMs: number
  /** When this node last reconciled, ms. */
  pulledMs: number
  readonly #engine: Engine

  constructor(engine: Engine, row: StoredRoom, genesis: SignedRecord) {
    this.#engine = engine
    this.id = row.id
    this.name = row.name
    this.key = row.key
    this.nameHash = nameHash(row.key)
    this.idHash = idHash(row.id)
    this.provisional = row.provisional
    this.readUs = row.readUs
    this.sinceMs = row.sinceMs
    this.genesis = genesis
    this.topic = topicOf(row.id)
    this.keys = new RoomKeys(engine, this)
    this.roster = createRoster(engine.store.members(row.id))
    this.nameOf = (identity) => nameOf(engine, this, identity)
    this.pulledMs = this.spokeMs = engine.clock.nowMs()
    this.#machine = this.#load(row.state)
    this.sync = new RoomSync(engine, this)
    this.standing = new RoomStanding(engine, this)
    this.presence = new RoomPresence(engine, this)
    this.sparing = new RoomSparing(engine, this)
    this.#rest()
  }

  get machine(): Room {
    return this.#machine
  }

  get handle(): string {
    return this.rivals.size > 0 ? handleOf(this.name, this.id) : this.name
  }

  /** Feeds the machine and performs what it wants. Returns the verdict on a gossiped record. */
  dispatch(input: RoomInput, posted?: Posted, fromPeerId?: string): Verdict {
    if (this.#closed) {
      posted?.refused?.(refuse('not-found', 'you have left this room'))
      return 'ignore'
    }
    const effects = this.#machine.handle(input, this.#engine.clock.nowMs())
    let verdict: Verdict = 'accept'
    const ops: StoreOp[] = []
    const after: Afterwards = { urgent: [], rest: [] }
    let own: SignedRecord | undefined
    for (const effect of effects) {
      if (effect.type === 'verdict') verdict = effect.verdict
      if (effect.type === 'persist') {
        ops.push({ op: 'record', record: toStored(effect.record, effect.verified) })
        if (effect.own) own = effect.record
        if (input.type === 'sync') this.sparing.missed(effect.record)
        if (fromPeerId !== undefined) this.#gave(fromPeerId)
        if (own?.graph === 'message' && effect.own) ops.push(this.#engine.delivery.begin(own.id, this.id))
      }
      if (effect.type === 'discard') ops.push({ op: 'forget-record', room: this.id, id: effect.record.id })
      this.#prepare(effect, after, posted, fromPeerId)
    }
    if (ops.length > 0) this.#commit(ops, own, after, posted)
    else runAll(after)
    // Behind that: what is stored meanwhile, and with it the room's heads, is not to run ahead of its records.
    for (const effect of effects) this.#perform(effect, fromPeerId)
    this.#rest()
    return verdict
  }

  #gave(peerId: string): void {
    const { sessions, network } = this.#engine
    if (sessions.get(peerId)?.shares(this) === true) network.esteem(peerId, 'giver')
  }

  /** What must wait for the store goes into `after`. */
  #prepare(effect: RoomEffect, after: Afterwards, posted: Posted | undefined, fromPeerId: string | undefined): void {
    if (effect.type === 'persist') {
      after.rest.push(() => {
        this.sync.stored(effect.record)
        this.presence.receipts.stored(effect.record, fromPeerId)
      })
    }
    if (effect.type === 'discard') after.rest.push(() => this.sync.discarded(effect.record))
    if (effect.type === 'publish') after.urgent.push(() => this.#publish(effect.record, posted))
    if (effect.type === 'rights') after.rest.push(() => this.standing.changed(effect))
    if (effect.type === 'refused') posted?.refused?.(effect.refusal)
    if (effect.type !== 'line') return
    const show = (): void => this.#showLine(effect.record, effect.own, effect.synced)
    // gossipsub writes what it is given a few promises later: who waits for it comes before who said it.
    if (effect.own) this.spokeMs = this.#engine.clock.nowMs()
    if (effect.own) after.rest.push(() => this.#engine.clock.soon(show))
    else after.urgent.push(show)
  }

  /** What need not wait. */
  #perform(effect: RoomEffect, fromPeerId: string | undefined): void {
    switch (effect.type) {
      case 'verdict':
      case 'persist':
      case 'discard':
      case 'publish':
      case 'line':
      case 'rights':
      case 'refused':
        return
      case 'rewritten':
        return this.standing.rewritten()
      case 'left':
        return this.presence.left(effect.identity)
      case 'presence':
        return this.presence.heard(effect, fromPeerId)
      case 'fetch':
        return this.sync.fetch(effect.ids)
      case 'gap':
        return this.#engine.emit({ method: 'gap', params: { room: this.id, missing: effect.missing } })
      case 'left-out':
        return this.sync.leftOut(effect.records)
      case 'misbehaviour':
        return this.#engine.sessions.get(fromPeerId ?? '')?.fault(effect.why)
    }
  }

  #commit(ops: StoreOp[], own: SignedRecord | undefined, after: Afterwards, posted: Posted | undefined): void {
    this.#engine.writer.touch(this)
    this.#engine.writer.add({
      ops,
      // A message goes out when it is in the log, and its author is answered when the log is synced. Whom an act concerns acts upon it at once.
      durability: own?.graph === 'authority' ? 'full' : 'normal',
      ...(own === undefined ? {} : { safe: (fault?: StoreError) => posted?.safe?.(fault) }),
      written: () => {
        // Left meanwhile: it is stored, and goes to others when the room is joined again.
        if (this.#closed) return own === undefined ? undefined : posted?.published(own, 0)
        const ids = ops.flatMap((op) => (op.op === 'record' ? op.record.id : op.op === 'forget-record' ? op.id : []))
        this.#machine.handle({ type: 'written', ids }, this.#engine.clock.nowMs())
        runAll(after)
      },
      failed: (fault) => {
        // What the store did not take never happened: the machine starts again from what is there.
        if (!this.#closed) this.#machine = this.#load(this.#engine.store.rooms().find((room) => room.id === this.id)?.state ?? NOTHING)
        if (own !== undefined) this.#engine.delivery.forget(own.id)
        posted?.failed(fault)
      }
    })
  }

  /** A frame from gossip on this room's topic. */
  onFrame(frame: Uint8Array, fromPeerId: string): Verdict {
    const opened = this.keys.ring.open(frame)
    const isLater = !opened.ok && (opened.reason === 'unknown-epoch' || opened.reason === 'unknown-version')
    const unread = isLater ? 'ignore' : 'reject'
    const verdict = opened.ok ? this.dispatch({ type: 'gossip', bytes: opened.value, from: fromPeerId }, undefined, fromPeerId) : unread
    // Honest nodes look at what they pass on.
    if (verdict === 'reject') this.#engine.sessions.get(fromPeerId)?.fault('it gossips what no honest node would')
    return verdict
  }

  /** Marks what was said until now as read. */
  markRead(): void {
    const nowMs = this.#engine.clock.nowMs()
    // Not what it was before: a clock that was ahead for a while would make all that is said until then look read.
    this.readUs = Math.max(this.#machine.graph.newestUs((nowMs + MAX_FUTURE_MS) * 1000), nowMs * 1000)
    this.#engine.writer.touch(this)
  }

  /** For the writer: the row with the present heads and gaps; nothing if it comes later. */
  save(): StoreOp | undefined {
    if (this.#closed) return undefined
    const { clock, life, writer } = this.#engine
    const { heads, gaps } = this.#machine.graph
    const nowMs = clock.nowMs()
    const agoMs = elapsedMs(this.#savedMs, nowMs)
    if (heads.size + gaps.size > FEW_HEADS_AND_GAPS && agoMs < SAVE_MANY_EVERY_MS && !life.ending) {
      this.#savingLater ??= clock.after(SAVE_MANY_EVERY_MS - agoMs, () => {
        this.#savingLater = undefined
        writer.touch(this)
      })
      return undefined
    }
    this.#savedMs = nowMs
    return { op: 'room', room: this.row(true) }
  }

  /** What was to be saved later is saved with the next transaction. */
  saveAtLast(): void {
    if (this.#savingLater !== undefined) this.#engine.writer.touch(this)
  }

  row(joined: boolean): StoredRoom {
    const { id, name, key, provisional, sinceMs, readUs } = this
    const access = this.#machine.state.genesis.access
    return { id, name, key, access, joined, provisional, sinceMs, readUs, state: this.#machine.save() }
  }

  close(): void {
    this.#closed = true
    this.#ticking?.()
    this.#savingLater?.()
    this.sync.close()
    this.presence.receipts.end()
    this.standing.end()
  }

  view(event?: RoomView['event']): RoomView {
    return roomView(this.#engine, this, event)
  }

  message(record: SignedRecord): MessageView | undefined {
    const visibility = isHiddenHere(this.#engine, this, record) ? 'hidden' : this.#machine.rights.visibility(record)
    const view = visibility === 'hidden' ? undefined : messageView(record, visibility === 'redacted')
    const delivery = record.author === this.#engine.self.identity ? this.#engine.delivery.of(record.id) : undefined
    return view === undefined || delivery === undefined ? view : { ...view, delivery }
  }

  #showLine(record: SignedRecord, own: boolean, synced: boolean): void {
    const view = this.#closed ? undefined : this.message(record)
    if (view === undefined) return
    if (record.author !== this.#engine.self.identity) this.roster.wrote(record.author, view.from.nick, view.time)
    this.#engine.emit({ method: 'message', params: synced && !own ? { ...view, late: true } : view })
  }

  #publish(record: SignedRecord, posted: Posted | undefined): void {
    const frame = this.keys.seal(record)
    if (frame === undefined) return posted?.published(record, 0)
    if (posted?.handTo !== undefined) this.#engine.network.hand(this.topic, frame, posted.handTo)
    this.#engine.network.publish(this.topic, frame, (peers) => {
      if (record.graph === 'message') this.#engine.delivery.reached(record.id, peers)
      posted?.published(record, peers)
    })
  }

  #load(state: Uint8Array): Room {
    const { store, self, lateBytesPerDay } = this.#engine
    const authority = store.authority(this.id).flatMap((stored) => decodeStored(stored) ?? [])
    const lastOwn = store.newestBy(this.id, self.identity)?.id ?? null
    const init = { genesis: this.genesis, authority, saved: state, lastOwn, lateBytesPerDay }
    return createRoom(init, self.signer, readerOf(store, this.id, this.nameOf))
  }

  /** Keeps the clock running while the machine waits for something, and only then. */
  #rest(): void {
    if (this.#ticking !== undefined || this.#closed || !this.#machine.restless) return
    this.#ticking = this.#engine.clock.after(TICK_MS, () => {
      this.#ticking = undefined
      this.dispatch({ type: 'tick' })
    })
  }
}

function runAll({ urgent, rest }: Afterwards): void {
  for (const run of urgent) run()
  for (const run of rest) run()
}
