/** Which rooms there are on this node: opened, entered, created, left and forgotten here, and found by what people call them. */
import { formatReclaimToken, reclaimCommitment, TOKEN_SECRET_BYTES } from '../core/authority/reclaim-token.ts'
import type { Value } from '../core/record/codec.ts'
import { KIND } from '../core/record/kinds.ts'
import { MAX_ROOMS_PER_PEER } from '../core/record/limits.ts'
import { genesisPayload, NONCE_BYTES, readGenesis } from '../core/record/payloads.ts'
import type { Genesis } from '../core/record/payloads.ts'
import { createRecord } from '../core/record/record.ts'
import type { RoomId, SignedRecord } from '../core/record/record.ts'
import { handleOf, isMeant, parseRoomReference } from '../core/room/naming.ts'
import { parseRoomName } from '../core/text/names.ts'
import { ApiError, REFUSED } from './api.ts'
import type { RoomView } from './api.ts'
import type { Engine } from './context.ts'
import type { StoredRoom } from './ports.ts'
import { RoomHost } from './room-host.ts'
import { decodeStored, person, toStored } from './views.ts'

export interface NewRoom {
  readonly name: string
  readonly access: Genesis['access']
  readonly topic: string
  readonly provisional: boolean
}

export class Rooms {
  readonly #engine: Engine
  /** The rooms that took the place of those that yielded. */
  readonly #successors = new Map<RoomId, RoomId>()

  /** Who looked for a room of this name hears of it; set by whoever answers those who look. */
  opened: (host: RoomHost) => void = () => undefined

  constructor(engine: Engine) {
    this.#engine = engine
  }

  /** Opens every room that this node is in, at the start. */
  openAll(): void {
    for (const row of this.#engine.store.rooms()) {
      const genesis = row.joined ? genesisOf(this.#engine, row) : undefined
      if (genesis !== undefined) this.#open(row, genesis)
    }
  }

  create({ name, access, topic, provisional }: NewRoom): { host: RoomHost; reclaimToken: string } {
    const { random, clock, self, emit } = this.#engine
    const secret = random.bytes(TOKEN_SECRET_BYTES)
    const nonce = random.bytes(NONCE_BYTES)
    const payload = genesisPayload({ name, access, topic, commitment: reclaimCommitment(secret), nonce })
    const timeUs = clock.nowMs() * 1000
    const genesis = createRecord(self.signer, { kind: KIND.genesis, room: null, timeUs, prev: null, parents: [], auth: [], payload })
    const host = this.#begin(this.#rowOf(genesis, provisional), genesis)
    host.keys.ensure()
    emit({ method: 'room', params: host.view('created') })
    return { host, reclaimToken: formatReclaimToken(secret) }
  }

  /** Joins the room of this genesis. */
  enter(genesis: SignedRecord): RoomHost {
    const known = this.#engine.hosts.get(genesis.id)
    if (known !== undefined) return known
    const stored = this.#engine.store.rooms().find((room) => room.id === genesis.id)
    return this.#join(stored ?? this.#rowOf(genesis, false), genesis)
  }

  /** Joins a room that is stored. */
  reopen(room: StoredRoom): RoomHost {
    const known = this.#engine.hosts.get(room.id)
    if (known !== undefined) return known
    const genesis = genesisOf(this.#engine, room)
    if (genesis !== undefined) return this.#join(room, genesis)
    throw new ApiError(REFUSED, 'not-found', `The records of ${room.name} are damaged; it cannot be opened.`)
  }

  leave(host: RoomHost): void {
    const view = { ...host.view('left'), joined: false }
    this.#engine.writer.flush()
    this.#engine.store.write([{ op: 'room', room: host.row(false) }], 'full')
    // Only now: a room that could not be left is not said goodbye to.
    host.presence.announce('offline')
    this.#close(host)
    this.#engine.emit({ method: 'room', params: view })
  }

  /**
   * Takes a room away for good, in favour of another: in one transaction with what was said there just before, so that a crash leaves the one room or
   * the other. False when the disk refuses; then both are as they were.
   */
  forget(host: RoomHost, successor: RoomId): boolean {
    const { writer, hosts } = this.#engine
    let forgotten = false
    const written = () => {
      forgotten = true
      this.#successors.set(host.id, successor)
      for (const other of hosts.values()) other.rivals.delete(host.id)
      this.#close(host)
    }
    writer.add({ ops: [{ op: 'forget-room', room: host.id }], durability: 'full', written })
    writer.flush()
    return forgotten
  }

  post(host: RoomHost, kind: number, payload: Value): void {
    host.keys.ensure()
    host.dispatch({ type: 'post', kind, payload })
  }

  /** Rooms of this name that were joined, now or before. */
  pinned(key: string): StoredRoom[] {
    return this.#engine.store.rooms().filter((room) => room.key === key)
  }

  /** The joined room that a person or program means. @throws {ApiError} `not-found`, `ambiguous` */
  resolve(reference: string): RoomHost {
    const found = this.#match(reference)
    if (found.length === 1) return found[0]!
    if (found.length === 0) throw new ApiError(REFUSED, 'not-found', `You are not in a room ${shown(reference)}; join it first.`)
    const shownAs = found.map((host) => handleOf(host.name, host.id))
    // Whoever tries long enough makes a room whose handle is that of another.
    const handles = new Set(shownAs).size === found.length ? shownAs : found.map((host) => host.id)
    const text = `You are in several rooms of that name: ${handles.join(', ')}. Say which one you mean.`
    throw new ApiError(REFUSED, 'ambiguous', text, { candidates: handles })
  }

  /** Stored rooms that this node is not in, as the faces see them. */
  leftViews(): RoomView[] {
    return this.#engine.store.rooms().flatMap((row) => leftView(this.#engine, row) ?? [])
  }

  /** The id that took the place of one that yielded. */
  successor(id: RoomId): RoomId {
    return this.#successors.get(id) ?? id
  }

  #join(row: StoredRoom, genesis: SignedRecord): RoomHost {
    const host = this.#begin({ ...row, joined: true }, genesis)
    this.#engine.emit({ method: 'room', params: host.view('joined') })
    return host
  }

  /** Stores the row and the genesis before anybody is told. @throws {StoreError} */
  #begin(row: StoredRoom, genesis: SignedRecord): RoomHost {
    if (this.#engine.hosts.size >= MAX_ROOMS_PER_PEER) throw tooMany()
    this.#engine.writer.flush()
    const record = toStored(genesis, true)
    this.#engine.store.write([{ op: 'room', room: row }, { op: 'record', record }], 'full')
    const host = this.#open(row, genesis)
    for (const session of this.#engine.sessions.values()) session.tellRooms()
    host.presence.announce('online')
    this.opened(host)
    return host
  }

  #open(row: StoredRoom, genesis: SignedRecord): RoomHost {
    const { hosts, delivery, network } = this.#engine
    const host = new RoomHost(this.#engine, row, genesis)
    hosts.set(host.id, host)
    delivery.load(host.id)
    for (const twin of hosts.values()) {
      if (twin === host || twin.key !== host.key) continue
      twin.rivals.add(host.id)
      host.rivals.add(twin.id)
    }
    network.subscribe(host.topic)
    return host
  }

  #close(host: RoomHost): void {
    const { writer, hosts, network, sessions } = this.#engine
    writer.flush()
    host.close()
    hosts.delete(host.id)
    network.unsubscribe(host.topic)
    for (const session of sessions.values()) session.tellRooms()
  }

  #rowOf(genesis: SignedRecord, provisional: boolean): StoredRoom {
    const payload = readGenesis(genesis.payload)
    const name = payload.ok ? parseRoomName(payload.value.name) : payload
    if (!payload.ok || !name.ok) throw new ApiError(REFUSED, 'bad-room-name', 'That room has a name that cannot be used.')
    const { access } = payload.value
    const sinceMs = this.#engine.clock.nowMs()
    return { id: genesis.id, ...name.value, access, joined: true, provisional, sinceMs, readUs: 0, state: new Uint8Array(0) }
  }

  /** By id, handle or name. */
  #match(reference: string): RoomHost[] {
    const parsed = parseRoomReference(reference)
    if (!parsed.ok) return []
    const meant = parsed.value.by === 'id' ? { ...parsed.value, id: this.successor(parsed.value.id) } : parsed.value
    return [...this.#engine.hosts.values()].filter((host) => isMeant(meant, host))
  }
}

function genesisOf(engine: Engine, row: StoredRoom): SignedRecord | undefined {
  const stored = engine.store.get(row.id, row.id)
  return stored === undefined ? undefined : decodeStored(stored)
}

function tooMany(): ApiError {
  return new ApiError(REFUSED, 'too-many-rooms', `You are in ${MAX_ROOMS_PER_PEER} rooms already; leave one first.`)
}

function shown(reference: string): string {
  return reference.length > 80 ? 'of that name' : JSON.stringify(reference)
}

function leftView(engine: Engine, row: StoredRoom): RoomView | undefined {
  const genesis = row.joined ? undefined : genesisOf(engine, row)
  const payload = genesis === undefined ? undefined : readGenesis(genesis.payload)
  if (genesis === undefined || payload?.ok !== true) return undefined
  const members = engine.store.members(row.id)
  const own = genesis.author === engine.self.identity
  const ownerNick = own ? engine.self.nick : (members.find((member) => member.identity === genesis.author)?.nick ?? '')
  return {
    id: row.id,
    handle: row.name,
    name: row.name,
    access: payload.value.access,
    topic: payload.value.topic,
    owner: person(genesis.author, ownerNick),
    created: Math.floor(genesis.timeUs / 1000),
    provisional: row.provisional,
    members: members.length,
    online: 0,
    role: own ? 'owner' : 'member',
    joined: false,
    closed: false,
    unread: 0
  }
}
