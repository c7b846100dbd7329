/** What every command of the command line is given, and what it gives back. */
import type { Readable, Writable } from 'node:stream'
import type { ExitCode } from './failure.ts'
import type { NodeConfig } from './options.ts'

export interface CliContext {
  readonly config: NodeConfig
  readonly version: string
  /** Aborted by SIGINT, SIGTERM, SIGHUP, and when nobody reads our output any more. */
  readonly stop: AbortSignal
  readonly input: Readable & { isTTY?: boolean }
  readonly output: Writable & { isTTY?: boolean }
}

/** A command with its arguments and options as the command line parser hands them over. */
export type Subcommand<Args extends readonly unknown[]> = (context: CliContext, ...args: Args) => Promise<ExitCode>
