/** The room that a command means which only reads: any that this home knows, also one that was left. */
import { roomsCalled } from '../core/room/naming.ts'
import { nameKey } from '../core/text/name-key.ts'
import { sanitiseLine } from '../core/text/sanitise.ts'
import type { NodeClient, RoomView } from '../engine/api.ts'
import { Failure } from './failure.ts'

export async function knownRoom(client: NodeClient, room: string): Promise<RoomView> {
  const rooms = await client.call('room.list', { scope: 'known' })
  const named = roomsCalled(rooms, room)
  const [found] = named
  if (found === undefined) throw new Failure(`This home knows no room "${sanitiseLine(room)}"; p2pchat rooms lists them.`)
  if (named.length > 1 && nameKey(found.handle) !== nameKey(room.replace(/^\s*#/u, ''))) {
    throw new Failure(`There are several rooms of that name: ${named.map((view) => sanitiseLine(view.handle)).join(', ')}; say which.`)
  }
  return found
}
