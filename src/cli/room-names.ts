/** What the rooms of a home are called, for a shell to complete: asked of its node, or read, and nothing is made where nothing is. */
import { existsSync } from 'node:fs'
import { handleOf } from '../core/room/naming.ts'
import { createSocketClient } from '../rpc/socket-client.ts'
import { homePaths } from '../store/home.ts'
import { openSqlite } from '../store/sqlite.ts'
import { lockHome } from './home.ts'
import { socketPathOf } from './socket-path.ts'

interface Named {
  readonly id: string
  readonly name: string
}

/** Names that several rooms have are told apart by their handles. Without control characters, as all names of rooms are. */
export async function roomNames(home: string): Promise<string[]> {
  const rooms = await namedRooms(home)
  const key = ({ name }: Named): string => name.toLowerCase()
  const count = Map.groupBy(rooms, key)
  return rooms.map((room) => (count.get(key(room))!.length > 1 ? handleOf(room.name, room.id) : room.name))
}

async function namedRooms(home: string): Promise<readonly Named[]> {
  const { database } = homePaths(home)
  if (!existsSync(database)) return []
  const held = lockHome(home)
  if (held === undefined) return askNode(home)
  try {
    const { store } = openSqlite(database)
    try {
      return store.rooms()
    } finally {
      store.close()
    }
  } finally {
    held.close()
  }
}

async function askNode(home: string): Promise<readonly Named[]> {
  const path = socketPathOf(home)
  if (path === undefined) return []
  const client = await createSocketClient(path, () => undefined)
  try {
    return await client.call('room.list', { scope: 'known' })
  } finally {
    await client.close()
  }
}
