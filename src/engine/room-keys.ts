/** The keys of a room on this node: made when there are none, learnt from members, handed on to members. */
import type { Value } from '../core/record/codec.ts'
import { MAX_FUTURE_MS } from '../core/record/limits.ts'
import type { RecordId, SignedRecord } from '../core/record/record.ts'
import { currentEpoch, epochValue, readEpoch } from '../core/seal/epoch.ts'
import type { Epoch } from '../core/seal/epoch.ts'
import type { Engine } from './context.ts'
import { createEpochRing } from './epochs.ts'
import type { EpochRing } from './epochs.ts'
import type { StoreOp } from './ports.ts'
import type { RoomHost } from './room-host.ts'

export class RoomKeys {
  readonly ring: EpochRing
  readonly #engine: Engine
  readonly #host: RoomHost

  constructor(engine: Engine, host: RoomHost) {
    this.#engine = engine
    this.#host = host
    this.ring = createEpochRing(host.id, engine.store.epochs(host.id), engine.random)
  }

  /** All keys, as they are handed over. */
  values(): Value[] {
    return this.ring.all.map(epochValue)
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
        this.#tellMembers([epochValue(epoch)], undefined)
      }
    })
  }

  /** Keys that a member handed over; what was waiting for them is opened, and members who may lack them are told. */
  learn(values: readonly Value[], fromPeerId: string): void {
    const learnt: Value[] = []
    const ops: StoreOp[] = []
    const read = values.map((value) => readEpoch(this.#host.id, value))
    // All or none: a key that is taken is also stored and told, else this node might speak with one that nobody else has.
    const bad = read.find((epoch) => !epoch.ok)
    if (bad?.ok === false) return this.#engine.sessions.get(fromPeerId)?.fault(bad.message)
    for (const epoch of read) {
      if (!epoch.ok || !this.ring.learn(epoch.value)) continue
      learnt.push(epochValue(epoch.value))
      ops.push({ op: 'epoch', epoch: { room: this.#host.id, ...epoch.value } })
    }
    if (learnt.length === 0) return
    this.#engine.writer.add({ ops, durability: 'normal' })
    for (const frame of this.ring.unpark()) this.#host.onFrame(frame, fromPeerId)
    this.#tellMembers(learnt, fromPeerId)
  }

  /** The key to speak with: made in knowledge of all who were removed, but for the removal that is being told of itself. */
  #current(telling: RecordId | undefined): Epoch | undefined {
    const { state, rights } = this.#host.machine
    const { graph } = rights.authority.book
    const removed = state.removals.flatMap(({ record }) => (record === telling ? [] : graph.indexOf(record) ?? []))
    const knows = ({ heads }: Epoch): boolean => {
      const indexes = heads.flatMap((id) => graph.indexOf(id) ?? [])
      return removed.every((removal) => indexes.some((head) => head === removal || graph.isPast(removal, head)))
    }
    return currentEpoch(this.ring.all.filter(knows), this.#engine.clock.nowMs() + MAX_FUTURE_MS)
  }

  #tellMembers(epochs: readonly Value[], except: string | undefined): void {
    for (const session of this.#engine.sessions.values()) {
      if (session.peerId !== except) session.sendEpochs(this.#host, epochs)
    }
  }
}
