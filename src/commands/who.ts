import { sanitiseLine } from '../core/text/sanitise.ts'
import { none, roomOf } from './arguments.ts'
import type { Command } from './command.ts'
import { table } from './layout.ts'
import { memberName } from './people.ts'

const ORDER = { online: 0, idle: 1, offline: 2 }

export const who: Command = {
  name: 'who',
  usage: '/who',
  summary: 'List the people of this room.',
  async run(context, args) {
    none(args)
    const room = roomOf(context)
    const members = await context.client.call('room.members', { room: room.id })
    const sorted = members.toSorted((a, b) => ORDER[a.presence] - ORDER[b.presence] || a.nick.localeCompare(b.nick))
    const rows = sorted.map((member) => [
      memberName(member, members),
      member.role === 'member' ? '' : member.role,
      member.muted ? `${member.presence}, muted` : member.presence
    ])
    context.print(`${sanitiseLine(room.handle)}: ${members.length} ${members.length === 1 ? 'person' : 'people'}\n${table(rows)}`)
  }
}
