import { sanitiseLine } from '../core/text/sanitise.ts'
import type { Access } from '../engine/api.ts'
import { UsageError, wordsBetween } from './arguments.ts'
import type { Command } from './command.ts'

const ACCESS: readonly Access[] = ['open', 'passcode', 'invite']

export const create: Command = {
  name: 'create',
  usage: '/create ROOM [open|passcode|invite]',
  summary: 'Create a room of your own, also if others have one of that name.',
  async run(context, args) {
    const [name = '', word = 'open'] = wordsBetween(args, 1, 2, 'What shall the room be called?')
    const access = ACCESS.find((known) => known === word)
    if (access === undefined) throw new UsageError(`"${word}" is no way to enter; there are ${ACCESS.join(', ')}.`)
    const room = await context.client.call('room.create', { name, access })
    context.show(room)
    context.print(
      `You created ${sanitiseLine(room.handle)}. Its reclaim token, shown this once, gives you the room back if you lose your key; ` +
        `keep it secret:\n${room.reclaimToken}`
    )
  }
}
