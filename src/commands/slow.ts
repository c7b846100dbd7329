import { duration } from '../core/authority/actions/action.ts'
import { roomOf, wordsBetween } from './arguments.ts'
import type { Command } from './command.ts'
import { spanOrOff } from './duration.ts'

export const slow: Command = {
  name: 'slow',
  usage: '/slow [10s|off]',
  summary: 'Allow everybody one message in that time; `/slow` shows what is set. Owner only.',
  async run(context, args) {
    const [word] = wordsBetween(args, 0, 1, '')
    const room = roomOf(context).id
    if (word !== undefined) {
      await context.client.call('room.act', { room, action: 'policy', set: { slow: spanOrOff(word) } })
      return
    }
    const { policy } = await context.client.call('room.state', { room })
    const slowMs = Number(policy.slow)
    context.print(slowMs > 0 ? `One message in ${duration(slowMs)} for everybody but admins.` : 'Slow mode is off.')
  }
}
