import type { Access } from '../engine/api.ts'
import { unquoted, UsageError } from './arguments.ts'
import type { Command } from './command.ts'
import { tokenAdvice } from './token-advice.ts'

const ACCESS: readonly Access[] = ['open', 'passcode', 'invite']

export const create: Command = {
  name: 'create',
  usage: '/create ROOM [open|passcode|invite]',
  summary: 'Create a room of your own, also if others have one of that name.',
  async run(context, args) {
    const { name, access } = nameAndAccess(args)
    if (name === '') throw new UsageError('What shall the room be called?')
    const room = await context.client.call('room.create', { name, access })
    context.show(room)
    context.print(tokenAdvice(room, room.reclaimToken), room.id)
  }
}

/** A name may hold blanks, so only a last word that is a way to enter is taken for one. */
function nameAndAccess(args: string): { name: string; access: Access } {
  const access = ACCESS.find((known) => args.endsWith(known) && /^\s$/u.test(args.charAt(args.length - known.length - 1)))
  const name = args.slice(0, args.length - (access?.length ?? 0)).trim()
  if (name === '' || access === undefined) return { name: unquoted(args), access: 'open' }
  return { name: unquoted(name), access }
}
