/** What every command of the command line is given, and what it gives back. */
import type { ReadStream, WriteStream } from 'node:tty'
import type { ExitCode } from './failure.ts'
import type { NodeConfig } from './options.ts'

export interface CliContext {
  readonly config: NodeConfig
  /** What the command line, the environment and config.toml say now. Rejects with Failure for a mistake. */
  readonly reread: () => Promise<NodeConfig>
  readonly version: string
  /** Aborted by SIGINT, SIGTERM, SIGHUP, and when nobody reads our output any more. */
  readonly stop: AbortSignal
  /** From now on SIGHUP calls this instead. */
  readonly onHangup: (run: () => void) => void
  /** `isTTY` is undefined where it is none, whatever its type says. */
  readonly input: ReadStream & { fd: 0 }
  readonly output: WriteStream & { fd: 1 }
}

/** A command with its arguments and options as the command line parser hands them over. */
export type Subcommand<Args extends readonly unknown[]> = (context: CliContext, ...args: Args) => Promise<ExitCode>
