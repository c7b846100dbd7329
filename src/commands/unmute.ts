import { roomOf, wordsBetween } from './arguments.ts'
import type { Command } from './command.ts'
import { findSanctioned } from './people.ts'

export const unmute: Command = {
  name: 'unmute',
  usage: '/unmute NICK',
  summary: 'Let somebody speak again.',
  completes: 'member',
  async run(context, args) {
    const [word = ''] = wordsBetween(args, 1, 1, 'Whom do you mean?')
    const room = roomOf(context).id
    const target = await findSanctioned(context.client, room, 'muted', word)
    await context.client.call('room.act', { room, action: 'unmute', target })
  }
}
