/** Records on their way to one peer that asked for them: batch by batch, as fast as it takes them, and not faster. */
import { LIMITED_BATCH_BYTES, RECORD_BATCH_BYTES } from '../core/record/limits.ts'
import type { RecordId } from '../core/record/record.ts'
import type { Engine } from './context.ts'
import type { RoomHost } from './room-host.ts'
import type { Session } from './session.ts'

/** Requests that wait their turn; an honest peer has three under way. */
const MAX_QUEUED = 16
/** Bulk waits while more than this is queued on the stream, so that what people say is not stuck behind it. */
const MAX_BACKLOG_BYTES = 1024 * 1024

interface Want {
  readonly host: RoomHost
  readonly ids: readonly RecordId[]
  at: number
}

export class HandOver {
  readonly #engine: Engine
  readonly #session: Session
  readonly #wants: Want[] = []
  #waiting = false
  #cancelWait: (() => void) | undefined
  #ended = false

  constructor(engine: Engine, session: Session) {
    this.#engine = engine
    this.#session = session
  }

  /** False when the peer has too many requests open. */
  take(host: RoomHost, ids: readonly RecordId[]): boolean {
    if (this.#wants.length >= MAX_QUEUED) return false
    this.#wants.push({ host, ids: [...new Set(ids)], at: 0 })
    if (!this.#waiting) this.#serve()
    return true
  }

  end(): void {
    this.#ended = true
    this.#cancelWait?.()
    this.#wants.length = 0
  }

  #serve(): void {
    this.#waiting = false
    const { network, clock } = this.#engine
    while (!this.#ended && this.#wants.length > 0) {
      if (network.backlog(this.#session.peerId) > MAX_BACKLOG_BYTES) {
        this.#waiting = true
        network.onDrained(this.#session.peerId, () => {
          this.#serve()
        })
        return
      }
      const waitMs = this.#owesMs()
      if (waitMs > 0) {
        this.#waiting = true
        this.#cancelWait = clock.after(waitMs, () => this.#serve())
        return
      }
      if (this.#batch(this.#wants[0]!)) this.#wants.shift()
    }
  }

  /** How long until what it was given before is paid off, ms. */
  #owesMs(): number {
    const { budgets, clock } = this.#engine
    const nowMs = clock.nowMs()
    return Math.max(budgets.bulk.waitMs(this.#session, 1, nowMs), budgets.misses.waitMs(this.#session, 1, nowMs))
  }

  /** Sends one batch. True when it was the last of its request; every request is answered, if with nothing. */
  #batch(want: Want): boolean {
    const { store, self, delivery, budgets, clock } = this.#engine
    const served = budgets.servedTo(this.#session.peerId)
    const nowMs = clock.nowMs()
    const records: Uint8Array[] = []
    const own: RecordId[] = []
    const limit = this.#session.limited ? LIMITED_BATCH_BYTES : RECORD_BATCH_BYTES
    let bytes = 0
    let misses = 0
    while (want.at < want.ids.length && bytes < limit) {
      const id = want.ids[want.at++]!
      const stored = store.get(want.host.id, id)
      if (stored === undefined) misses++
      if (stored === undefined || (stored.graph === 'message' && !this.#session.shares(want.host))) continue
      // Who lost a connection or a disk asks again, for a little; who asks for the same without end is no reader.
      if (served.has(id) && !budgets.want.take(this.#session, stored.bytes.length, nowMs)) {
        misses++
        continue
      }
      served.add(id)
      records.push(stored.bytes)
      bytes += stored.bytes.length
      if (stored.author === self.identity) own.push(stored.id)
    }
    budgets.misses.charge(this.#session, misses, nowMs)
    budgets.bulk.charge(this.#session, bytes, nowMs)
    const left = want.ids.length - want.at
    // What nobody was reached with when it was said has reached somebody now.
    if (this.#session.sendRecords(want.host, records, left)) for (const id of own) delivery.reached(id, 1)
    return left === 0
  }
}
