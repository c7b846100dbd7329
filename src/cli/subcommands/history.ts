/** `p2pchat history ROOM`: what was said, from this home's store. */
import { messageLine } from '../../commands/layout.ts'
import type { Subcommand } from '../context.ts'
import { EXIT_DONE, usage } from '../failure.ts'
import { jsonArray } from '../json-array.ts'
import { knownRoom } from '../known-room.ts'
import { historyLast } from '../pages.ts'
import { withNode } from '../with-node.ts'

const MAX_LIMIT = 1_000_000

export interface HistoryOptions {
  readonly limit: string
  readonly before?: string
  readonly json?: true
}

export const history: Subcommand<[room: string, options: HistoryOptions]> = async (context, room, options) => {
  const limit = Number(options.limit)
  if (!/^\d+$/u.test(options.limit) || limit < 1 || limit > MAX_LIMIT) throw usage(`--limit must be a whole number from 1 to ${MAX_LIMIT}.`)
  if (options.before !== undefined && !/^[0-9a-f]{64}$/u.test(options.before)) throw usage('--before must be the id of a message.')
  return withNode(context, { offline: true }, async (client) => {
    const { id } = await knownRoom(client, room)
    const messages = await historyLast(client, id, limit, options.before)
    const nowMs = Date.now()
    const lines = messages.map((message) => messageLine(message, nowMs) + '\n')
    context.output.write(options.json === true ? jsonArray(messages) : lines.join(''))
    return EXIT_DONE
  })
}
