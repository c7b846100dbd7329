/** The keys of a room on this node: made when there are none, learnt from members, handed on to members. */
import type { Value } from '../core/record/codec.ts'
import { MAX_FUTURE_MS } from '../core/record/limits.ts'
import { isPermitted } from '../core/authority/state.ts'
import type { RoomState } from '../core/authority/state.ts'
import type { Identity } from '../core/record/keys.ts'
import type { RecordId, SignedRecord } from '../core/record/record.ts'
import { currentEpoch, epochValue, readEpoch } from '../core/seal/epoch.ts'
import type { Epoch } from '../core/seal/epoch.ts'
import type { Engine } from './context.ts'
import { createEpochRing } from './epochs.ts'
import type { EpochRing } from './epochs.ts'
import type { StoreOp } from './ports.ts'
import type { RoomHost } from './room-host.ts'
import type { Session } from './session.ts'

export class RoomKeys {
  readonly ring: EpochRing
  readonly #engine: Engine
  readonly #host: RoomHost
  /** Keys under records that are not here, and who gave them: to open with, and no more. */
  readonly #early = new Map<string, Set<Identity>>()
  /** Which keys were made in knowledge of all removals of a state. */
  #covering: { readonly state: RoomState; readonly known: Map<string, boolean> } | undefined

  constructor(engine: Engine, host: RoomHost) {
    this.#engine = engine
    this.#host = host
    this.ring = createEpochRing(host.id, engine.store.epochs(host.id), engine.random)
  }

  /** All keys that may be handed over. */
  values(): Value[] {
    return this.ring.all.filter(({ id }) => !this.#early.has(id)).map(epochValue)
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
  learn(values: readonly Value[], { peerId, identity = '' }: Pick<Session, 'peerId' | 'identity'>): void {
    const { clock, sessions } = this.#engine
    const read = values.map((value) => readEpoch(this.#host.id, value))
    // All or none: a key that is taken is also stored and told, else this node might speak with one that nobody else has.
    const bad = read.find((epoch) => !epoch.ok)
    if (bad?.ok === false) return sessions.get(peerId)?.fault(bad.message)
    const learnt = read.flatMap((epoch) => (epoch.ok && this.ring.learn(epoch.value, clock.nowMs()) ? epoch.value : []))
    for (const { id } of learnt) this.#early.set(id, new Set())
    for (const epoch of read) if (epoch.ok) this.#early.get(epoch.value.id)?.add(identity)
    this.settle(peerId)
    if (learnt.length === 0) return
    for (const frame of this.ring.unpark()) this.#host.onFrame(frame, peerId)
    const ahead = learnt.flatMap(({ id, heads }) => (this.#early.has(id) ? heads : []))
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
    const { state, rights } = this.#host.machine
    if (this.#covering?.state !== state) this.#covering = { state, known: new Map() }
    const kept = this.#covering.known.get(id)
    if (kept === true) return true
    const { graph } = rights.authority.book
    const indexes = heads.flatMap((head) => graph.indexOf(head) ?? [])
    const knows = (record: RecordId): boolean => {
      const removal = graph.indexOf(record)
      return removal === undefined || indexes.some((head) => head === removal || graph.isPast(removal, head))
    }
    if (kept === undefined) {
      const all = state.removals.every(({ record }) => knows(record))
      this.#covering.known.set(id, all)
      if (all) return true
    }
    const isTold = state.removals.some(({ record }) => record === telling)
    return isTold && state.removals.every(({ record }) => record === telling || knows(record))
  }

  /** For members who did not take it when it was made. */
  tellCurrent(): void {
    const epoch = this.#current(undefined)
    if (epoch !== undefined) this.#tellMembers([epoch], undefined)
  }

  #tellMembers(epochs: readonly Epoch[], except: string | undefined): void {
    const values = epochs.map(epochValue)
    for (const session of this.#engine.sessions.values()) {
      if (session.peerId !== except) session.sendEpochs(this.#host, values)
    }
  }
}
