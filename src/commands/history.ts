import { roomOf, UsageError, wordsBetween } from './arguments.ts'
import type { Command } from './command.ts'
import { messageLine } from './layout.ts'

const DEFAULT_LIMIT = 20
/** More than this is no reading matter for a command; the terminal scrolls back, and `p2pchat history` prints all. */
const MAX_LIMIT = 500

export const history: Command = {
  name: 'history',
  usage: '/history [COUNT]',
  summary: `Print the last messages of this room, ${DEFAULT_LIMIT} if not said otherwise.`,
  async run(context, args) {
    const [word] = wordsBetween(args, 0, 1, '')
    const limit = word === undefined ? DEFAULT_LIMIT : Number(word)
    if (!Number.isInteger(limit) || limit < 1 || limit > MAX_LIMIT) {
      throw new UsageError(`COUNT is a whole number from 1 to ${MAX_LIMIT}.`)
    }
    const messages = await context.client.call('message.history', { room: roomOf(context).id, limit })
    const nowMs = Date.now()
    context.print(messages.length === 0 ? 'Nothing was said here yet.' : messages.map((message) => messageLine(message, nowMs)).join('\n'))
  }
}
