/** The command line: which commands there are, with which arguments and options. What they do is loaded when it is needed. */
import { Command, Option } from 'commander'
import { nearest } from '../commands/nearest.ts'
import { sanitiseLine } from '../core/text/sanitise.ts'
import type { CliContext } from './context.ts'
import { usage, type ExitCode } from './failure.ts'
import { flagSyntax, OPTIONS } from './options.ts'
import type { CompletionOptions } from './subcommands/completion.ts'
import type { ExportOptions } from './subcommands/export.ts'
import type { DoctorOptions } from './subcommands/doctor.ts'
import type { HistoryOptions } from './subcommands/history.ts'
import type { SendOptions } from './subcommands/send.ts'
import type { ServeOptions } from './subcommands/serve.ts'
import type { TailOptions } from './subcommands/tail.ts'
import type { VerifyOptions } from './subcommands/verify.ts'

/** What a command line asks for, to be given a context. */
export type Job = (context: CliContext) => Promise<ExitCode>

/** Commands of the interface that this version does not have; as a first word they would be taken for rooms. */
const NOT_YET = ['mcp', 'search', 'log', 'get']

interface JsonOption {
  readonly json?: true
}

/** @param take is called with the job that the command line asks for, and the command if that has options of its own in OPTIONS. */
export function buildProgram(version: string, take: (job: Job, command?: Command) => void): Command {
  const program = new Command('p2pchat')
  program
    .description('Peer-to-peer chat for the terminal. Without a command it opens the chat; with rooms, in them.')
    .version(version)
    .argument('[ROOM...]', 'rooms to join by name')
    .configureHelp({ showGlobalOptions: true })
    .showSuggestionAfterError()
    .action((rooms: string[]) => {
      const [first = ''] = rooms
      if (NOT_YET.includes(first)) throw usage(notYet(first, version))
      const meant = commandMeant(program, first)
      if (meant !== undefined) throw usage(misspelt(first, meant))
      take(async (context) => (await import('./subcommands/open.ts')).open(context, rooms))
    })
  addOptions(program)
  addConversation(program, take)
  addReading(program, take)
  addArchives(program, take)
  addRest(program, take)
  addServing(program, take)
  return program
}

function notYet(word: string, version: string): string {
  return `"${word}" is no command of version ${version} (a room of that name opens by "p2pchat join ${word}").`
}

/**
 * The command of which this is a slip: it must not make a room that is called so, and rooms of the words behind it. Closer than other slips, for `main`
 * and `talk` are rooms and not `tail`: the first letter is right, and of a short word one of the others is wrong.
 */
function commandMeant(program: Command, word: string): string | undefined {
  const first = word.charAt(0).toLowerCase()
  const names = [...program.commands.map((command) => command.name()), 'help'].filter((name) => name.startsWith(first))
  return word === '' ? undefined : nearest(word, names, word.length <= 5 ? 1 : 2)
}

function misspelt(word: string, meant: string): string {
  const shown = sanitiseLine(word)
  return `There is no command "${shown}"; did you mean ${meant}? (A room of that name opens by "p2pchat join ${shown}".)`
}

function addServing(program: Command, take: (job: Job, command: Command) => void): void {
  const serve = program.command('serve').description('run a server: others find each other through it, and it speaks for you')
  addOptions(serve, 'serve')
  serve
    .option('--rpc', 'JSON-RPC 2.0 on stdin and stdout, one object a line')
    .option('--console', 'command the server that runs in this home already, from the terminal or by lines on stdin')
    .option('--reload', 'have the server that runs in this home read config.toml anew; fails when it refuses')
    .option('--check-config', 'say whether the configuration can be served with, and start nothing')
    .action((options: ServeOptions) => {
      take(async (context) => (await import('./subcommands/serve.ts')).serve(context, options), serve)
    })
}

/** The options that all commands have, or those of one of them. */
function addOptions(command: Command, only?: 'serve'): void {
  for (const spec of OPTIONS) {
    if (spec.command !== only) continue
    const option = new Option(flagSyntax(spec), spec.summary)
    if (spec.kind === 'list') option.argParser((value: string, before: string[] | undefined) => [...(before ?? []), value])
    command.addOption(option)
  }
}

function addConversation(program: Command, take: (job: Job) => void): void {
  program
    .command('join')
    .description('open the chat in these rooms')
    .argument('<ROOM...>')
    .action((rooms: string[]) => {
      take(async (context) => (await import('./subcommands/open.ts')).open(context, rooms))
    })
  program
    .command('rpc')
    .description('JSON-RPC 2.0 on stdin and stdout, one object a line')
    .action(() => {
      take(async (context) => (await import('./subcommands/rpc.ts')).rpc(context))
    })
  program
    .command('send')
    .description('post a message and exit: 0 reached, 3 posted but not reached in time')
    .argument('<ROOM>')
    .argument('<TEXT...>', 'the text, or - to read it from stdin')
    .option('--wait <WHAT>', 'what counts as reached: sent (somebody has it), or held:N (N members say so)', 'sent')
    .option('--timeout <TIME>', 'how long to wait for that: 500ms, 30s, 5m', '30s')
    .action((room: string, words: string[], options: SendOptions) => {
      take(async (context) => (await import('./subcommands/send.ts')).send(context, room, words, options))
    })
  program
    .command('tail')
    .description('print messages as they come')
    .argument('<ROOM>')
    .option('--json', 'one JSON object a line')
    .option('--since <TIME>', 'begin with the messages of the last 30s, 5m, 1h, 7d')
    .action((room: string, options: TailOptions) => {
      take(async (context) => (await import('./subcommands/tail.ts')).tail(context, room, options))
    })
}

function addReading(program: Command, take: (job: Job) => void): void {
  program
    .command('history')
    .description('print what was said in a room')
    .argument('<ROOM>')
    .option('--limit <COUNT>', 'how many messages', '50')
    .option('--before <ID>', 'only those before this message')
    .option('--json', 'as a JSON array')
    .action((room: string, options: HistoryOptions) => {
      take(async (context) => (await import('./subcommands/history.ts')).history(context, room, options))
    })
  program
    .command('rooms')
    .description('list the known rooms')
    .option('--json', 'as a JSON array')
    .action((options: JsonOption) => {
      take(async (context) => (await import('./subcommands/rooms.ts')).rooms(context, options))
    })
  const id = program
    .command('id')
    .description('show who you are')
    .option('--json', 'as a JSON object')
    .action((options: JsonOption) => {
      take(async (context) => (await import('./subcommands/id.ts')).showId(context, options))
    })
  id.command('passphrase')
    .description('put the keys under a passphrase, change it, or take it away')
    .action(() => {
      take(async (context) => (await import('./subcommands/id.ts')).changeIdPassphrase(context))
    })
}

function addArchives(program: Command, take: (job: Job) => void): void {
  program
    .command('export')
    .description('write the signed records of a room into a file, or to stdout (-)')
    .argument('<ROOM>')
    .argument('<FILE>')
    .option('--force', 'also where a file of that name is already')
    .action((room: string, file: string, options: ExportOptions) => {
      take(async (context) => (await import('./subcommands/export.ts')).exportTo(context, room, file, options))
    })
  program
    .command('verify')
    .description('check an export by its signatures alone, and print what it comes to')
    .argument('<FILE>')
    .option('--json', 'as a JSON object')
    .option('--why', 'with every act, and why it counts or does not')
    .action((file: string, options: VerifyOptions) => {
      take(async (context) => (await import('./subcommands/verify.ts')).verify(context, file, options))
    })
  program
    .command('import')
    .description('join the room of an export, and take its records in')
    .argument('<FILE>')
    .action((file: string) => {
      take(async (context) => (await import('./subcommands/import.ts')).importFrom(context, file))
    })
}

function addRest(program: Command, take: (job: Job) => void): void {
  program
    .command('doctor')
    .description('say what reaches whom and how, and what to do about it')
    .option('--json', 'as a JSON object')
    .option('--redact', 'without addresses, peer ids and nicks, to show to others')
    .action((options: DoctorOptions) => {
      take(async (context) => (await import('./subcommands/doctor.ts')).doctor(context, options))
    })
  program
    .command('demo')
    .description('several nodes in one process act a short conversation')
    .action(() => {
      take(async (context) => (await import('./subcommands/demo.ts')).demo(context))
    })
  program
    .command('swarm', { hidden: true })
    .description('start some nodes to play with')
    .argument('<COUNT>')
    .action((count: string) => {
      take(async (context) => (await import('./subcommands/swarm.ts')).swarm(context, count))
    })
  program
    .command('backup')
    .description('write this home, with its keys, into a file; also while it is in use')
    .argument('<FILE>')
    .option('--force', 'also where a file of that name is already')
    .action((file: string, options: { force?: true }) => {
      take(async (context) => (await import('./subcommands/backup.ts')).backup(context, file, options))
    })
  program
    .command('restore')
    .description('make an empty home what it was in a backup')
    .argument('<FILE>')
    .action((file: string) => {
      take(async (context) => (await import('./subcommands/backup.ts')).restore(context, file))
    })
  const config = program.command('config').description('the settings of this home')
  config
    .command('init')
    .description('write a config.toml that says what can be set, with everything in it a remark')
    .action(() => {
      take(async (context) => (await import('./subcommands/config.ts')).initConfig(context))
    })
  program
    .command('completion')
    .description('print a completion script for bash, zsh or fish')
    .argument('[SHELL]')
    .addOption(new Option('--rooms', 'print the names of the rooms of this home').hideHelp())
    .action((shell: string | undefined, options: CompletionOptions) => {
      take(async (context) => (await import('./subcommands/completion.ts')).completion(context, shell, options, program))
    })
}
