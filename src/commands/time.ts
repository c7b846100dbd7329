import { none } from './arguments.ts'
import type { Command } from './command.ts'

export const time: Command = {
  name: 'time',
  usage: '/time',
  summary: 'Show the time and date of this computer.',
  async run(context, args) {
    none(args)
    const now = new Date()
    context.print(`${now.toLocaleString('en-GB', { dateStyle: 'full', timeStyle: 'long' })} (${now.toISOString()})`)
  }
}
