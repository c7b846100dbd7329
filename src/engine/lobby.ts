/** The part of the facade that deals with rooms as wholes: join, create, leave, list, who is in them. */
import { duration } from '../core/authority/actions/action.ts'
import { utf8Length } from '../core/record/bytes.ts'
import { MAX_TOPIC_BYTES } from '../core/record/limits.ts'
import { parseRoomReference, roomSuffix } from '../core/room/naming.ts'
import { idHash, nameHash } from '../core/seal/topic.ts'
import { parseTypedRoomName } from '../core/text/names.ts'
import { ApiError, REFUSED } from './api.ts'
import type { ChatNode } from './chat-node.ts'
import type { Engine } from './context.ts'
import type { Joining } from './joining.ts'
import { keepMembers } from './keep.ts'
import { ensureRunning } from './life.ts'
import { StoreError } from './ports.ts'
import type { RoomHost } from './room-host.ts'
import { memberViews } from './room-views.ts'
import type { Rooms } from './rooms.ts'

export type Lobby = Pick<ChatNode, 'join' | 'create' | 'leave' | 'rooms' | 'members' | 'markRead'>

export function createLobby(engine: Engine, rooms: Rooms, joining: Joining): Lobby {
  async function find(reference: string): Promise<{ host: RoomHost; reclaimToken?: string }> {
    const parsed = parseRoomReference(reference)
    if (!parsed.ok) throw new ApiError(REFUSED, parsed.reason, parsed.message)
    if (parsed.value.by === 'id') return { host: await byId(engine, rooms, joining, parsed.value.id) }
    const { name, suffix } = parsed.value
    if (suffix === undefined) return joining.joinByName(name)
    return { host: await byHandle(rooms, joining, name.key, suffix, reference) }
  }

  return {
    async join(room) {
      const { host, reclaimToken } = await guarded(engine, () => find(room))
      keepMembers(engine)
      ensureIn(engine, host)
      return reclaimToken === undefined ? host.view() : { ...host.view(), reclaimToken }
    },

    async create({ name, access = 'open', topic = '' }) {
      const parsed = parseTypedRoomName(name)
      if (!parsed.ok) throw new ApiError(REFUSED, parsed.reason, parsed.message)
      if (access !== 'open') throw unsupported(access)
      if (utf8Length(topic) > MAX_TOPIC_BYTES) throw tooLong()
      const made = { name: parsed.value.name, access, topic: topic.toWellFormed(), provisional: false }
      const created = await guarded(engine, () => rooms.create(made))
      return { ...created.host.view(), reclaimToken: created.reclaimToken }
    },

    async leave(room) {
      await guarded(engine, () => rooms.leave(rooms.resolve(room)))
      keepMembers(engine)
      return true
    },

    rooms: (scope) => {
      const open = [...engine.hosts.values()].map((host) => host.view())
      return scope === 'joined' ? open.filter((view) => view.joined) : [...open, ...rooms.leftViews()]
    },

    members: (room) => memberViews(engine, rooms.resolve(room)),

    markRead(room) {
      rooms.resolve(room).markRead()
      return true
    }
  }
}

async function byId(engine: Engine, rooms: Rooms, joining: Joining, reference: string): Promise<RoomHost> {
  const id = rooms.successor(reference)
  const stored = engine.store.rooms().find((room) => room.id === id)
  if (stored !== undefined) return rooms.reopen(stored)
  const told = (await joining.lookUp(idHash(id))).find((genesis) => genesis.id === id)
  if (told !== undefined) return rooms.enter(told)
  throw new ApiError(REFUSED, 'not-found', 'No room with that id is known here, and nobody who is connected is in it.')
}

async function byHandle(rooms: Rooms, joining: Joining, key: string, suffix: string, reference: string): Promise<RoomHost> {
  const stored = rooms.pinned(key).find((room) => roomSuffix(room.id) === suffix)
  if (stored !== undefined) return rooms.reopen(stored)
  const told = (await joining.lookUp(nameHash(key))).filter((genesis) => roomSuffix(genesis.id) === suffix)
  if (told.length === 1) return rooms.enter(told[0]!)
  // Four letters are soon made to match by trying: then only the whole id will do.
  if (told.length > 1) throw twins(reference, told.map((genesis) => genesis.id))
  throw new ApiError(REFUSED, 'not-found', `No room ${reference} is known here, and nobody who is connected is in it.`)
}

function twins(reference: string, ids: readonly string[]): ApiError {
  const text = `${ids.length} rooms look like ${reference}: somebody is deceiving. Join the one you mean by its id: ${ids.join(', ')}.`
  return new ApiError(REFUSED, 'ambiguous', text, { candidates: [...ids] })
}

/** A room that this node's person cannot be in is known here, and can be read; it is not joined. */
function ensureIn({ clock }: Engine, host: RoomHost): void {
  if (host.standing.now === 'closed') {
    throw new ApiError(REFUSED, 'closed', `${host.handle} is closed. What was said can be read; /create ${host.name} makes a new room.`)
  }
  const removal = host.standing.removal()
  if (removal === undefined) return
  const { by, kind, reason, until } = removal
  const did = `${host.nameOf(by)} ${kind === 'ban' ? 'banned' : 'kicked'} you from ${host.handle}${reason === '' ? '' : `: ${reason}`}`
  const left = until === undefined ? '' : ` You can come back in ${duration(Math.max(1_000, until - clock.nowMs()))}.`
  throw new ApiError(REFUSED, kind === 'ban' ? 'banned' : 'kicked', `${did}.${left}`)
}

function unsupported(access: string): ApiError {
  return new ApiError(REFUSED, 'unsupported', `Rooms with access by ${access} cannot be made by this version; create an open one.`)
}

function tooLong(): ApiError {
  return new ApiError(REFUSED, 'too-long', `A topic has at most ${MAX_TOPIC_BYTES} bytes.`)
}

/** A disk that refuses is told as such. */
async function guarded<T>({ life }: Engine, run: () => T | Promise<T>): Promise<T> {
  ensureRunning(life)
  try {
    return await run()
  } catch (error) {
    if (error instanceof StoreError) throw new ApiError(REFUSED, error.fault, error.message)
    throw error
  }
}
