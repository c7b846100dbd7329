/** The keys of a room on this node: made when there are none, learnt from members, handed on to members. */
import type { Value } from '../core/record/codec.ts'
import { MAX_EPOCHS, MAX_FUTURE_MS } from '../core/record/limits.ts'
import { isPermitted } from '../core/authority/state.ts'
import type { RoomState } from '../core/authority/state.ts'
import type { Identity } from '../core/record/keys.ts'
import type { RecordId, SignedRecord } from '../core/record/record.ts'
import { currentEpoch, readEpoch } from '../core/seal/epoch.ts'
import type { Epoch } from '../core/seal/epoch.ts'
import type { Engine } from './context.ts'
import { createEpochRing } from './epochs.ts'
import type { EpochRing } from './epochs.ts'
import type { StoreOp } from './ports.ts'
import type { RoomHost } from './room-host.ts'
import type { Session } from './session.ts'

/** What a key is asked for, as long as the records say the same. */
interface Covering {
  readonly state: RoomState
  /** Removals that it is to have been made in knowledge of. */
  readonly removals: readonly RecordId[]
  /** By key, whether it was. */
  readonly known: Map<string, boolean>
}

export class RoomKeys {
  readonly ring: EpochRing
  readonly #engine: Engine
  readonly #host: RoomHost
  /** Keys under records that are not here, and who gave them: to open with, and no more. */
  readonly #early = new Map<string, Set<Identity>>()
  /** Keys that members offer beyond their budget, and when they are looked at again. */
  readonly #offered = new Map<Session, Map<string, Epoch>>()
  readonly #offers = new Map<Session, () => void>()
  /** Which keys were made in knowledge of all removals of a state. */
  #covering: Covering | undefined

  constructor(engine: Engine, host: RoomHost) {
    this.#engine = engine
    this.#host = host
    this.ring = createEpochRing(host.id, engine.store.epochs(host.id), engine.random)
  }

  /** All keys that may be handed over. */
  tellable(): Epoch[] {
    return this.ring.all.filter(({ id }) => !this.#early.has(id))
  }

  /** Seals a record for those who may read it; undefined without a key that all removals before it are known to be under. */
  seal(record: SignedRecord): Uint8Array | undefined {
    const epoch = this.#current(record.id)
    return epoch === undefined ? undefined : this.ring.seal(epoch, record.bytes)
  }

  /** A new key where those that are here were made before somebody was removed: who removes makes it at once, others when they speak. */
  renew(): void {
    const { removals } = this.#host.machine.state
    const { book } = this.#host.machine.rights.authority
    if (removals.some(({ record }) => book.actById(record)?.author === this.#engine.self.identity)) this.ensure()
  }

  /** Makes a key if there is none to speak with. */
  ensure(): void {
    if (this.#host.standing.now !== 'in' || this.#current(undefined) !== undefined) return
    const epoch = this.ring.make(this.#host.machine.authorityHeads, this.#engine.clock.nowMs())
    this.#engine.writer.add({
      ops: [{ op: 'epoch', epoch: { room: this.#host.id, ...epoch } }],
      durability: 'full',
      written: () => {
        this.#tellMembers([epoch], undefined)
      },
      // Nobody else has it: what would be said with it, nobody could read.
      failed: () => {
        this.ring.forget(epoch.id)
      }
    })
  }

  /** Keys that a member handed over; what was waiting for them is opened, and members who may lack them are told. */
  learn(values: readonly Value[], session: Session): void {
    const read = values.map((value) => readEpoch(this.#host.id, value))
    // All or none: a key that is taken is also stored and told, else this node might speak with one that nobody else has.
    const bad = read.find((epoch) => !epoch.ok)
    if (bad?.ok === false) return session.fault(bad.message)
    const epochs = read.flatMap((epoch) => (epoch.ok ? epoch.value : []))
    session.gave(this.#host, epochs.map(({ id }) => id))
    const offered = this.#offered.get(session) ?? new Map<string, Epoch>()
    this.#offered.set(session, offered)
    for (const epoch of epochs) {
      if (this.ring.get(epoch.id) === undefined) offered.set(epoch.id, epoch)
      else this.#early.get(epoch.id)?.add(session.identity ?? '')
    }
    this.#take(session, offered)
  }

  /** The member is gone: what it offered and was not taken yet goes with it. */
  drop(session: Session): void {
    this.#offers.get(session)?.()
    this.#offers.delete(session)
    this.#offered.delete(session)
  }

  /** Takes of the keys that a member offered as many as its budget allows, the newest first: it is those that somebody speaks with. */
  #take(session: Session, offered: Map<string, Epoch>): void {
    const { clock, budgets } = this.#engine
    const nowMs = clock.nowMs()
    const ahead = ({ createdMs }: Epoch): number => (createdMs > nowMs + MAX_FUTURE_MS ? 1 : 0)
    const newestFirst = [...offered.values()].sort((left, right) => ahead(left) - ahead(right) || right.createdMs - left.createdMs)
    const taken: Epoch[] = []
    for (const [place, epoch] of newestFirst.entries()) {
      this.#early.get(epoch.id)?.add(session.identity ?? '')
      if (this.ring.get(epoch.id) !== undefined || place >= MAX_EPOCHS) offered.delete(epoch.id)
      else if (budgets.epochs.take(session, 1, nowMs, this.#host.id)) taken.push(epoch)
      else break
    }
    for (const { id } of taken) offered.delete(id)
    for (const [at, { id }] of newestFirst.entries()) if (at >= MAX_EPOCHS) offered.delete(id)
    this.#learn(taken, session)
    if (offered.size === 0 || this.#offers.has(session)) return
    this.#offers.set(session, clock.after(budgets.epochs.waitMs(session, 1, nowMs, this.#host.id) + 1, () => {
      this.#offers.delete(session)
      this.#take(session, offered)
    }))
  }

  #learn(epochs: readonly Epoch[], { peerId, identity = '' }: Session): void {
    const { clock } = this.#engine
    const learnt = epochs.filter((epoch) => this.ring.learn(epoch, clock.nowMs()))
    for (const { id } of learnt) this.#early.set(id, new Set([identity]))
    this.settle(peerId)
    if (learnt.length === 0) return
    for (const frame of this.ring.unpark()) this.#host.onFrame(frame, peerId)
    const ahead = learnt.flatMap(({ id, heads }) => (this.#early.has(id) ? heads : []))
    this.#host.machine.expect(ahead)
    const missing = new Set(ahead.filter((head) => !this.#host.machine.knows(head)))
    if (missing.size > 0) this.#host.sync.fetch([...missing], peerId)
  }

  /**
   * Looks which keys may be used and handed on by now. A key may say that it was made in knowledge of a removal that is not known here: until it is, who
   * gave the key may be the one who is removed, or who is told of it here may be.
   */
  settle(fromPeerId?: string): void {
    const { machine, id: room } = this.#host
    const nowMs = this.#engine.clock.nowMs()
    const proven: Epoch[] = []
    for (const [id, givers] of this.#early) {
      const epoch = this.ring.get(id)
      const isKnown = epoch?.heads.every((head) => machine.rights.authority.has(head)) === true
      if (epoch !== undefined && !isKnown) continue
      if (epoch !== undefined && ![...givers].some((giver) => isPermitted(machine.state, giver, nowMs))) continue
      this.#early.delete(id)
      if (epoch !== undefined) proven.push(epoch)
    }
    if (proven.length === 0) return
    const ops = proven.map((epoch): StoreOp => ({ op: 'epoch', epoch: { room, ...epoch } }))
    this.#engine.writer.add({ ops, durability: 'normal' })
    this.#tellMembers(proven, fromPeerId)
  }

  /** The key to speak with: made in knowledge of all who were removed, but for the removal that is being told of itself. */
  #current(telling: RecordId | undefined): Epoch | undefined {
    const usable = this.ring.all.filter((epoch) => !this.#early.has(epoch.id) && this.#covers(epoch, telling))
    return currentEpoch(usable, this.#engine.clock.nowMs() + MAX_FUTURE_MS)
  }

  /** Asked with each message for each key, of maybe hundreds of removals: the answer is kept until the records change. */
  #covers({ id, heads }: Epoch, telling: RecordId | undefined): boolean {
    const { state } = this.#host.machine
    this.#covering = this.#covering?.state === state ? this.#covering : this.#coveringOf(state)
    const { known, removals } = this.#covering
    const kept = known.get(id)
    if (kept === true) return true
    const knows = this.#knownBy(heads)
    if (kept === undefined) {
      const all = removals.every(knows)
      known.set(id, all)
      if (all) return true
    }
    const isTold = telling !== undefined && removals.includes(telling)
    return isTold && removals.every((record) => record === telling || knows(record))
  }

  /**
   * The removals that a key made now would be made in knowledge of. An admin can make more of them beside each other than a key can name: were all asked
   * for, no key would ever do, and nobody could speak.
   */
  #coveringOf(state: RoomState): Covering {
    const isNamed = this.#knownBy(this.#host.machine.authorityHeads)
    return { state, removals: state.removals.map(({ record }) => record).filter(isNamed), known: new Map() }
  }

  /** Whether a record is one of these heads, or before one. */
  #knownBy(heads: readonly RecordId[]): (record: RecordId) => boolean {
    const { graph } = this.#host.machine.rights.authority.book
    const indexes = heads.flatMap((head) => graph.indexOf(head) ?? [])
    return (record) => {
      const removal = graph.indexOf(record)
      return removal === undefined || indexes.some((head) => head === removal || graph.isPast(removal, head))
    }
  }

  /** For members who did not take it when it was made. */
  tellCurrent(): void {
    const epoch = this.#current(undefined)
    if (epoch !== undefined) this.#tellMembers([epoch], undefined)
  }

  #tellMembers(epochs: readonly Epoch[], except: string | undefined): void {
    for (const session of this.#engine.sessions.values()) {
      if (session.peerId !== except) session.sendEpochs(this.#host, epochs)
    }
  }
}
