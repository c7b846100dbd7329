/** The room that a command means which only reads: any that this home knows, also one that was left. */
import { sanitiseLine } from '../core/text/sanitise.ts'
import type { NodeClient, RoomView } from '../engine/api.ts'
import { Failure } from './failure.ts'

export async function knownRoom(client: NodeClient, room: string): Promise<RoomView> {
  const rooms = await client.call('room.list', { scope: 'known' })
  const wanted = room.replace(/^#/u, '').toLowerCase()
  const named = rooms.filter((view) => view.id === room || view.handle.toLowerCase() === wanted || view.name.toLowerCase() === wanted)
  const exact = named.find((view) => view.id === room || view.handle === room)
  const found = exact ?? named[0]
  if (found === undefined) throw new Failure(`This home knows no room "${sanitiseLine(room)}"; p2pchat rooms lists them.`)
  if (exact === undefined && named.length > 1) {
    throw new Failure(`There are several rooms of that name: ${named.map((view) => sanitiseLine(view.handle)).join(', ')}; say which.`)
  }
  return found
}
