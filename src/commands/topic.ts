import { sanitiseLine } from '../core/text/sanitise.ts'
import { roomOf, unquoted } from './arguments.ts'
import type { Command } from './command.ts'

export const topic: Command = {
  name: 'topic',
  usage: '/topic [TEXT]',
  summary: 'Say what this room is about; `/topic ""` takes the topic away, `/topic` shows it.',
  async run(context, args) {
    const room = roomOf(context)
    if (args !== '') {
      await context.client.call('room.act', { room: room.id, action: 'policy', set: { topic: unquoted(args) } })
      return
    }
    const name = sanitiseLine(room.handle)
    context.print(room.topic === '' ? `${name} has no topic.` : `${name}: ${sanitiseLine(room.topic)}`)
  }
}
