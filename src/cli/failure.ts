/** How a command ends: its exit code, and one sentence when it failed. */
import { sanitiseLine } from '../core/text/sanitise.ts'
import { ApiError } from '../engine/api.ts'
import { StoreError } from '../engine/ports.ts'
import { NetworkError } from '../network/network-error.ts'

export const EXIT_DONE = 0
export const EXIT_FAILED = 1
export const EXIT_USAGE = 2
export const EXIT_NOT_REACHED = 3

export type ExitCode = 0 | 1 | 2 | 3

/** Something a person can do something about. `message` is one sentence. */
export class Failure extends Error {
  readonly exitCode: ExitCode

  constructor(message: string, exitCode: ExitCode = EXIT_FAILED, options?: ErrorOptions) {
    super(message, options)
    this.name = 'Failure'
    this.exitCode = exitCode
  }
}

/** Wrong usage: the command line, the environment or the configuration file says something that cannot be. */
export function usage(message: string): Failure {
  return new Failure(message, EXIT_USAGE)
}

export function exitCodeOf(error: unknown): ExitCode {
  return error instanceof Failure ? error.exitCode : EXIT_FAILED
}

/** One line for stderr. `withStack` adds where it happened, for whoever asked for debugging. */
export function describeFailure(error: unknown, withStack: boolean): string {
  const sentence = sanitiseLine(sentenceOf(error)).trim()
  if (!withStack || !(error instanceof Error) || error.stack === undefined) return `p2pchat: ${sentence}`
  return `p2pchat: ${sentence}\n${error.stack}`
}

function sentenceOf(error: unknown): string {
  const isSentence = error instanceof Failure || error instanceof ApiError || error instanceof StoreError || error instanceof NetworkError
  if (isSentence) return error.message
  if (!(error instanceof Error)) return `it failed: ${String(error)}`
  return systemSentence(error) ?? `it failed inside: ${error.message} (--log-level debug says where)`
}

const SYSTEM: Readonly<Record<string, string>> = {
  EACCES: 'may not be accessed',
  EPERM: 'may not be accessed',
  EROFS: 'is on a read-only disk',
  ENOSPC: 'cannot be written, the disk is full',
  ENOENT: 'does not exist',
  EISDIR: 'is a folder',
  ENOTDIR: 'has a file where a folder should be',
  EDQUOT: 'cannot be written, your quota of the disk is used up',
  EFBIG: 'would be larger than a file may be',
  EIO: 'cannot be read or written, the disk or device fails',
  ELOOP: 'is a link that leads round in a circle',
  ENAMETOOLONG: 'has a name that is too long',
  ENXIO: 'is a pipe that nobody reads',
  EPIPE: 'is a pipe that nobody reads any more',
  ETXTBSY: 'is a program that is running',
  EMFILE: 'cannot be opened, this process has as many files open as it may (ulimit -n)',
  ENFILE: 'cannot be opened, this machine has as many files open as it may'
}

/** What the operating system refused, and to which file (`of`, where the error itself names another); undefined for any other error. */
export function systemSentence(error: unknown, of?: string): string | undefined {
  if (!(error instanceof Error)) return undefined
  const { code, path } = error as NodeJS.ErrnoException
  const what = code === undefined ? undefined : SYSTEM[code]
  if (what === undefined) return undefined
  const file = of ?? path
  return file === undefined ? `Something ${what}: ${error.message}.` : `${file} ${what}.`
}
