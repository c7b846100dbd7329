import { ArchiveWriter } from '../core/archive/format.ts'
import { sanitiseLine } from '../core/text/sanitise.ts'
import type { NodeClient } from '../engine/api.ts'
import { roomOf, unquoted, UsageError } from './arguments.ts'
import type { Command } from './command.ts'

export const exportRoom: Command = {
  name: 'export',
  usage: '/export FILE',
  summary: 'Write the signed records of this room into a file, which p2pchat verify can check.',
  async run(context, args) {
    const file = unquoted(args)
    if (file === '') throw new UsageError('Into which file?')
    if (file === '-') throw new UsageError('There is no standard output to write to in the chat; a file of that name is ./-.')
    const room = roomOf(context)
    let count = 0
    const path = await context.saveFile(file, archiveOf(context.client, room.id, (records) => (count = records)))
    context.print(exported(count, room.handle, path))
  }
}

export function exported(count: number, room: string, path: string): string {
  return `${count} ${count === 1 ? 'record' : 'records'} of ${sanitiseLine(room)} are in ${sanitiseLine(path)}.`
}

/** The text of a room's archive. @param onRecords is told how many records were written so far */
export async function* archiveOf(client: NodeClient, room: string, onRecords: (count: number) => void): AsyncGenerator<string> {
  const archive = new ArchiveWriter()
  yield archive.begin()
  for (let after: string | undefined; ; ) {
    const { records, next }: { records: string[]; next?: string } =
      await client.call('room.records', { room, ...(after === undefined ? {} : { after }) })
    yield archive.lines(records)
    onRecords(archive.count)
    if (next === undefined) break
    after = next
  }
  yield archive.end()
}
