import { firstWord, roomOf, UsageError } from './arguments.ts'
import type { Command } from './command.ts'
import { tokenFrom } from './secrets.ts'
import { nextTokenAdvice } from './token-advice.ts'

const ROTATE = 'rotate'

export const token: Command = {
  name: 'token',
  usage: '/token rotate TOKEN',
  summary: 'Make the reclaim token of this room worthless and get a new one, if somebody may have seen it. Owner only.',
  // While the word may still become `rotate` it is shown.
  secretFrom(args) {
    const typed = args.toLowerCase()
    if (ROTATE.startsWith(typed)) return args.length
    return typed.startsWith(ROTATE) ? ROTATE.length : 0
  },
  async run(context, args) {
    const [word, rest] = firstWord(args)
    if (word.toLowerCase() !== ROTATE || rest === '') throw new UsageError('It takes the word rotate, and the token to replace.')
    const room = roomOf(context)
    const { reclaimToken } = await context.client.call('room.rotateToken', { room: room.id, token: tokenFrom(rest) })
    context.print(nextTokenAdvice(room, reclaimToken, 'The old token is worthless for'))
  }
}
