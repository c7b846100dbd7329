import { roomOf, wordsBetween } from './arguments.ts'
import type { Command } from './command.ts'
import { findSanctioned } from './people.ts'

export const unban: Command = {
  name: 'unban',
  usage: '/unban NICK',
  summary: 'Let somebody in again who was banned or kicked out.',
  async run(context, args) {
    const [word = ''] = wordsBetween(args, 1, 1, 'Whom do you mean?')
    const room = roomOf(context).id
    const target = await findSanctioned(context.client, room, 'banned', word)
    await context.client.call('room.act', { room, action: 'unban', target })
  }
}
