/** The room that a command names: one that this home has joined, or else the one found by that name. */
import { tokenAdvice } from '../commands/token-advice.ts'
import type { NodeClient, RoomView } from '../engine/api.ts'

export async function enterRoom(client: NodeClient, room: string): Promise<RoomView> {
  const joined = await joinedRoom(client, room)
  if (joined !== undefined) return joined
  const view = await client.call('room.join', { room })
  if (view.reclaimToken !== undefined) process.stderr.write(`${tokenAdvice(view, view.reclaimToken)}\n`)
  return view
}

/** Undefined when this home has not joined a room that is named exactly so. */
export async function joinedRoom(client: NodeClient, room: string): Promise<RoomView | undefined> {
  const rooms = await client.call('room.list', { scope: 'joined' })
  const named = rooms.filter((view) => view.id === room || view.handle === room)
  return named.length === 1 ? named[0] : undefined
}
