import { none } from './arguments.ts'
import type { Command } from './command.ts'

export const quit: Command = {
  name: 'quit',
  usage: '/quit',
  summary: 'End p2pchat; you stay a member of your rooms.',
  async run(context, args) {
    none(args)
    context.quit()
  }
}
