import { sanction, termsOf } from './acts.ts'
import type { Command } from './command.ts'

export const ban: Command = {
  name: 'ban',
  usage: '/ban NICK [10m|7d|forever] [--purge] [WHY]',
  summary: 'Keep somebody out, without a time until /unban; --purge also hides what they said.',
  completes: 'member',
  run: (context, args) => sanction(context, { action: 'ban', ...termsOf(args, ['--purge']) })
}
