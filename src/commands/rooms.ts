import { sanitiseLine } from '../core/text/sanitise.ts'
import type { RoomView } from '../engine/api.ts'
import { none } from './arguments.ts'
import type { Command } from './command.ts'
import { table } from './layout.ts'

export const rooms: Command = {
  name: 'rooms',
  usage: '/rooms',
  summary: 'List the rooms that you are in, and those known here.',
  async run(context, args) {
    none(args)
    context.print(roomTable(await context.client.call('room.list', { scope: 'known' })))
  }
}

/** The table of rooms as `/rooms` and `p2pchat rooms` show it. */
export function roomTable(views: readonly RoomView[]): string {
  if (views.length === 0) return 'No room is known here; /join NAME enters one.'
  const rows = views.map((room) => [
    sanitiseLine(room.handle),
    roleIn(room),
    `${room.online} of ${room.members} online`,
    room.unread > 0 ? `${room.unread} unread` : '',
    sanitiseLine(room.topic)
  ])
  return table([['ROOM', 'ROLE', 'PEOPLE', 'UNREAD', 'TOPIC'], ...rows])
}

function roleIn(room: RoomView): string {
  if (room.closed) return 'closed'
  if (room.removed !== undefined) return room.removed.kind === 'ban' ? 'banned' : 'kicked'
  return room.joined ? room.role : 'not joined'
}
