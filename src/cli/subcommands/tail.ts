/** `p2pchat tail ROOM`: prints messages as they come, and what is done about rights; as JSON the messages alone. */
import { printableJson } from '../../core/text/json.ts'
import { actLine, messageLine } from '../../commands/layout.ts'
import type { ActView, MessageView } from '../../engine/api.ts'
import type { Subcommand } from '../context.ts'
import { parseDurationMs } from '../../commands/duration.ts'
import { enterRoom } from '../enter-room.ts'
import { EXIT_DONE, usage } from '../failure.ts'
import { aborted } from '../lifetime.ts'
import { actsSince, historySince, messagesSince } from '../pages.ts'
import { withNode } from '../with-node.ts'

export interface TailOptions {
  readonly json?: true
  readonly since?: string
}

export const tail: Subcommand<[room: string, options: TailOptions]> = async (context, room, options) => {
  const sinceMs = startOf(options.since)
  const isJson = options.json === true
  const said = (message: MessageView): Line => ({
    id: message.id,
    time: message.time,
    text: isJson ? printableJson(message) : messageLine(message, Date.now())
  })
  const done = (act: ActView): Line => ({ id: act.record, time: act.time, text: actLine(act, Date.now()) })
  return withNode(context, {}, async (client, stop) => {
    const { id } = await enterRoom(client, room)
    const past: Line[] = []
    let held: Line[] | undefined = []
    /** Acts that were printed: it is told when one of them does not count any more. */
    const told = new Set<string>()
    const print = (line: Line): void => {
      if (held === undefined) context.output.write(line.text + '\n')
      else held.push(line)
    }
    const catchUp = async (cursor: string): Promise<void> => {
      const waiting = (held ??= [])
      const missed = await messagesSince(client, id, cursor)
      if (held !== waiting) return
      held = undefined
      const seen = new Set(missed.map((message) => message.id))
      for (const line of [...missed.map(said), ...waiting.filter((one) => !seen.has(one.id))]) print(line)
    }
    client.subscribe((event) => {
      if (event.method === 'notice' && event.params.code === 'skipped' && event.params.cursor !== undefined) {
        void catchUp(event.params.cursor).catch(() => undefined)
      } else if (event.method === 'notice' && event.params.code === 'node-moved') process.stderr.write(`p2pchat: ${event.params.text}\n`)
      // What arrives late was said before: it is shown if it is from the time that was asked for.
      else if (event.method === 'message' && event.params.room === id) {
        if (event.params.late !== true || event.params.time >= sinceMs) print(said(event.params))
      } else if (event.method === 'role' && event.params.room === id && !isJson) {
        if (event.params.time < sinceMs && !told.has(event.params.record)) return
        told.add(event.params.record)
        print(done(event.params))
      }
    })
    if (options.since !== undefined) {
      past.push(...(await historySince(client, id, sinceMs)).map(said))
      if (!isJson) past.push(...(await actsSince(client, id, sinceMs)).map(done))
    }
    const printed = new Set(past.map((line) => line.id))
    for (const line of past) told.add(line.id)
    const first = [...past.sort((one, other) => one.time - other.time), ...held.filter((line) => !printed.has(line.id))]
    held = undefined
    for (const line of first) print(line)
    await aborted(stop)
    return EXIT_DONE
  })
}

interface Line {
  readonly id: string
  readonly time: number
  readonly text: string
}

function startOf(since: string | undefined): number {
  if (since === undefined) return Date.now()
  const ms = parseDurationMs(since)
  if (ms === undefined) throw usage(`--since must be a time like 30s, 5m, 1h or 7d, not "${since}".`)
  return Date.now() - ms
}
