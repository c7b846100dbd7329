/** docs/COMMANDS.md: the slash commands, from their table; the command line, from its description. */
import { commands } from '../src/commands/index.ts'
import { commandTree, everyCommand } from '../src/cli/command-tree.ts'
import type { ArgumentNode, CommandNode } from '../src/cli/command-tree.ts'
import { environmentName, flagName, flagSyntax, OPTIONS } from '../src/cli/options.ts'
import { buildProgram } from '../src/cli/program.ts'

export function commandsDocument(): string {
  const program = commandTree(buildProgram('0', () => undefined))
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

function subcommands(root: CommandNode): string[][] {
  return everyCommand(root).filter((command) => command !== root).flatMap(({ path, arguments: args, summary, options }) => [
    [code(['p2pchat', ...path, ...args.map(argumentOf)].join(' ')), summary],
    ...options.map(({ syntax, summary: what }) => [`&nbsp;&nbsp;${code(syntax)}`, what])
  ])
}

function argumentOf({ name, variadic }: ArgumentNode): string {
  return name + (variadic ? '…' : '')
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
