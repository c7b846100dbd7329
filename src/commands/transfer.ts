import { sanitiseLine } from '../core/text/sanitise.ts'
import { firstWord, roomOf, UsageError } from './arguments.ts'
import type { Command } from './command.ts'
import { isConfirmed } from './confirm.ts'
import { findTarget } from './people.ts'

export const transfer: Command = {
  name: 'transfer',
  usage: '/transfer NICK [ROOM]',
  summary: 'Hand this room over to somebody, who owns it from then on; asks back. Owner only.',
  completes: 'member',
  async run(context, args) {
    const [word, typed] = firstWord(args)
    if (word === '') throw new UsageError('To whom?')
    const room = roomOf(context)
    const target = await findTarget(context.client, room.id, word)
    const name = sanitiseLine(word)
    const handle = sanitiseLine(room.handle)
    const warning = `${name} will own ${handle}, and you can take it back with its reclaim token only.`
    if (!isConfirmed(context, room, { warning, command: `/transfer ${name}`, typed })) return
    await context.client.call('room.act', { room: room.id, action: 'transfer', target })
  }
}
