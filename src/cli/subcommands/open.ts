/** `p2pchat [ROOM…]` and `p2pchat join ROOM…`: the conversation itself. */
import { commands, complete, runLine } from '../../commands/index.ts'
import type { SlashCommands } from '../../tui/app.ts'
import type { CliContext, Subcommand } from '../context.ts'
import { EXIT_DONE, usage } from '../failure.ts'
import { runLineMode } from '../line-mode.ts'
import { saveFile } from '../save-file.ts'
import { withNode } from '../with-node.ts'

export const open: Subcommand<[rooms: string[]]> = async (context, rooms) =>
  withNode(context, { logToStderr: false }, async (client, stop) => {
    const { config, input, output, version } = context
    if (isFullScreen(context)) {
      const { runTui, themes } = await import('../../tui/index.ts')
      const slashCommands: SlashCommands = { commands, complete, runLine: (face, line) => runLine({ ...face, saveFile }, line) }
      const names = themes.map((theme) => theme.name)
      if (config.theme !== undefined && !names.includes(config.theme)) {
        throw usage(`There is no theme "${config.theme}", only ${names.join(', ')}.`)
      }
      await runTui({ client, rooms, input, output, version, theme: config.theme, commands: slashCommands, stop })
    } else {
      await runLineMode({ client, rooms, input, output, interactive: input.isTTY && output.isTTY, stop })
    }
    return EXIT_DONE
  })

function isFullScreen({ config, input, output }: CliContext): boolean {
  return !config.plain && input.isTTY && output.isTTY && process.env['TERM'] !== 'dumb'
}
