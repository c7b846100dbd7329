import { sanitiseLine } from '../core/text/sanitise.ts'
import { UsageError, wordsBetween } from './arguments.ts'
import type { Command } from './command.ts'
import { table } from './layout.ts'
import { nearest } from './nearest.ts'

/** Of the line mode; the full screen has a table of its own, which it shows instead of asking here. */
const KEYS: readonly (readonly [string, string])[] = [
  ['Enter', 'send the line'],
  ['Ctrl+U', 'drop what is typed'],
  ['Ctrl+W', 'drop the last word'],
  ['Ctrl+D', 'quit, on an empty line'],
  ['Ctrl+C', 'quit']
]

/** `/help` needs the table that it is part of, so it is made from it. */
export function helpFor(commands: () => readonly Command[]): Command {
  return {
    name: 'help',
    usage: '/help [COMMAND|keys]',
    summary: 'List the commands, or explain one; `/help keys` lists the keys.',
    completes: 'command',
    async run(context, args) {
      const [word] = wordsBetween(args, 0, 1, '')
      if (word === undefined) context.print(`${listing(commands())}\nA line that starts with // is sent with one slash less.`)
      else if (word === 'keys') context.print(table(KEYS))
      else context.print(explain(commands(), word.replace(/^\//u, '')))
    }
  }
}

function listing(commands: readonly Command[]): string {
  return table(commands.map((command) => [command.usage, command.summary]))
}

function explain(commands: readonly Command[], name: string): string {
  const command = commands.find((known) => known.name === name.toLowerCase())
  if (command !== undefined) return `${command.usage}\n${command.summary}`
  const shown = sanitiseLine(name)
  const near = nearest(name, commands.map((known) => known.name))
  throw new UsageError(near === undefined ? `There is no command /${shown}.` : `There is no command /${shown}; did you mean /${near}?`)
}
