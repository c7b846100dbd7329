import { sanction, termsOf } from './acts.ts'
import type { Command } from './command.ts'

export const mute: Command = {
  name: 'mute',
  usage: '/mute NICK [10m|forever] [WHY]',
  summary: 'Silence somebody, who may still read; without a time until /unmute.',
  completes: 'member',
  run: (context, args) => sanction(context, { action: 'mute', ...termsOf(args, []) })
}
