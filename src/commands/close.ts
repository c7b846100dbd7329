import { sanitiseLine } from '../core/text/sanitise.ts'
import { roomOf } from './arguments.ts'
import type { Command } from './command.ts'
import { isConfirmed } from './confirm.ts'

export const close: Command = {
  name: 'close',
  usage: '/close [ROOM]',
  summary: 'Close this room for everybody and for ever; asks back. Owner only.',
  completes: 'room',
  async run(context, args) {
    const room = roomOf(context)
    const name = sanitiseLine(room.handle)
    const warning = `Closing ${name} cannot be undone: what was said stays readable, and nobody will say anything there again.`
    if (!isConfirmed(context, room, { warning, command: '/close', typed: args })) return
    await context.client.call('room.act', { room: room.id, action: 'close' })
  }
}
