/**
 * Truthful delivery: `queued` (nobody was reached), `sent` (a peer has it), `held` by n of m (so many members said that they stored it).
 * Survives a restart. Told to the faces a little later, so that a burst of acknowledgements costs one update a message, and to the store later
 * still: what a crash takes of it is learnt again from the heads that members name.
 */
import type { Identity } from '../core/record/keys.ts'
import { MAX_MEMBERS } from '../core/record/limits.ts'
import type { RecordId, RoomId } from '../core/record/record.ts'
import type { Delivery, DeliveryState, NodeEvent } from './api.ts'
import type { Clock, Store, StoredDelivery, StoreOp } from './ports.ts'
import type { Writer } from './writer.ts'

const TELL_AFTER_MS = 50
const SAVE_AFTER_MS = 500
/** An acknowledgement takes a round trip; a minute later reconciliation has seen to it. */
const OVERDUE_MS = 2_000
const FORGOTTEN_MS = 60_000
/** Messages whose delivery is kept in memory; older ones are read from the store when somebody still acknowledges them. */
const MAX_TRACKED = 4096

interface Track {
  readonly id: RecordId
  readonly room: RoomId
  readonly sinceMs: number
  state: DeliveryState
  readonly holders: Set<Identity>
}

export interface DeliveryInit {
  readonly store: Store
  readonly clock: Clock
  readonly writer: Writer
  /** How many others are in a room. */
  readonly audience: (room: RoomId) => number
  readonly emit: (event: NodeEvent) => void
}

export class DeliveryTracker {
  readonly #init: DeliveryInit
  readonly #tracks = new Map<RecordId, Track>()
  readonly #untold = new Set<Track>()
  readonly #unsaved = new Set<Track>()
  /** Own messages that reached nobody yet; asked for every record that is handed over. */
  readonly #queued = new Set<RecordId>()
  #cancelTelling: (() => void) | undefined
  #cancelSaving: (() => void) | undefined

  constructor(init: DeliveryInit) {
    this.#init = init
  }

  /** Looks which messages of a room still have to reach somebody. */
  load(room: RoomId): void {
    for (const { id } of this.#init.store.deliveries(room, 'queued')) this.#queued.add(id)
  }

  /** A new own message; the row belongs into the transaction that stores the message. */
  begin(id: RecordId, room: RoomId): StoreOp {
    this.#queued.add(id)
    const track = this.#remember({ id, room, sinceMs: this.#init.clock.nowMs(), state: 'queued', holders: new Set() })
    return { op: 'delivery', delivery: row(track) }
  }

  /** It was not stored after all. */
  forget(id: RecordId): void {
    this.#queued.delete(id)
    const track = this.#tracks.get(id)
    if (track === undefined) return
    this.#tracks.delete(id)
    this.#untold.delete(track)
    this.#unsaved.delete(track)
  }

  /** It was handed to so many peers. */
  reached(id: RecordId, peers: number): void {
    if (peers === 0 || !this.#queued.delete(id)) return
    const track = this.#track(id)
    if (track?.state !== 'queued') return
    track.state = 'sent'
    this.#change(track)
  }

  /** A member said that these are stored there. Returns of how many that is news. */
  held(ids: readonly RecordId[], room: RoomId, by: Identity): number {
    let news = 0
    for (const id of ids) {
      const track = this.#track(id)
      if (track?.room !== room || track.holders.has(by) || track.holders.size >= MAX_MEMBERS) continue
      this.#queued.delete(id)
      track.holders.add(by)
      track.state = 'held'
      this.#change(track)
      news++
    }
    return news
  }

  /** A member's message names these as its parents, so it holds them. The store is not asked: they were mostly said a moment ago. */
  named(ids: readonly RecordId[], room: RoomId, by: Identity): void {
    this.held(ids.filter((id) => this.#tracks.has(id)), room, by)
  }

  of(id: RecordId): Delivery | undefined {
    const track = this.#track(id)
    return track === undefined ? undefined : this.#view(track)
  }

  /** True when some own message of the room is not yet held by this member, among those in memory. */
  awaits(room: RoomId, by: Identity): boolean {
    for (const track of this.#tracks.values()) if (track.room === room && !track.holders.has(by)) return true
    return false
  }

  /** Of these members, those who have not acknowledged an own message of the room that was said a while ago. */
  overdue(room: RoomId, members: readonly Identity[]): Identity[] {
    const nowMs = this.#init.clock.nowMs()
    const late = [...this.#tracks.values()].filter((track) => {
      const ageMs = nowMs - track.sinceMs
      return track.room === room && ageMs >= OVERDUE_MS && ageMs <= FORGOTTEN_MS
    })
    return late.length === 0 ? [] : members.filter((member) => late.some(({ holders }) => !holders.has(member)))
  }

  /** Tells and saves what is due later. */
  flush(): void {
    this.#tell()
    this.#save()
  }

  #tell(): void {
    this.#cancelTelling?.()
    this.#cancelTelling = undefined
    const untold = [...this.#untold]
    this.#untold.clear()
    for (const track of untold) this.#init.emit({ method: 'delivery', params: { id: track.id, ...this.#view(track) } })
  }

  #save(): void {
    this.#cancelSaving?.()
    this.#cancelSaving = undefined
    const unsaved = [...this.#unsaved]
    this.#unsaved.clear()
    if (unsaved.length === 0) return
    this.#init.writer.add({ ops: unsaved.map((track) => ({ op: 'delivery', delivery: row(track) })), durability: 'normal' })
  }

  #track(id: RecordId): Track | undefined {
    const known = this.#tracks.get(id)
    if (known !== undefined) return known
    const stored = this.#init.store.delivery(id)
    if (stored === undefined) return undefined
    return this.#remember({ id, room: stored.room, sinceMs: 0, state: stored.state, holders: new Set(stored.holders) })
  }

  #remember(track: Track): Track {
    if (this.#tracks.size >= MAX_TRACKED) {
      const oldest = this.#tracks.values().next().value!
      if (this.#unsaved.has(oldest)) this.flush()
      this.#tracks.delete(oldest.id)
    }
    this.#tracks.set(track.id, track)
    return track
  }

  #change(track: Track): void {
    this.#untold.add(track)
    this.#unsaved.add(track)
    const { clock } = this.#init
    this.#cancelTelling ??= clock.after(TELL_AFTER_MS, () => this.#tell())
    this.#cancelSaving ??= clock.after(SAVE_AFTER_MS, () => this.#save())
  }

  #view(track: Track): Delivery {
    const others = this.#init.audience(track.room)
    return { state: track.state, held: track.holders.size, of: Math.max(others, track.holders.size) }
  }
}

function row(track: Track): StoredDelivery {
  return { id: track.id, room: track.room, state: track.state, holders: [...track.holders] }
}
