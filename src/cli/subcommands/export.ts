/** `p2pchat export ROOM FILE`: the room's signed records, for `p2pchat verify` and `p2pchat import`. */
import { once } from 'node:events'
import { archiveOf, exported } from '../../commands/export.ts'
import type { Subcommand } from '../context.ts'
import { EXIT_DONE } from '../failure.ts'
import { knownRoom } from '../known-room.ts'
import { Progress } from '../progress.ts'
import { isSavedFile, saveFile } from '../save-file.ts'
import { withNode } from '../with-node.ts'

export interface ExportOptions {
  readonly force?: true
}

export const exportTo: Subcommand<[room: string, file: string, options: ExportOptions]> = async (context, room, file, options) =>
  withNode(context, { offline: true }, async (client, stop) => {
    const { id, handle } = await knownRoom(client, room)
    const progress = new Progress(process.stderr)
    let count = 0
    const text = archiveOf(client, id, (records) => {
      count = records
      progress.tell(() => `${records} records written`)
    })
    if (file === '-') {
      // Bytes for another program: what a person is to know goes beside them.
      for await (const piece of text) if (!context.output.write(piece)) await once(context.output, 'drain')
      progress.end()
      process.stderr.write(`${exported(count, handle, 'what was written to stdout')}\n`)
      return EXIT_DONE
    }
    try {
      const path = await saveFile(file, text, { force: options.force === true, stop })
      progress.end()
      // Where the records themselves are printed, nothing may stand between them.
      const told = (await isSavedFile(path)) ? context.output : process.stderr
      told.write(exported(count, handle, path) + '\n')
      return EXIT_DONE
    } finally {
      progress.end()
    }
  })
