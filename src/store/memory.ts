/**
 * The store in memory, under the same contract as the one on SQLite: for the simulator and for tests. It can be crashed and made to fail.
 */
import { MAX_EPOCHS, MAX_MEMBERS } from '../core/record/limits.ts'
import type {
  Durability, Graph, Store, StoredDelivery, StoredEpoch, StoredMember, StoredPeer, StoredRecord, StoredRoom, StoreFault, StoreOp,
  TimelinePlace
} from '../engine/ports.ts'
import { storeError } from './faults.ts'
import { MAX_STORED_PEERS } from './kept.ts'
import { MemoryRoom } from './memory-room.ts'

export interface MemoryStore extends Store {
  /**
   * The process dies here: this store refuses all further use, and the one returned is what the next process finds, which is
   * everything that a `write` that returned had written. Also after `close`.
   */
  crash(): MemoryStore
  /** The next `write` fails with this fault and writes nothing; called twice, the next two do. */
  failNextWrite(fault: StoreFault): void
}

export function createMemoryStore(): MemoryStore {
  return new InMemoryStore(new Contents())
}

/** What survives the process. */
class Contents {
  readonly rooms = new Map<string, MemoryRoom>()
  readonly records = new Map<string, StoredRecord>()
  /** In their order. */
  readonly arrivals = new Map<string, number>()
  highestNo = 0
  readonly deliveries = new Map<string, StoredDelivery>()
  readonly peers = new Map<string, StoredPeer>()
}

class InMemoryStore implements MemoryStore {
  private readonly contents: Contents
  private readonly faults: StoreFault[] = []
  private ended = false

  constructor(contents: Contents) {
    this.contents = contents
  }

  crash(): MemoryStore {
    this.ended = true
    return new InMemoryStore(this.contents)
  }

  failNextWrite(fault: StoreFault): void {
    this.faults.push(fault)
  }

  write(ops: readonly StoreOp[], _durability: Durability): void {
    this.alive()
    const fault = this.faults.shift()
    if (fault !== undefined) throw storeError(fault, 'the store in memory')
    // What could go wrong goes wrong before the first change.
    for (const op of ops) check(op)
    const grown = new Set<MemoryRoom>()
    for (const op of ops) this.apply(op, grown)
    this.prune(grown)
  }

  sync(done: () => void): void {
    queueMicrotask(done)
  }

  has(room: string, id: string): boolean {
    return this.get(room, id) !== undefined
  }

  get(room: string, id: string): StoredRecord | undefined {
    const record = this.find(id)
    return record?.room === room ? record : undefined
  }

  find(id: string): StoredRecord | undefined {
    return this.alive().records.get(id)
  }

  vouched(room: string, id: string, author: string): boolean {
    return this.alive().rooms.get(room)?.vouched(id, author) ?? false
  }

  timeline(room: string, kinds: readonly number[], limit: number, before?: TimelinePlace): StoredRecord[] {
    return this.alive().rooms.get(room)?.timeline(kinds, limit, before) ?? []
  }

  arrived(after: number, kinds: readonly number[], limit: number): { no: number; record: StoredRecord }[] {
    const found: { no: number; record: StoredRecord }[] = []
    for (const [id, no] of this.alive().arrivals) {
      const record = no > after && found.length < limit ? this.contents.records.get(id) : undefined
      if (record?.graph === 'message' && kinds.includes(record.kind)) found.push({ no, record })
    }
    return found
  }

  arrival(id?: string): number | undefined {
    return id === undefined ? this.alive().highestNo : this.alive().arrivals.get(id)
  }

  count(room: string, kinds: readonly number[], sinceUs: number, notBy: string): number {
    return this.alive().rooms.get(room)?.count(kinds, sinceUs, notBy) ?? 0
  }

  *items(room: string, graph: Graph): Generator<{ readonly timeUs: number; readonly id: Uint8Array }> {
    const records = this.alive().rooms.get(room)?.inOrder(graph) ?? []
    for (const { timeUs, id } of [...records]) yield { timeUs, id: Uint8Array.from(Buffer.from(id, 'hex')) }
  }

  authority(room: string): StoredRecord[] {
    return [...this.alive().rooms.get(room)?.inOrder('authority') ?? []]
  }

  messagesBy(room: string, author: string, fromUs: number, toUs: number): StoredRecord[] {
    return this.alive().rooms.get(room)?.messagesBy(author, fromUs, toUs) ?? []
  }

  newestBy(room: string, author: string): StoredRecord | undefined {
    return this.alive().rooms.get(room)?.newestBy(author)
  }

  rooms(): StoredRoom[] {
    const rooms = [...this.alive().rooms.values()].flatMap(({ room }) => room ?? [])
    return rooms.sort((a, b) => a.sinceMs - b.sinceMs || compare(a.id, b.id))
  }

  epochs(room: string): StoredEpoch[] {
    const epochs = [...this.alive().rooms.get(room)?.epochs.values() ?? []]
    return epochs.sort((a, b) => a.createdMs - b.createdMs || compare(a.id, b.id))
  }

  deliveries(room: string, state?: StoredDelivery['state']): StoredDelivery[] {
    const deliveries = [...this.alive().rooms.get(room)?.deliveries.values() ?? []].sort((a, b) => compare(a.id, b.id))
    return state === undefined ? deliveries : deliveries.filter(delivery => delivery.state === state)
  }

  delivery(id: string): StoredDelivery | undefined {
    return this.alive().deliveries.get(id)
  }

  members(room: string): StoredMember[] {
    return [...this.alive().rooms.get(room)?.members.values() ?? []].sort((a, b) => compare(a.identity, b.identity))
  }

  peer(peerId: string): StoredPeer | undefined {
    return this.alive().peers.get(peerId)
  }

  peersOf(identity: string): StoredPeer[] {
    const peers = [...this.alive().peers.values()].filter(peer => peer.identity === identity)
    return peers.sort((a, b) => b.lastSeenMs - a.lastSeenMs || compare(a.peerId, b.peerId))
  }

  close(): void {
    this.ended = true
  }

  private alive(): Contents {
    if (this.ended) throw new Error('the store was used after it was closed')
    return this.contents
  }

  private room(id: string): MemoryRoom {
    let room = this.contents.rooms.get(id)
    if (room === undefined) this.contents.rooms.set(id, room = new MemoryRoom())
    return room
  }

  private apply(op: StoreOp, grown: Set<MemoryRoom>): void {
    switch (op.op) {
      case 'record': return this.append(op.record)
      case 'room': this.room(op.room.id).room = { ...op.room, state: op.room.state.slice() }; return
      case 'forget-record': return this.forgetRecord(op.room, op.id)
      case 'forget-room': return this.forgetRoom(op.room)
      case 'epoch': {
        const room = this.room(op.epoch.room)
        room.epochs.set(op.epoch.id, { ...op.epoch, key: op.epoch.key.slice(), heads: [...op.epoch.heads] })
        grown.add(room)
        return
      }
      case 'delivery': return this.deliver({ ...op.delivery, holders: [...op.delivery.holders] })
      case 'member': {
        const room = this.room(op.member.room)
        room.members.set(op.member.identity, { ...op.member })
        grown.add(room)
        return
      }
      case 'peer': {
        const { binding, addresses } = op.peer
        this.contents.peers.set(op.peer.peerId, { ...op.peer, binding: binding.slice(), addresses: [...addresses] })
      }
    }
  }

  private append(record: StoredRecord): void {
    if (this.contents.records.has(record.id)) return
    const kept = { ...record, bytes: record.bytes.slice() }
    this.contents.records.set(record.id, kept)
    this.contents.arrivals.set(record.id, ++this.contents.highestNo)
    this.room(record.room).append(kept)
  }

  private deliver(delivery: StoredDelivery): void {
    if (this.contents.records.get(delivery.id)?.room !== delivery.room) return
    this.contents.deliveries.set(delivery.id, delivery)
    this.room(delivery.room).deliveries.set(delivery.id, delivery)
  }

  private forgetRecord(room: string, id: string): void {
    const record = this.contents.records.get(id)
    if (record?.room !== room) return
    this.contents.records.delete(id)
    this.contents.deliveries.delete(id)
    this.contents.arrivals.delete(id)
    this.room(room).forget(record)
  }

  private forgetRoom(id: string): void {
    const room = this.contents.rooms.get(id)
    if (room === undefined) return
    for (const graph of ['message', 'authority'] as const) for (const { id: record } of room.inOrder(graph)) {
      this.contents.records.delete(record)
      this.contents.arrivals.delete(record)
    }
    for (const delivery of room.deliveries.keys()) this.contents.deliveries.delete(delivery)
    this.contents.rooms.delete(id)
  }

  private prune(grown: Iterable<MemoryRoom>): void {
    for (const room of grown) {
      keepNewest(room.epochs, MAX_EPOCHS, epoch => epoch.createdMs, 'smaller')
      keepNewest(room.members, MAX_MEMBERS, member => member.lastSeenMs)
    }
    keepNewest(this.contents.peers, MAX_STORED_PEERS, peer => peer.lastSeenMs)
  }
}

/** By code unit, as SQLite compares hex and base58. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** Of equal times those with the larger, or smaller, keys. */
function keepNewest<T>(entries: Map<string, T>, bound: number, timeMs: (entry: T) => number, equal: 'larger' | 'smaller' = 'larger'): void {
  if (entries.size <= bound) return
  const sign = equal === 'larger' ? 1 : -1
  const newestFirst = [...entries].sort(([keyA, a], [keyB, b]) => timeMs(b) - timeMs(a) || sign * compare(keyB, keyA))
  for (const [key] of newestFirst.slice(bound)) entries.delete(key)
}

/** Refuses what SQLite would refuse, so that a simulation does not run on what a real node cannot store. */
function check(op: StoreOp): void {
  if (op.op === 'record') {
    const { id, room, author, prev, timeUs } = op.record
    for (const hex of prev === null ? [id, room, author] : [id, room, author, prev]) checkId(hex)
    if (!Number.isSafeInteger(timeUs)) throw new TypeError(`not a time in µs: ${timeUs}`)
  } else if (op.op === 'room') checkId(op.room.id)
  else if (op.op === 'forget-record') for (const id of [op.room, op.id]) checkId(id)
  else if (op.op === 'delivery') for (const id of [op.delivery.id, op.delivery.room, ...op.delivery.holders]) checkId(id)
  else if (op.op === 'member') for (const id of [op.member.room, op.member.identity]) checkId(id)
  else if (op.op === 'epoch') for (const id of [op.epoch.room, ...op.epoch.heads]) checkId(id)
  else if (op.op === 'peer') checkId(op.peer.identity)
}

function checkId(hex: string): void {
  if (!/^[0-9a-f]{64}$/.test(hex)) throw new TypeError(`not a 32-byte id in hex: ${JSON.stringify(hex.slice(0, 80))}`)
}
