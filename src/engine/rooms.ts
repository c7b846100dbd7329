/** Which rooms there are on this node: opened, entered, created, left and forgotten here, and found by what people call them. */
import { formatReclaimToken, reclaimCommitment, TOKEN_SECRET_BYTES } from '../core/authority/reclaim-token.ts'
import type { Value } from '../core/record/codec.ts'
import { isHex } from '../core/record/bytes.ts'
import { KIND } from '../core/record/kinds.ts'
import { genesisPayload, NONCE_BYTES, readGenesis } from '../core/record/payloads.ts'
import type { Genesis } from '../core/record/payloads.ts'
import { createRecord } from '../core/record/record.ts'
import type { RoomId, SignedRecord } from '../core/record/record.ts'
import { roomSuffix } from '../core/room/naming.ts'
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

export interface Rooms {
  /** Opens every room that this node is in, at the start. */
  openAll(): void
  create(init: NewRoom): { host: RoomHost; reclaimToken: string }
  /** Joins the room of this genesis. */
  enter(genesis: SignedRecord): RoomHost
  /** Joins a room that is stored. */
  reopen(room: StoredRoom): RoomHost
  leave(host: RoomHost): void
  /** Takes a room away for good, in favour of another. */
  forget(host: RoomHost, successor: RoomId): void
  post(host: RoomHost, kind: number, payload: Value): void
  /** Rooms of this name that were joined, now or before. */
  pinned(key: string): StoredRoom[]
  /** The joined room that a person or program means. @throws {ApiError} `not-found`, `ambiguous` */
  resolve(reference: string): RoomHost
  /** Stored rooms that this node is not in, as the faces see them. */
  leftViews(): RoomView[]
  /** The id that took the place of one that yielded. */
  successor(id: RoomId): RoomId
}

export function createRooms(engine: Engine): Rooms {
  const { hosts, network, store, writer, clock, self } = engine
  const successors = new Map<RoomId, RoomId>()

  function open(row: StoredRoom, genesis: SignedRecord): RoomHost {
    const host = new RoomHost(engine, row, genesis)
    hosts.set(host.id, host)
    engine.delivery.load(host.id)
    const twins = [...hosts.values()].filter((other) => other.key === host.key)
    if (twins.length > 1) for (const twin of twins) twin.ambiguous = true
    network.subscribe(host.topic)
    return host
  }

  /** Stores the row and what goes with it before anybody is told. */
  function begin(row: StoredRoom, genesis: SignedRecord): RoomHost {
    writer.flush()
    const ops = [{ op: 'record', record: toStored(genesis, true) } as const, { op: 'room', room: row } as const]
    store.write(ops, 'full')
    const host = open(row, genesis)
    for (const session of engine.sessions.values()) session.tellRooms()
    host.announce('online')
    return host
  }

  function rowOf(genesis: SignedRecord, provisional: boolean): StoredRoom {
    const payload = readGenesis(genesis.payload)
    const name = payload.ok ? parseRoomName(payload.value.name) : payload
    if (!payload.ok || !name.ok) throw new ApiError(REFUSED, 'bad-room-name', 'That room has a name that cannot be used.')
    const sinceMs = clock.nowMs()
    const { access } = payload.value
    return { id: genesis.id, ...name.value, access, joined: true, provisional, sinceMs, readUs: 0, state: new Uint8Array(0) }
  }

  function close(host: RoomHost): void {
    writer.flush()
    host.close()
    hosts.delete(host.id)
    network.unsubscribe(host.topic)
    for (const session of engine.sessions.values()) session.tellRooms()
  }

  return {
    openAll() {
      for (const row of store.rooms()) {
        const genesis = row.joined ? genesisOf(engine, row) : undefined
        if (genesis !== undefined) open(row, genesis)
      }
    },

    create(init) {
      const secret = engine.random.bytes(TOKEN_SECRET_BYTES)
      const nonce = engine.random.bytes(NONCE_BYTES)
      const { name, access, topic } = init
      const genesis = createRecord(self.signer, {
        kind: KIND.genesis,
        room: null,
        timeUs: clock.nowMs() * 1000,
        prev: null,
        parents: [],
        auth: [],
        payload: genesisPayload({ name, access, topic, commitment: reclaimCommitment(secret), nonce })
      })
      const host = begin(rowOf(genesis, init.provisional), genesis)
      host.ensureEpoch()
      engine.emit({ method: 'room', params: host.view('created') })
      return { host, reclaimToken: formatReclaimToken(secret) }
    },

    enter(genesis) {
      const known = hosts.get(genesis.id)
      if (known !== undefined) return known
      const stored = store.rooms().find((room) => room.id === genesis.id)
      const host = begin(stored === undefined ? rowOf(genesis, false) : { ...stored, joined: true }, genesis)
      engine.emit({ method: 'room', params: host.view('joined') })
      return host
    },

    reopen(room) {
      const known = hosts.get(room.id)
      if (known !== undefined) return known
      const genesis = genesisOf(engine, room)
      if (genesis === undefined) throw new ApiError(REFUSED, 'not-found', `The records of ${room.name} are damaged; it cannot be opened.`)
      const host = begin({ ...room, joined: true }, genesis)
      engine.emit({ method: 'room', params: host.view('joined') })
      return host
    },

    leave(host) {
      host.announce('offline')
      const view = { ...host.view('left'), joined: false }
      const row = host.row(false)
      close(host)
      store.write([{ op: 'room', room: row }], 'full')
      engine.emit({ method: 'room', params: view })
    },

    forget(host, successor) {
      close(host)
      store.write([{ op: 'forget-room', room: host.id }], 'full')
      successors.set(host.id, successor)
    },

    post(host, kind, payload) {
      host.ensureEpoch()
      host.dispatch({ type: 'post', kind, payload })
    },

    pinned: (key) => store.rooms().filter((room) => room.key === key),

    resolve(reference) {
      const found = match([...hosts.values()], successors, reference)
      if (found.length === 1) return found[0]!
      if (found.length === 0) throw new ApiError(REFUSED, 'not-found', `You are not in a room ${shown(reference)}; join it first.`)
      const handles = found.map((host) => `${host.name}~${roomSuffix(host.id)}`)
      throw new ApiError(REFUSED, 'ambiguous', `You are in several rooms of that name: ${handles.join(', ')}. Say which one you mean.`, handles)
    },

    leftViews: () => store.rooms().flatMap((row) => leftView(engine, row) ?? []),
    successor: (id) => successors.get(id) ?? id
  }
}

function genesisOf(engine: Engine, row: StoredRoom): SignedRecord | undefined {
  const stored = engine.store.get(row.id, row.id)
  return stored === undefined ? undefined : decodeStored(stored)
}

/** By id, handle or name. */
function match(hosts: readonly RoomHost[], successors: ReadonlyMap<RoomId, RoomId>, reference: string): RoomHost[] {
  if (isHex(reference, 32)) {
    const id = successors.get(reference) ?? reference
    return hosts.filter((host) => host.id === id)
  }
  const [label = '', suffix] = reference.split('~')
  const name = parseRoomName(label)
  if (!name.ok) return []
  return hosts.filter((host) => host.key === name.value.key && (suffix === undefined || roomSuffix(host.id) === suffix))
}

function shown(reference: string): string {
  return reference.length > 80 ? 'of that name' : JSON.stringify(reference)
}

function leftView(engine: Engine, row: StoredRoom): RoomView | undefined {
  const genesis = row.joined ? undefined : genesisOf(engine, row)
  const payload = genesis === undefined ? undefined : readGenesis(genesis.payload)
  if (genesis === undefined || payload?.ok !== true) return undefined
  const members = engine.store.members(row.id)
  const ownerNick = genesis.author === engine.self.identity ? engine.self.nick : (members.find((member) => member.identity === genesis.author)?.nick ?? '')
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
    role: genesis.author === engine.self.identity ? 'owner' : 'member',
    joined: false,
    unread: 0
  }
}
