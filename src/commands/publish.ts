import { sanitiseLine, sanitiseText } from '../core/text/sanitise.ts'
import { roomOf, UsageError, wordsBetween } from './arguments.ts'
import type { Command, CommandContext } from './command.ts'

export const publish: Command = {
  name: 'publish',
  usage: '/publish [on|off] [SERVER]',
  summary: 'Put this room into the public lists of your servers for 30 days, or take it out; alone: where it is listed. Owner only.',
  completes: 'switch',
  async run(context, args) {
    const [word, server] = wordsBetween(args, 0, 2, '')
    const { id: room, handle } = roomOf(context)
    const name = sanitiseLine(handle)
    if (word === undefined) return context.print(await whereText(context, room, name))
    if (word !== 'on' && word !== 'off') throw new UsageError(`"${sanitiseLine(word)}" is neither on nor off.`)
    const listed = word === 'on'
    const { nicks, refusals } = await context.client.call('server.list', { room, listed, ...(server === undefined ? {} : { server }) })
    const at = nicks.map(sanitiseLine).join(', ')
    const done = listed
      ? `${name} is in the public list of ${at} for 30 days: whoever asks for it sees name and topic, and can join. /publish off ends it.`
      : `${name} is not in the public list of ${at} any more. Who saw it there still knows its name.`
    const refused = refusals.map(({ nick, message }) => `${sanitiseLine(nick)}: ${sanitiseText(message)}`)
    context.print([done, ...refused].join('\n'))
  }
}

async function whereText({ client }: CommandContext, room: string, name: string): Promise<string> {
  const servers = await client.call('server.listed', { room })
  const at = servers.filter(({ listed }) => listed).map(({ nick }) => sanitiseLine(nick))
  return at.length === 0 ? `${name} is in no public list.` : `${name} is in the public list of ${at.join(', ')}.`
}
