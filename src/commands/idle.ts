import { duration } from '../core/authority/actions/action.ts'
import { roomOf, wordsBetween } from './arguments.ts'
import type { Command } from './command.ts'
import { spanOrOff } from './duration.ts'

export const idle: Command = {
  name: 'idle',
  usage: '/idle [4m|off]',
  summary: 'Let people leave by themselves who say nothing for that long; `/idle` shows what is set. Owner only.',
  async run(context, args) {
    const [word] = wordsBetween(args, 0, 1, '')
    const room = roomOf(context).id
    if (word !== undefined) {
      await context.client.call('room.act', { room, action: 'policy', set: { idle: spanOrOff(word) } })
      return
    }
    const { policy } = await context.client.call('room.state', { room })
    const idleMs = Number(policy.idle)
    context.print(idleMs > 0 ? `Who says nothing for ${duration(idleMs)} leaves; admins stay.` : 'Nobody has to leave for being silent.')
  }
}
