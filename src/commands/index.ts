/** Every slash command, and how a typed line becomes one. A new command is one file and one line here. */
import { sanitiseLine, sanitiseText } from '../core/text/sanitise.ts'
import { ApiError } from '../engine/api.ts'
import { UsageError } from './arguments.ts'
import type { Command, CommandContext } from './command.ts'
import { completeWith, type Completion, type Names } from './complete.ts'
import { admin } from './admin.ts'
import { ban } from './ban.ts'
import { close } from './close.ts'
import { create } from './create.ts'
import { echo } from './echo.ts'
import { exportRoom } from './export.ts'
import { helpFor } from './help.ts'
import { history } from './history.ts'
import { idle } from './idle.ts'
import { join } from './join.ts'
import { kick } from './kick.ts'
import { leave } from './leave.ts'
import { me } from './me.ts'
import { mute } from './mute.ts'
import { nearest } from './nearest.ts'
import { nick } from './nick.ts'
import { policy } from './policy.ts'
import { publish } from './publish.ts'
import { quit } from './quit.ts'
import { reclaim } from './reclaim.ts'
import { redact } from './redact.ts'
import { rooms } from './rooms.ts'
import { refuseToTell } from './secrets.ts'
import { server } from './server.ts'
import { slow } from './slow.ts'
import { time } from './time.ts'
import { token } from './token.ts'
import { topic } from './topic.ts'
import { transfer } from './transfer.ts'
import { unadmin } from './unadmin.ts'
import { unban } from './unban.ts'
import { unmute } from './unmute.ts'
import { who } from './who.ts'
import { whois } from './whois.ts'
import { why } from './why.ts'

export type { Completion, Names } from './complete.ts'

export const commands: readonly Command[] = [
  join,
  create,
  leave,
  rooms,
  who,
  whois,
  nick,
  me,
  history,
  topic,
  admin,
  unadmin,
  kick,
  ban,
  unban,
  mute,
  unmute,
  redact,
  slow,
  idle,
  policy,
  publish,
  transfer,
  reclaim,
  token,
  close,
  why,
  exportRoom,
  echo,
  time,
  server,
  helpFor(() => commands),
  quit
]

/** What the word before the caret may become. */
export function complete(line: string, caret: number, names: Names): Completion {
  return completeWith(commands, line, caret, names)
}

/**
 * Carries out one typed line: a command, or a message to the context's room. What was wrong is printed; returns false then, so
 * that the face can keep the line for another try. Rejects only for bugs and a node that is gone.
 */
export async function runLine(context: CommandContext, line: string): Promise<boolean> {
  if (line.trim() === '') return true
  const isCommand = line.startsWith('/') && !line.startsWith('//')
  try {
    if (isCommand) await runCommand(context, line)
    else await say(context, line.startsWith('//') ? line.slice(1) : line)
    return true
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
    context.print(sanitiseText(error.message))
    return false
  }
}

async function runCommand(context: CommandContext, line: string): Promise<void> {
  const [head = '', name = ''] = /^\/(\S*)\s*/u.exec(line) ?? []
  const rest = line.slice(head.length)
  const command = commands.find((known) => known.name === name.toLowerCase())
  if (command === undefined) throw new UsageError(unknownCommand(name))
  try {
    if (command.secretFrom === undefined) refuseToTell(rest)
    await command.run(context, rest.trimEnd())
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    throw new UsageError(`${error.message}\nUsage: ${command.usage}`)
  }
}

function unknownCommand(name: string): string {
  const near = nearest(name, commands.map((command) => command.name))
  const hint = near === undefined ? '/help lists the commands' : `did you mean /${near}?`
  return `There is no command /${sanitiseLine(name)}; ${hint}${hint.endsWith('?') ? '' : '.'}`
}

async function say(context: CommandContext, text: string): Promise<void> {
  if (context.room === undefined) throw new UsageError('You are in no room yet; enter one by /join NAME.')
  refuseToTell(text)
  await context.client.call('message.send', { room: context.room.id, text })
}
