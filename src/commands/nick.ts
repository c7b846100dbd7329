import { sanitiseLine } from '../core/text/sanitise.ts'
import { UsageError } from './arguments.ts'
import type { Command } from './command.ts'

export const nick: Command = {
  name: 'nick',
  usage: '/nick NAME',
  summary: 'Change the name that others see.',
  async run(context, args) {
    if (args === '') throw new UsageError('What do you want to be called?')
    const changed = await context.client.call('node.nick', { nick: args })
    context.print(`You are ${sanitiseLine(changed.nick)} now.`)
  }
}
