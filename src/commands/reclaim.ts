import { roomOf, UsageError } from './arguments.ts'
import type { Command } from './command.ts'
import { tokenFrom } from './secrets.ts'
import { nextTokenAdvice } from './token-advice.ts'

export const reclaim: Command = {
  name: 'reclaim',
  usage: '/reclaim TOKEN',
  summary: 'Become the owner of this room by its reclaim token, and be told the next one.',
  secretFrom: () => 0,
  async run(context, args) {
    if (args === '') throw new UsageError('With which token? It was shown when the room was made.')
    const room = roomOf(context)
    const { reclaimToken } = await context.client.call('room.reclaim', { room: room.id, token: tokenFrom(args) })
    context.print(nextTokenAdvice(room, reclaimToken, 'You own'))
  }
}
