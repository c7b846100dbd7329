import { sanitiseLine } from '../core/text/sanitise.ts'
import { none, roomOf } from './arguments.ts'
import type { Command } from './command.ts'

export const leave: Command = {
  name: 'leave',
  usage: '/leave',
  summary: 'Leave this room.',
  async run(context, args) {
    none(args)
    const room = roomOf(context)
    await context.client.call('room.leave', { room: room.id })
    context.hide(room.id)
    context.print(`You left ${sanitiseLine(room.handle)}.`)
  }
}
