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
    context.print(tokenAdvice(room, room.reclaimToken))
  }
}

/** A name may hold blanks, so only a last word that is a way to enter is taken for one. */
function nameAndAccess(args: string): { name: string; access: Access } {
  const [, name, last] = /^(\S[\s\S]*)\s+(\S+)$/u.exec(args) ?? []
  const access = ACCESS.find((known) => known === last)
  if (name === undefined || access === undefined) return { name: unquoted(args), access: 'open' }
  return { name: unquoted(name), access }
}
