import { firstWord, UsageError } from './arguments.ts'
import { sanction } from './acts.ts'
import type { Command } from './command.ts'

export const kick: Command = {
  name: 'kick',
  usage: '/kick NICK [WHY]',
  summary: 'Put somebody out: for a minute from an open room, from others until they are let in again.',
  completes: 'member',
  async run(context, args) {
    const [target, reason] = firstWord(args)
    if (target === '') throw new UsageError('Whom do you mean?')
    await sanction(context, { action: 'kick', target, reason })
  }
}
