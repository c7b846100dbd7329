/** `p2pchat rooms`: the rooms that this home knows. */
import { roomTable } from '../../commands/rooms.ts'
import type { Subcommand } from '../context.ts'
import { EXIT_DONE } from '../failure.ts'
import { jsonArray } from '../json-array.ts'
import { withNode } from '../with-node.ts'

export const rooms: Subcommand<[options: { readonly json?: true }]> = async (context, options) =>
  withNode(context, { offline: true }, async (client) => {
    const views = await client.call('room.list', { scope: 'known' })
    context.output.write(options.json === true ? jsonArray(views) : roomTable(views) + '\n')
    return EXIT_DONE
  })
