import { sanitiseLine } from '../core/text/sanitise.ts'
import { roomOf, wordsBetween } from './arguments.ts'
import type { Command } from './command.ts'
import { ago, table } from './layout.ts'
import { findMember } from './people.ts'

export const whois: Command = {
  name: 'whois',
  usage: '/whois NICK',
  summary: 'Say who somebody is: identity, fingerprint, role, when last seen.',
  completes: 'member',
  async run(context, args) {
    const [word = ''] = wordsBetween(args, 1, 1, 'Whom do you mean?')
    const room = roomOf(context)
    const member = findMember(await context.client.call('room.members', { room: room.id }), word)
    const seen = member.presence === 'offline' ? `offline, last seen ${ago(member.lastSeen, Date.now())}` : member.presence
    context.print(
      table([
        ['nick', sanitiseLine(member.nick)],
        ['fingerprint', member.fingerprint],
        ['identity', member.identity],
        ['role', `${member.role} of ${sanitiseLine(room.handle)}`],
        ['presence', seen]
      ])
    )
  }
}
