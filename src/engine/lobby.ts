/** The part of the facade that deals with rooms as wholes: join, create, leave, list, who is in them. */
import { isHex } from '../core/record/bytes.ts'
import { utf8Length } from '../core/record/bytes.ts'
import { MAX_TOPIC_BYTES } from '../core/record/limits.ts'
import { roomSuffix } from '../core/room/naming.ts'
import { parseRoomName } from '../core/text/names.ts'
import { ApiError, REFUSED } from './api.ts'
import type { ChatNode } from './chat-node.ts'
import type { Engine } from './context.ts'
import type { Joining } from './joining.ts'
import { StoreError } from './ports.ts'
import type { RoomHost } from './room-host.ts'
import type { Rooms } from './rooms.ts'

export type Lobby = Pick<ChatNode, 'join' | 'create' | 'leave' | 'rooms' | 'members' | 'markRead'>

export function createLobby(engine: Engine, rooms: Rooms, joining: Joining): Lobby {
  /** Members we know addresses of are dialled first and forever. */
  function keepMembers(): void {
    const peers = new Set<string>()
    for (const host of engine.hosts.values()) {
      for (const member of host.roster.all()) for (const peer of engine.store.peersOf(member.identity)) peers.add(peer.peerId)
    }
    engine.network.keep([...peers])
  }

  async function find(reference: string): Promise<RoomHost> {
    if (isHex(reference, 32)) return byId(engine, rooms, reference)
    const [label = '', suffix] = reference.split('~')
    const name = parseRoomName(label)
    if (!name.ok) throw new ApiError(REFUSED, name.reason, name.message)
    if (suffix === undefined) return joining.joinByName(name.value)
    return byHandle(rooms, joining, name.value.key, suffix, reference)
  }

  return {
    async join(room) {
      const host = await guarded(() => find(room))
      keepMembers()
      return host.view()
    },

    async create({ name, access = 'open', topic = '' }) {
      const parsed = parseRoomName(name)
      if (!parsed.ok) throw new ApiError(REFUSED, parsed.reason, parsed.message)
      if (access !== 'open') throw new ApiError(REFUSED, 'unsupported', `Rooms with access by ${access} cannot be made by this version; create an open one.`)
      if (utf8Length(topic) > MAX_TOPIC_BYTES) throw new ApiError(REFUSED, 'too-long', `A topic has at most ${MAX_TOPIC_BYTES} bytes.`)
      const created = await guarded(() => rooms.create({ name: parsed.value.name, access, topic: topic.toWellFormed(), provisional: false }))
      return { ...created.host.view(), reclaimToken: created.reclaimToken }
    },

    async leave(room) {
      await guarded(() => rooms.leave(rooms.resolve(room)))
      keepMembers()
      return true
    },

    rooms: (scope) => {
      const joined = [...engine.hosts.values()].map((host) => host.view())
      return scope === 'joined' ? joined : [...joined, ...rooms.leftViews()]
    },

    members: (room) => rooms.resolve(room).memberViews(),

    markRead(room) {
      rooms.resolve(room).markRead()
      return true
    }
  }
}

function byId(engine: Engine, rooms: Rooms, reference: string): RoomHost {
  const id = rooms.successor(reference)
  const stored = engine.store.rooms().find((room) => room.id === id)
  if (stored !== undefined) return rooms.reopen(stored)
  throw new ApiError(REFUSED, 'not-found', 'No room with that id is known here; join it by its name.')
}

function byHandle(rooms: Rooms, joining: Joining, key: string, suffix: string, reference: string): RoomHost {
  const stored = rooms.pinned(key).find((room) => roomSuffix(room.id) === suffix)
  if (stored !== undefined) return rooms.reopen(stored)
  const hint = joining.hints(key).find((genesis) => roomSuffix(genesis.id) === suffix)
  if (hint !== undefined) return rooms.enter(hint)
  throw new ApiError(REFUSED, 'not-found', `No room ${reference} is known here; nobody who is connected is in it.`)
}

/** A disk that refuses is told as such. */
async function guarded<T>(run: () => T | Promise<T>): Promise<T> {
  try {
    return await run()
  } catch (error) {
    if (error instanceof StoreError) throw new ApiError(REFUSED, error.fault, error.message)
    throw error
  }
}
