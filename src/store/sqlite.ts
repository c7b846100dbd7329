/**
 * The store on `node:sqlite`, in one file with libp2p's datastore. Layout: migrations/; why it is as it is: docs/adr/0010 to 0012.
 */
import type { Datastore } from 'interface-datastore'
import type {
  Durability, Graph, Store, StoredDelivery, StoredEpoch, StoredMember, StoredPeer, StoredRecord, StoredRoom, StoreError, StoreOp,
  TimelinePlace
} from '../engine/ports.ts'
import { type Connection, openConnection } from './connection.ts'
import { createDatastore } from './datastore.ts'
import { DeliveryTable } from './delivery-table.ts'
import { Numbers } from './numbers.ts'
import { RecordTable } from './record-table.ts'
import { RoomTables } from './room-tables.ts'

export interface SqliteFile {
  readonly store: Store
  /** Shares the connection: closed with the store. */
  readonly datastore: Datastore
  /** Copies all of it, as it is at the end, over the file at `path` while it is in use. @throws an error of SQLite or of the disk */
  readonly copyTo: (path: string) => Promise<void>
}

/**
 * Opens (or makes) the database at `path` for the store and for libp2p. One process at a time.
 * @throws {StoreError} `busy`, `newer`, `corrupt`, `read-only`, `disk-full` or `io`
 */
export function openSqlite(path: string): SqliteFile {
  const connection = openConnection(path)
  try {
    const store = connection.read(() => new SqliteStore(connection))
    return { store, datastore: createDatastore(connection), copyTo: (copy) => connection.copyTo(copy) }
  } catch (error) {
    connection.close()
    throw error
  }
}

export function openSqliteStore(path: string): Store {
  return openSqlite(path).store
}

class SqliteStore implements Store {
  private readonly connection: Connection
  private readonly numbers: Numbers
  private readonly records: RecordTable
  private readonly delivered: DeliveryTable
  private readonly tables: RoomTables

  constructor(connection: Connection) {
    this.connection = connection
    this.numbers = new Numbers(connection)
    this.records = new RecordTable(connection, this.numbers)
    this.delivered = new DeliveryTable(connection, this.numbers, this.records)
    this.tables = new RoomTables(connection, this.numbers)
  }

  write(ops: readonly StoreOp[], durability: Durability): void {
    if (ops.length === 0) return
    this.connection.transaction(durability, ops.length, () => {
      for (const op of ops) this.apply(op)
      this.numbers.flush()
      this.tables.prune()
    })
  }

  sync(done: (fault?: StoreError) => void): void {
    this.connection.sync(done)
  }

  has(room: string, id: string): boolean {
    return this.connection.read(() => this.records.has(room, id))
  }

  get(room: string, id: string): StoredRecord | undefined {
    const record = this.find(id)
    return record?.room === room ? record : undefined
  }

  find(id: string): StoredRecord | undefined {
    return this.connection.read(() => this.records.find(id))
  }

  vouched(room: string, id: string, author: string): boolean {
    return this.connection.read(() => this.records.vouched(room, id, author))
  }

  timeline(room: string, kinds: readonly number[], limit: number, before?: TimelinePlace): StoredRecord[] {
    return this.connection.read(() => this.records.timeline(room, kinds, limit, before))
  }

  arrived(after: number, kinds: readonly number[], limit: number): { no: number; record: StoredRecord }[] {
    return this.connection.read(() => this.records.arrived(after, kinds, limit))
  }

  arrival(id?: string): number | undefined {
    return this.connection.read(() => (id === undefined ? this.records.highestNo : this.records.place(id)?.no))
  }

  count(room: string, kinds: readonly number[], sinceUs: number, notBy: string): number {
    return this.connection.read(() => this.records.count(room, kinds, sinceUs, notBy))
  }

  items(room: string, graph: Graph): Iterable<{ readonly timeUs: number; readonly id: Uint8Array }> {
    return this.records.items(room, graph, query => this.connection.read(query))
  }

  authority(room: string): StoredRecord[] {
    return this.connection.read(() => this.records.authority(room))
  }

  newestBy(room: string, author: string): StoredRecord | undefined {
    return this.connection.read(() => this.records.newestBy(room, author))
  }

  messagesBy(room: string, author: string, fromUs: number, toUs: number): StoredRecord[] {
    return this.connection.read(() => this.records.messagesBy(room, author, fromUs, toUs))
  }

  rooms(): StoredRoom[] {
    return this.connection.read(() => this.tables.rooms())
  }

  epochs(room: string): StoredEpoch[] {
    return this.connection.read(() => this.tables.epochs(room))
  }

  deliveries(room: string, state?: StoredDelivery['state']): StoredDelivery[] {
    return this.connection.read(() => this.delivered.inRoom(room, state))
  }

  delivery(id: string): StoredDelivery | undefined {
    return this.connection.read(() => this.delivered.get(id))
  }

  members(room: string): StoredMember[] {
    return this.connection.read(() => this.tables.members(room))
  }

  peer(peerId: string): StoredPeer | undefined {
    return this.connection.read(() => this.tables.peer(peerId))
  }

  peersOf(identity: string): StoredPeer[] {
    return this.connection.read(() => this.tables.peersOf(identity))
  }

  close(): void {
    this.connection.close()
  }

  private apply(op: StoreOp): void {
    switch (op.op) {
      case 'record': return this.records.append(op.record)
      case 'room': return this.tables.putRoom(op.room)
      case 'forget-record': return this.forgetRecord(op.room, op.id)
      case 'forget-room': return this.forgetRoom(op.room)
      case 'epoch': return this.tables.putEpoch(op.epoch)
      case 'delivery': return this.delivered.put(op.delivery)
      case 'member': return this.tables.putMember(op.member)
      case 'peer': return this.tables.putPeer(op.peer)
    }
  }

  private forgetRecord(room: string, id: string): void {
    this.delivered.forget(id)
    this.records.forget(room, id)
  }

  private forgetRoom(id: string): void {
    this.records.keepHighest()
    this.tables.forgetRoom(id)
    this.records.recount()
  }
}
