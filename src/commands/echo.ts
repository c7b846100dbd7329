import { sanitiseText } from '../core/text/sanitise.ts'
import type { Command } from './command.ts'

export const echo: Command = {
  name: 'echo',
  usage: '/echo TEXT',
  summary: 'Show a text to yourself only.',
  async run(context, args) {
    context.print(sanitiseText(args))
  }
}
