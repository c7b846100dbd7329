/**
 * Truthful delivery: `queued` (nobody was reached), `sent` (a peer has it), `held` by n of m (so many members said that they stored it).
 * Survives a restart. Told to the faces and to the store a little later, so that a burst of acknowledgements costs one update a message.
 */
import type { Identity } from '../core/record/keys.ts'
import type { RecordId, RoomId } from '../core/record/record.ts'
import type { Delivery, DeliveryState, NodeEvent } from './api.ts'
import type { Clock, Store, StoredDelivery, StoreOp } from './ports.ts'
import type { Writer } from './writer.ts'

const TELL_AFTER_MS = 50
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

export interface DeliveryTracker {
  /** Looks which messages of a room still have to reach somebody. */
  load(room: RoomId): void
  /** A new own message; its row belongs into the transaction that stores the message. */
  begin(id: RecordId, room: RoomId): StoreOp
  /** The network handed it to so many peers. */
  reached(id: RecordId, peers: number): void
  /** A member said that it is stored there. */
  held(ids: readonly RecordId[], room: RoomId, by: Identity): void
  /** True when some own message of the room was said a while ago, and one of these members has not acknowledged it. */
  overdue(room: RoomId, members: readonly Identity[]): boolean
  of(id: RecordId): Delivery | undefined
  /** True when some own message of the room is not yet held by this member, among those in memory. */
  awaits(room: RoomId, by: Identity): boolean
  flush(): void
}

export function createDeliveryTracker(init: {
  readonly store: Store
  readonly clock: Clock
  readonly writer: Writer
  /** How many others are in a room. */
  readonly audience: (room: RoomId) => number
  readonly emit: (event: NodeEvent) => void
}): DeliveryTracker {
  const { store, clock, writer } = init
  const tracks = new Map<RecordId, Track>()
  const changed = new Set<Track>()
  /** Own messages that reached nobody yet; asked for every record that is handed over. */
  const queued = new Set<RecordId>()
  let cancel: (() => void) | undefined

  function track(id: RecordId): Track | undefined {
    const known = tracks.get(id)
    if (known !== undefined) return known
    const stored = store.delivery(id)
    return stored === undefined ? undefined : remember({ id, room: stored.room, sinceMs: 0, state: stored.state, holders: new Set(stored.holders) })
  }

  function remember(entry: Track): Track {
    if (tracks.size >= MAX_TRACKED) {
      const oldest = tracks.values().next().value!
      if (changed.has(oldest)) flush()
      tracks.delete(oldest.id)
    }
    tracks.set(entry.id, entry)
    return entry
  }

  function change(entry: Track): void {
    changed.add(entry)
    cancel ??= clock.after(TELL_AFTER_MS, flush)
  }

  function flush(): void {
    cancel?.()
    cancel = undefined
    const told = [...changed]
    changed.clear()
    if (told.length === 0) return
    writer.add({ ops: told.map((entry) => ({ op: 'delivery', delivery: row(entry) })), durability: 'normal' })
    for (const entry of told) init.emit({ method: 'delivery', params: { id: entry.id, ...view(entry) } })
  }

  function view(entry: Track): Delivery {
    return { state: entry.state, held: entry.holders.size, of: Math.max(init.audience(entry.room), entry.holders.size) }
  }

  return {
    load(room) {
      for (const { id } of store.deliveries(room, 'queued')) queued.add(id)
    },

    begin(id, room) {
      queued.add(id)
      return { op: 'delivery', delivery: row(remember({ id, room, sinceMs: clock.nowMs(), state: 'queued', holders: new Set() })) }
    },

    reached(id, peers) {
      if (peers === 0 || !queued.delete(id)) return
      const entry = track(id)
      if (entry?.state !== 'queued') return
      entry.state = 'sent'
      change(entry)
    },

    held(ids, room, by) {
      for (const id of ids) {
        const entry = track(id)
        if (entry === undefined || entry.room !== room || entry.holders.has(by)) continue
        queued.delete(id)
        entry.holders.add(by)
        entry.state = 'held'
        change(entry)
      }
    },

    overdue(room, members) {
      const nowMs = clock.nowMs()
      for (const entry of tracks.values()) {
        const ageMs = nowMs - entry.sinceMs
        if (entry.room !== room || ageMs < OVERDUE_MS || ageMs > FORGOTTEN_MS) continue
        if (members.some((member) => !entry.holders.has(member))) return true
      }
      return false
    },

    of(id) {
      const entry = track(id)
      return entry === undefined ? undefined : view(entry)
    },

    awaits(room, by) {
      for (const entry of tracks.values()) if (entry.room === room && !entry.holders.has(by)) return true
      return false
    },

    flush
  }
}

function row(entry: Track): StoredDelivery {
  return { id: entry.id, room: entry.room, state: entry.state, holders: [...entry.holders] }
}
