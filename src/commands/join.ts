import { sanitiseLine } from '../core/text/sanitise.ts'
import { unquoted, UsageError } from './arguments.ts'
import type { Command } from './command.ts'
import { clockTime } from './layout.ts'
import { readOnlyText } from './read-only.ts'
import { tokenAdvice } from './token-advice.ts'

export const join: Command = {
  name: 'join',
  usage: '/join ROOM|LINK',
  summary: 'Enter a room by its name; if nobody has one of that name, it is created.',
  completes: 'room',
  async run(context, args) {
    const room = unquoted(args)
    if (room === '') throw new UsageError('Which room?')
    const view = await context.client.call('room.join', { room })
    context.show(view)
    if (view.reclaimToken !== undefined) return context.print(tokenAdvice(view, view.reclaimToken), view.id)
    const { owner, removed } = view
    const readOnly = readOnlyText(view, removed?.by === owner.identity ? owner.nick : undefined, (timeMs) => clockTime(timeMs, Date.now()))
    if (readOnly !== undefined) return context.print(readOnly, view.id)
    const others = view.online - 1
    const who = others > 0 ? `${others} other${others === 1 ? '' : 's'} online` : 'nobody else is here yet'
    context.print(`You are in ${sanitiseLine(view.handle)}; ${who}.`, view.id)
  }
}
