/** Everything in SQLite but records and their delivery: rooms, epochs, members, peers. */
import type { StatementSync } from 'node:sqlite'
import type { StoredEpoch, StoredMember, StoredPeer, StoredRoom } from '../engine/ports.ts'
import { MAX_EPOCHS, MAX_MEMBERS } from '../core/record/limits.ts'
import type { Connection } from './connection.ts'
import { bytesOf, hexOf, joinIds, splitIds } from './hex.ts'
import { MAX_STORED_PEERS } from './kept.ts'
import type { Numbers } from './numbers.ts'

interface RoomRow {
  id: Uint8Array; name: string; key: string; access: string
  joined: number; provisional: number; since_ms: number; read_us: number; state: Uint8Array
}
interface EpochRow { id: Uint8Array; key: Uint8Array; heads: Uint8Array; created_ms: number }
interface MemberRow { identity: Uint8Array; nick: string; last_seen_ms: number }
interface PeerRow { peer_id: string; identity: Uint8Array; binding: Uint8Array; addresses: string; last_seen_ms: number }

type Query =
  | 'setRoom' | 'addRoom' | 'rooms' | 'forgetDeliveries' | 'forgetRecords' | 'forgetRoom'
  | 'putEpoch' | 'epochs' | 'pruneEpochs'
  | 'setMember' | 'addMember' | 'members' | 'pruneMembers'
  | 'setPeer' | 'addPeer' | 'peer' | 'peersOf' | 'prunePeers'

export class RoomTables {
  private readonly numbers: Numbers
  private readonly sql: Record<Query, StatementSync>
  /** Rooms, by number, that got a member or an epoch in this transaction: whether that is too many is looked at once, at its end. */
  private readonly grownMembers = new Set<number>()
  private readonly grownEpochs = new Set<number>()
  private grownPeers = false

  constructor(connection: Connection, numbers: Numbers) {
    this.numbers = numbers
    this.sql = prepareQueries(connection)
    connection.onRollback(() => this.settled())
  }

  putRoom(room: StoredRoom): void {
    const row = [
      room.name, room.key, room.access, room.joined ? 1 : 0, room.provisional ? 1 : 0, room.sinceMs, room.readUs, room.state,
      this.numbers.room(room.id)
    ] as const
    if (this.sql.setRoom.run(...row).changes === 0) this.sql.addRoom.run(...row)
  }

  /** Records first and all at once; what else belongs to the room goes with its number. */
  forgetRoom(id: string): void {
    const no = this.numbers.knownRoom(id)
    if (no === undefined) return
    // Authors' pending rows first: the numbers remembered are void afterwards.
    this.numbers.flush()
    this.sql.forgetDeliveries.run(no)
    this.sql.forgetRecords.run(no)
    this.sql.forgetRoom.run(no)
    this.numbers.forget()
  }

  putEpoch(epoch: StoredEpoch): void {
    const room = this.numbers.room(epoch.room)
    this.sql.putEpoch.run(room, bytesOf(epoch.id), epoch.key, joinIds(epoch.heads), epoch.createdMs)
    this.grownEpochs.add(room)
  }

  putMember(member: StoredMember): void {
    const room = this.numbers.room(member.room)
    const identity = bytesOf(member.identity)
    if (this.sql.setMember.run(member.nick, member.lastSeenMs, room, identity).changes !== 0) return
    this.sql.addMember.run(member.nick, member.lastSeenMs, room, identity)
    this.grownMembers.add(room)
  }

  putPeer(peer: StoredPeer): void {
    const row = [bytesOf(peer.identity), peer.binding, JSON.stringify(peer.addresses), peer.lastSeenMs, peer.peerId] as const
    if (this.sql.setPeer.run(...row).changes !== 0) return
    this.sql.addPeer.run(...row)
    this.grownPeers = true
  }

  /** Drops what is beyond the bounds, oldest first. At the end of each transaction. */
  prune(): void {
    for (const room of this.grownEpochs) this.sql.pruneEpochs.run(room, MAX_EPOCHS)
    for (const room of this.grownMembers) this.sql.pruneMembers.run(room, MAX_MEMBERS)
    if (this.grownPeers) this.sql.prunePeers.run(MAX_STORED_PEERS)
    this.settled()
  }

  rooms(): StoredRoom[] {
    return (this.sql.rooms.all() as unknown as RoomRow[]).map(row => ({
      id: hexOf(row.id), name: row.name, key: row.key, access: row.access, joined: row.joined === 1, provisional: row.provisional === 1,
      sinceMs: row.since_ms, readUs: row.read_us, state: row.state
    }))
  }

  epochs(room: string): StoredEpoch[] {
    const rows = this.inRoom<EpochRow>(room, no => this.sql.epochs.all(no))
    return rows.map(row => ({ room, id: hexOf(row.id), key: row.key, heads: splitIds(row.heads), createdMs: row.created_ms }))
  }

  members(room: string): StoredMember[] {
    const rows = this.inRoom<MemberRow>(room, no => this.sql.members.all(no))
    return rows.map(row => ({ room, identity: hexOf(row.identity), nick: row.nick, lastSeenMs: row.last_seen_ms }))
  }

  peer(peerId: string): StoredPeer | undefined {
    const row = this.sql.peer.get(peerId) as PeerRow | undefined
    return row && peerFrom(row)
  }

  peersOf(identity: string): StoredPeer[] {
    return (this.sql.peersOf.all(bytesOf(identity)) as unknown as PeerRow[]).map(peerFrom)
  }

  private settled(): void {
    this.grownEpochs.clear()
    this.grownMembers.clear()
    this.grownPeers = false
  }

  private inRoom<T>(room: string, query: (no: number) => unknown[]): T[] {
    const no = this.numbers.knownRoom(room)
    return no === undefined ? [] : query(no) as T[]
  }
}

function peerFrom(row: PeerRow): StoredPeer {
  return {
    peerId: row.peer_id, identity: hexOf(row.identity), binding: row.binding,
    addresses: JSON.parse(row.addresses) as string[], lastSeenMs: row.last_seen_ms
  }
}

function prepareQueries(connection: Connection): Record<Query, StatementSync> {
  const prepare = (sql: string) => connection.prepare(sql)
  return {
    setRoom: prepare(`
      UPDATE rooms SET name = ?, key = ?, access = ?, joined = ?, provisional = ?, since_ms = ?, read_us = ?, state = ? WHERE no = ?`),
    addRoom: prepare(`
      INSERT INTO rooms (name, key, access, joined, provisional, since_ms, read_us, state, no) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`),
    rooms: prepare('SELECT room_numbers.id, rooms.* FROM rooms JOIN room_numbers USING (no) ORDER BY since_ms, id'),
    forgetDeliveries: prepare('DELETE FROM deliveries WHERE no IN (SELECT no FROM records WHERE room = ?)'),
    forgetRecords: prepare('DELETE FROM records WHERE room = ?'),
    forgetRoom: prepare('DELETE FROM room_numbers WHERE no = ?'),
    putEpoch: prepare('REPLACE INTO epochs (room, id, key, heads, created_ms) VALUES (?, ?, ?, ?, ?)'),
    epochs: prepare('SELECT id, key, heads, created_ms FROM epochs WHERE room = ? ORDER BY created_ms, id'),
    pruneEpochs: prepare(`
      DELETE FROM epochs WHERE room = ?1 AND id IN
        (SELECT id FROM epochs WHERE room = ?1 ORDER BY created_ms DESC, id LIMIT -1 OFFSET ?2)`),
    setMember: prepare('UPDATE members SET nick = ?, last_seen_ms = ? WHERE room = ? AND identity = ?'),
    addMember: prepare('INSERT INTO members (nick, last_seen_ms, room, identity) VALUES (?, ?, ?, ?)'),
    members: prepare('SELECT identity, nick, last_seen_ms FROM members WHERE room = ? ORDER BY identity'),
    pruneMembers: prepare(`
      DELETE FROM members WHERE room = ?1 AND identity IN
        (SELECT identity FROM members WHERE room = ?1 ORDER BY last_seen_ms DESC, identity DESC LIMIT -1 OFFSET ?2)`),
    setPeer: prepare('UPDATE peers SET identity = ?, binding = ?, addresses = ?, last_seen_ms = ? WHERE peer_id = ?'),
    addPeer: prepare('INSERT INTO peers (identity, binding, addresses, last_seen_ms, peer_id) VALUES (?, ?, ?, ?, ?)'),
    peer: prepare('SELECT peer_id, identity, binding, addresses, last_seen_ms FROM peers WHERE peer_id = ?'),
    peersOf: prepare(`
      SELECT peer_id, identity, binding, addresses, last_seen_ms FROM peers WHERE identity = ? ORDER BY last_seen_ms DESC, peer_id`),
    prunePeers: prepare(`
      DELETE FROM peers WHERE peer_id IN (SELECT peer_id FROM peers ORDER BY last_seen_ms DESC, peer_id DESC LIMIT -1 OFFSET ?)`)
  }
}
