/** docs/COMMANDS.md: the slash commands, from their table; the command line, from its description. */
import type { Command } from 'commander'
import { commands } from '../src/commands/index.ts'
import { environmentName, flagName, flagSyntax, OPTIONS } from '../src/cli/options.ts'
import { buildProgram } from '../src/cli/program.ts'

export function commandsDocument(): string {
  const program = buildProgram('0', () => undefined)
  return `# Commands

This file is made from the tables in the source by \`npm run docs\`; change it there.

## In the chat

A line that does not start with \`/\` is said to the room. One that starts with \`//\` is said with one slash less.

${markdownTable(['command', 'what it does'], commands.map((command) => [code(command.usage), command.summary]))}

## On the command line

${markdownTable(['command', 'what it does'], [[code('p2pchat [ROOM…]'), 'open the chat; with rooms, in them'], ...subcommands(program)])}

Exit codes: 0 done; 1 failed, with one sentence on stderr; 2 wrong usage; 3 posted but not reached in time.

## Options of every command

Each may stand on the command line, in the environment, or in \`config.toml\` in the home folder; what is named earlier here wins.
A list in the environment is separated by blanks or commas. In the file, switches are written \`mdns = false\`, lists \`peer = ["…", "…"]\`.

${markdownTable(['option', 'environment', 'config.toml', 'what it does'], OPTIONS.map(optionRow))}
`
}

function subcommands(program: Command): string[][] {
  const visible = program.createHelp().visibleCommands(program).filter((command) => command.name() !== 'help')
  return visible.flatMap((command) => [
    [code(`p2pchat ${command.name()} ${argumentsOf(command)}`.trim()), command.description()],
    ...command.options.map((option) => [`&nbsp;&nbsp;${code(option.flags)}`, option.description])
  ])
}

function argumentsOf(command: Command): string {
  return command.registeredArguments.map((argument) => argument.name() + (argument.variadic ? '…' : '')).join(' ')
}

function optionRow(spec: (typeof OPTIONS)[number]): string[] {
  const inFile = spec.name === 'home' ? '' : code(flagName(spec).replace(/^no-/u, ''))
  return [code(flagSyntax(spec)), code(environmentName(spec)), inFile, spec.summary]
}

function code(text: string): string {
  return `\`${text}\``
}

function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [line(head), `|${head.map(() => '---|').join('')}`, ...rows.map(line)].join('\n')
}
