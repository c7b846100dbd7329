/** The room that a command names: one that this home has joined, or else the one found by that name. */
import { tokenAdvice } from '../commands/token-advice.ts'
import { isReadOnly } from '../commands/read-only.ts'
import { roomsCalled } from '../core/room/naming.ts'
import { ApiError } from '../engine/api.ts'
import type { NodeClient, RoomView } from '../engine/api.ts'

/** Why a room cannot be joined that can be read all the same, and of which one may hear that it turned out otherwise. */
const READABLE: ReadonlySet<string> = new Set(['banned', 'kicked', 'closed'])

export async function enterRoom(client: NodeClient, room: string): Promise<RoomView> {
  const joined = await joinedRoom(client, room)
  if (joined !== undefined) return joined
  const view = await client.call('room.join', { room }).catch(async (error: unknown) => {
    const readable = error instanceof ApiError && READABLE.has(error.reason) ? await readableRoom(client, room) : undefined
    if (readable !== undefined) return { ...readable, reclaimToken: undefined }
    throw error
  })
  if (view.reclaimToken !== undefined) process.stderr.write(`${tokenAdvice(view, view.reclaimToken)}\n`)
  return view
}

/** Undefined when this home has not joined a room that is called so, in whatever spelling, or several. */
export async function joinedRoom(client: NodeClient, room: string): Promise<RoomView | undefined> {
  const rooms = await client.call('room.list', { scope: 'joined' })
  const named = roomsCalled(rooms, room)
  return named.length === 1 ? named[0] : undefined
}

async function readableRoom(client: NodeClient, room: string): Promise<RoomView | undefined> {
  const known = await client.call('room.list', { scope: 'known' })
  return roomsCalled(known.filter(isReadOnly), room)[0]
}
