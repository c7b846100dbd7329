/** Man pages: p2pchat(1) from the command line's own description and the table of slash commands, p2pchat.toml(5) from the table of options. */
import { commands } from '../src/commands/index.ts'
import { commandTree, everyCommand } from '../src/cli/command-tree.ts'
import type { ArgumentNode, CommandNode, OptionNode } from '../src/cli/command-tree.ts'
import { environmentName, flagName, OPTIONS } from '../src/cli/options.ts'
import type { OptionSpec } from '../src/cli/options.ts'
import { buildProgram } from '../src/cli/program.ts'

/** Without a date, so that the same source gives the same bytes. */
export function manPage(version: string): string {
  const root = commandTree(buildProgram(version, () => undefined))
  const below = everyCommand(root).filter((command) => command !== root)
  return page('P2PCHAT', 1, version, 'User Commands', [
    section('NAME', 'p2pchat \\- peer\\-to\\-peer chat for the terminal'),
    section('SYNOPSIS', [
      '.B p2pchat', `[${italic('OPTION')}]... [${italic('ROOM')}]...`, '.br',
      '.B p2pchat', `[${italic('OPTION')}]... ${italic('COMMAND')} [${italic('ARGUMENT')}]...`
    ]),
    section('DESCRIPTION', [
      text('Chat without a central server: each person runs a node, rooms are found by name,'),
      text('and everything that is said is encrypted for its room.'),
      text(root.summary)
    ]),
    section('COMMANDS', below.flatMap(commandEntry)),
    section('OPTIONS', [
      text('Each may stand on the command line, in the environment, or in config.toml in the home folder;'),
      text('what is named earlier here wins.'),
      ...root.options.flatMap(optionEntry)
    ]),
    section('IN THE CHAT', [
      text('A line that does not begin with / is said to the room.'),
      ...commands.flatMap(({ usage, summary }) => ['.TP', bold(usage), text(`${summary}.`)])
    ]),
    section('ENVIRONMENT', OPTIONS.flatMap((spec) => {
      return ['.TP', bold(environmentName(spec)), text(`as --${flagName(spec)}: ${spec.summary}.`)]
    })),
    section('EXIT STATUS', EXIT_CODES.flatMap(([code, what]) => ['.TP', bold(code), text(what)])),
    section('FILES', ['.TP', italic('$XDG_DATA_HOME/p2pchat'), text('The home, where nothing else is said: keys, history, config.toml.')]),
    section('SEE ALSO', '.BR p2pchat.toml (5)')
  ])
}

export function configPage(version: string): string {
  const inFile = OPTIONS.filter(({ name }) => name !== 'home')
  return page('P2PCHAT.TOML', 5, version, 'File Formats', [
    section('NAME', 'p2pchat.toml \\- config.toml in a home of p2pchat'),
    section('DESCRIPTION', [
      text('What the command line and the environment do not say is read from config.toml in the home,'),
      text('a file in the format of https://toml.io.'),
      text('An unknown key, or a value that cannot be, is refused with the line that it stands on, and nothing starts.')
    ]),
    section('KEYS', inFile.flatMap((spec) => {
      const only = spec.command === undefined ? '' : ` (p2pchat ${spec.command})`
      return ['.TP', `${bold(keyOf(spec))} = ${italic(valueOf(spec))}`, text(`${spec.summary}${only}.`)]
    })),
    section('EXAMPLE', [
      '.nf', text('nick = "ann"'), text('mdns = false'), text('bootstrap = ["/dns4/chat.example.org/tcp/4001/p2p/..."]'), '.fi'
    ]),
    section('SEE ALSO', '.BR p2pchat (1)')
  ])
}

const EXIT_CODES: readonly [string, string][] = [
  ['0', 'Done.'], ['1', 'Failed; one sentence on stderr says why.'], ['2', 'Wrong usage.'], ['3', 'Posted, but not reached in time.']
]

function page(name: string, chapter: number, version: string, manual: string, sections: readonly string[]): string {
  return [
    '.\\" Made from the tables in the source by "npm run docs"; change it there.',
    `.TH "${name}" "${chapter}" "" "p2pchat ${version}" "${manual}"`,
    ...sections
  ].join('\n') + '\n'
}

function section(title: string, lines: string | readonly string[]): string {
  return [`.SH "${title}"`, ...typeof lines === 'string' ? [lines] : lines].join('\n')
}

function commandEntry(command: CommandNode): string[] {
  const usage = [bold(`p2pchat ${command.path.join(' ')}`), ...command.arguments.map(argumentUsage)].join(' ')
  const options = command.options.flatMap(optionEntry)
  return ['.TP', usage, text(sentence(command.summary)), ...options.length > 0 ? ['.RS', ...options, '.RE'] : []]
}

function argumentUsage({ name, required, variadic }: ArgumentNode): string {
  const shown = `${italic(name)}${variadic ? '...' : ''}`
  return required ? shown : `[${shown}]`
}

function optionEntry({ syntax, summary, byDefault }: OptionNode): string[] {
  const [flags = syntax, value] = syntax.split(/ (?=<)/u)
  const shown = value === undefined ? bold(flags) : `${bold(flags)} ${italic(value.slice(1, -1))}`
  return ['.TP', shown, text(`${summary}${byDefault === undefined ? '' : ` (default: ${byDefault})`}.`)]
}

function keyOf(spec: OptionSpec): string {
  return flagName(spec).replace(/^no-/u, '')
}

function valueOf({ kind, value }: OptionSpec): string {
  if (kind === 'on' || kind === 'off') return 'true|false'
  return kind === 'list' ? `["${value}", ...]` : `"${value}"`
}

function bold(words: string): string {
  return `\\fB${escaped(words)}\\fR`
}

function italic(words: string): string {
  return `\\fI${escaped(words)}\\fR`
}

function sentence(words: string): string {
  return /[.!?]$/u.test(words) ? words : `${words}.`
}

/** A line of text; one that begins as a request would is no request. */
function text(words: string): string {
  return escaped(words).replace(/^[.']/u, '\\&$&')
}

function escaped(words: string): string {
  return words.replaceAll('\\', '\\e').replaceAll('-', '\\-').replaceAll('…', '...')
}
