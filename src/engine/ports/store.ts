/** What a node needs of its disk. */

/** One value that is replaced as a whole: afterwards the old or the new one is there, also through a power cut. */
export interface Notebook {
  /** For a value that was read and cannot be used: of a later version, or no such value. */
  unusable(fault: 'newer' | 'corrupt'): StoreError
  /** Undefined when nothing was written yet. @throws {StoreError} */
  read(): Uint8Array | undefined
  /** @throws {StoreError} when the disk is full, read-only or broken; then the old value is still there. */
  replace(bytes: Uint8Array): void
}

/** The two graphs of a room. */
export type Graph = 'message' | 'authority'

/** A record as the store keeps it: the wire bytes verbatim, and what it is found by. */
export interface StoredRecord {
  readonly id: string
  readonly room: string
  readonly graph: Graph
  readonly kind: number
  readonly author: string
  /** Microseconds, the author's clock. */
  readonly timeUs: number
  readonly prev: string | null
  readonly bytes: Uint8Array
  /** False when only a later record of its author vouches for it and its own signature was not checked. */
  readonly verified: boolean
}

export interface StoredRoom {
  readonly id: string
  readonly name: string
  /** Case-folded name, by which rooms are looked up. */
  readonly key: string
  readonly access: string
  readonly joined: boolean
  readonly provisional: boolean
  /** When this node last joined or learnt of it, ms. */
  readonly sinceMs: number
  /** Messages up to this time (µs) were read. */
  readonly readUs: number
  /** The room machine's own state (heads, gaps), opaque here. */
  readonly state: Uint8Array
}

export interface StoredEpoch {
  readonly room: string
  readonly id: string
  readonly key: Uint8Array
  /** Authority heads under which it was made. */
  readonly heads: readonly string[]
  readonly createdMs: number
}

/** Delivery of an own message that is stored: who said that they hold it. */
export interface StoredDelivery {
  readonly id: string
  readonly room: string
  readonly state: 'queued' | 'sent' | 'held'
  readonly holders: readonly string[]
}

export interface StoredMember {
  readonly room: string
  readonly identity: string
  readonly nick: string
  readonly lastSeenMs: number
}

/** A node that was met: its binding, and the rooms shared are in `members`. */
export interface StoredPeer {
  readonly peerId: string
  readonly identity: string
  readonly binding: Uint8Array
  readonly addresses: readonly string[]
  readonly lastSeenMs: number
}

export type StoreOp =
  | { readonly op: 'record'; readonly record: StoredRecord }
  | { readonly op: 'room'; readonly room: StoredRoom }
  /** Removes one record and how far it got. One that is not there is no fault. */
  | { readonly op: 'forget-record'; readonly room: string; readonly id: string }
  | { readonly op: 'forget-room'; readonly room: string }
  | { readonly op: 'epoch'; readonly epoch: StoredEpoch }
  | { readonly op: 'delivery'; readonly delivery: StoredDelivery }
  | { readonly op: 'member'; readonly member: StoredMember }
  | { readonly op: 'peer'; readonly peer: StoredPeer }

/**
 * `full`: on the disk before the call returns, also through a power cut. `normal`: survives the end of the process at
 * any point, and is on the disk soon.
 */
export type Durability = 'full' | 'normal'

/** Where a timeline page ends: strictly before this place in the order (time, id). */
export interface TimelinePlace {
  readonly timeUs: number
  readonly id: string
}

/** Synchronous. Reads see every earlier write. */
export interface Store {
  /**
   * Applies all operations or none, in order. Records that are there already stay as they are; other operations replace.
   * `forget-room` removes the room and all that belongs to it.
   * @throws {StoreError} when the disk is full, read-only or broken; then nothing was written.
   */
  write(ops: readonly StoreOp[], durability: Durability): void
  /**
   * Calls `done` once all that was written before this call survives a power cut, or with the reason why it may not. Never throws; several calls may
   * share one sync of the disk. Also answers after `close`.
   */
  sync(done: (fault?: StoreError) => void): void
  has(room: string, id: string): boolean
  get(room: string, id: string): StoredRecord | undefined
  /** The record wherever it is. */
  find(id: string): StoredRecord | undefined
  /** True when a stored record of the same author names this id as its `prev`. */
  vouched(room: string, id: string, author: string): boolean
  /** The last `limit` records of the message graph before `before` (or at the end), of the given kinds, oldest first by (time, id). */
  timeline(room: string, kinds: readonly number[], limit: number, before?: TimelinePlace): StoredRecord[]
  /** The first `limit` records of the message graphs of all rooms, of the given kinds, after the arrival number `after`, in the order of arrival. */
  arrived(after: number, kinds: readonly number[], limit: number): { readonly no: number; readonly record: StoredRecord }[]
  /** The arrival number of a record, undefined where it is not stored; without an id the highest that was ever given. It grows, and none is given twice. */
  arrival(id?: string): number | undefined
  /** How many records of these kinds by other authors than `notBy` are later than `sinceUs`. */
  count(room: string, kinds: readonly number[], sinceUs: number, notBy: string): number
  /** Every (time, id) of a graph, sorted by (time, id); ids as 32 bytes. For building a reconciliation set. */
  items(room: string, graph: Graph): Iterable<{ readonly timeUs: number; readonly id: Uint8Array }>
  /** All records of the authority graph, sorted by (time, id). */
  authority(room: string): StoredRecord[]
  /** The newest record of this author in the room that this node wrote or has, by (time, id). */
  newestBy(room: string, author: string): StoredRecord | undefined
  /** Records of the message graph by this author from one time to another, µs, the second excluded; sorted by (time, id). */
  messagesBy(room: string, author: string, fromUs: number, toUs: number): StoredRecord[]
  rooms(): StoredRoom[]
  epochs(room: string): StoredEpoch[]
  /** Sorted by id. */
  deliveries(room: string, state?: 'queued' | 'sent' | 'held'): StoredDelivery[]
  delivery(id: string): StoredDelivery | undefined
  members(room: string): StoredMember[]
  peer(peerId: string): StoredPeer | undefined
  peersOf(identity: string): StoredPeer[]
  close(): void
}

/** `incomplete`: files that belong together are not all there; `no-files`: no more may be opened. */
export type StoreFault = 'disk-full' | 'read-only' | 'newer' | 'corrupt' | 'incomplete' | 'busy' | 'no-files' | 'io'

/** I/O failed. `message` is a sentence for a person that says which file and the way out. */
export class StoreError extends Error {
  readonly fault: StoreFault

  constructor(fault: StoreFault, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'StoreError'
    this.fault = fault
  }
}
