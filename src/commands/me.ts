import { roomOf, UsageError } from './arguments.ts'
import type { Command } from './command.ts'

export const me: Command = {
  name: 'me',
  usage: '/me TEXT',
  summary: 'Say what you do: /me waves.',
  async run(context, args) {
    if (args === '') throw new UsageError('What do you do?')
    await context.client.call('message.send', { room: roomOf(context).id, text: args, kind: 'action' })
  }
}
