/** `p2pchat tail ROOM`: prints messages as they come. */
import { messageLine } from '../../commands/layout.ts'
import type { MessageView } from '../../engine/api.ts'
import type { Subcommand } from '../context.ts'
import { parseDurationMs } from '../../commands/duration.ts'
import { enterRoom } from '../enter-room.ts'
import { EXIT_DONE, usage } from '../failure.ts'
import { aborted } from '../lifetime.ts'
import { historySince } from '../pages.ts'
import { withNode } from '../with-node.ts'

export interface TailOptions {
  readonly json?: true
  readonly since?: string
}

export const tail: Subcommand<[room: string, options: TailOptions]> = async (context, room, options) => {
  const sinceMs = startOf(options.since)
  const print = (message: MessageView): void => {
    context.output.write((options.json === true ? JSON.stringify(message) : messageLine(message, Date.now())) + '\n')
  }
  return withNode(context, {}, async (client, stop) => {
    const { id } = await enterRoom(client, room)
    const printed = new Set<string>()
    let held: MessageView[] | undefined = []
    // A message that arrives late was said before: it is shown if it is from the time that was asked for.
    client.subscribe((event) => {
      if (event.method === 'notice' && event.params.code === 'node-moved') process.stderr.write(`p2pchat: ${event.params.text}\n`)
      if (event.method !== 'message' || event.params.room !== id) return
      if (event.params.late === true && event.params.time < sinceMs) return
      if (held !== undefined) held.push(event.params)
      else print(event.params)
    })
    if (options.since !== undefined) {
      for (const message of await historySince(client, id, sinceMs)) {
        printed.add(message.id)
        print(message)
      }
    }
    for (const message of held) if (!printed.has(message.id)) print(message)
    held = undefined
    await aborted(stop)
    return EXIT_DONE
  })
}

function startOf(since: string | undefined): number {
  if (since === undefined) return Date.now()
  const ms = parseDurationMs(since)
  if (ms === undefined) throw usage(`--since must be a time like 30s, 5m, 1h or 7d, not "${since}".`)
  return Date.now() - ms
}
