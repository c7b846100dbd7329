/** The process: from the words of a command line to an exit code. */
import { CommanderError, type Command } from 'commander'
import { checkEnvironment, resolveConfig, type Flags } from './config.ts'
import { describeFailure, EXIT_DONE, EXIT_FAILED, exitCodeOf, usage, type ExitCode } from './failure.ts'
import { keepFileOutputs, lostOfStdout } from './file-output.ts'
import { createLifetime, EXIT_HANGUP, type Lifetime } from './lifetime.ts'
import { OPTIONS, type OptionName } from './options.ts'
import { buildProgram, type Job } from './program.ts'
import { packageVersion } from './version.ts'

/** Output that a reader has not taken when all is done. */
const LAST_OUTPUT_MS = 1000

/** Runs one command line in this process and ends it. */
export async function run(words: readonly string[]): Promise<void> {
  keepFileOutputs()
  const { stdin, stdout, stderr } = process
  const lifetime = createLifetime({ inputs: [stdin], outputs: [stdout, stderr], exit: (code) => process.exit(code) })
  const code = await main(words, lifetime)
  process.exit(lifetime.isHungUp() ? EXIT_HANGUP : code)
}

async function main(words: readonly string[], lifetime: Lifetime): Promise<ExitCode> {
  let wantsStacks = saysDebug(words)
  process.on('uncaughtException', (error) => {
    process.stderr.write(describeFailure(error, wantsStacks) + '\n')
    process.exit(EXIT_FAILED)
  })
  // With nothing left to wait for, Node would end a command halfway, with 0.
  process.once('beforeExit', () => {
    process.stderr.write('p2pchat: it stopped halfway, which is a mistake in the program.\n')
    process.exit(EXIT_FAILED)
  })
  try {
    const version = packageVersion()
    const asked = await parse(version, words)
    if (asked === undefined) return EXIT_DONE
    const reread = async () => resolveConfig(asked.flags, process.env, asked.command)
    for (const sentence of checkEnvironment(process.env)) process.stderr.write(`p2pchat: ${sentence}\n`)
    const config = await reread()
    wantsStacks = config.logLevel === 'debug' || config.logLevel === 'trace'
    const done = await asked.job({ config, reread, version, ...lifetime, input: process.stdin, output: process.stdout })
    return done === EXIT_DONE ? afterLostOutput(asked.command) : done
  } catch (error) {
    process.stderr.write(describeFailure(error, wantsStacks) + '\n')
    return exitCodeOf(error)
  } finally {
    await written()
  }
}

/** What was printed into a file was what the command was for, except where it runs for good and says only how it is. */
function afterLostOutput(command: string | undefined): ExitCode {
  if (lostOfStdout() === 0 || command === 'serve') return EXIT_DONE
  process.stderr.write('p2pchat: The output is not whole: the disk did not take all of it.\n')
  return EXIT_FAILED
}

/** Before there is a configuration, somebody may already look for a bug in how it is read. */
function saysDebug(words: readonly string[]): boolean {
  return /--log-level[= ](debug|trace)/u.test(words.join(' '))
}

interface Asked {
  readonly job: Job
  readonly flags: Flags
  /** The command, where it has options of its own. */
  readonly command: string | undefined
}

/** Undefined when what was asked for is done already: help, or the version. */
async function parse(version: string, words: readonly string[]): Promise<Asked | undefined> {
  let job: Job | undefined
  let command: Command | undefined
  const program = buildProgram(version, (asked, by) => {
    job = asked
    command = by
  })
  strict(program)
  try {
    await program.parseAsync(words, { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    if (error.exitCode === 0) return undefined
    throw usage(`${sentenceOf(error)} p2pchat --help says more.`)
  }
  if (job === undefined) return undefined
  return { job, flags: flagsOf(program, command), command: command?.name() }
}

/** Errors are thrown rather than printed, and end nothing by themselves. */
function strict(program: Command): void {
  program.exitOverride().configureOutput({ writeErr: () => undefined })
  for (const command of program.commands) strict(command)
}

function sentenceOf(error: CommanderError): string {
  if (error.code === 'commander.help') return 'A command is missing.'
  const text = error.message.replace(/^error:\s*/u, '').replaceAll('\n', ' ').trim()
  const sentence = text.charAt(0).toUpperCase() + text.slice(1)
  return /[.?)]$/u.test(sentence) ? sentence : `${sentence}.`
}

function flagsOf(program: Command, command: Command | undefined): Flags {
  const given: Partial<Record<OptionName, unknown>> = {}
  for (const { name, command: only } of OPTIONS) {
    const source = only === undefined ? program : command
    if (source?.getOptionValueSource(name) === 'cli') given[name] = source.getOptionValue(name)
  }
  return given
}

/** Resolves when stdout and stderr have been taken by their readers, or those do not take them. */
async function written(): Promise<void> {
  const ends = [process.stdout, process.stderr].map(
    (output) =>
      new Promise<void>((resolve) => {
        if (!output.writable || output.writableLength === 0) {
          resolve()
          return
        }
        setTimeout(resolve, LAST_OUTPUT_MS)
        output.write('', () => {
          resolve()
        })
      })
  )
  await Promise.all(ends)
}

