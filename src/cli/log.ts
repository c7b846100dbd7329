/**
 * The log: JSON lines to a file or to a stderr that is none of a person's, readable lines to one that is, lines with their level to the journal. Never stdout.
 */
import { dirname, resolve } from 'node:path'
import { pino, type DestinationStream } from 'pino'
import { escapeUnprintable } from '../core/text/json.ts'
import { sanitiseLine, sanitiseText } from '../core/text/sanitise.ts'
import { Failure } from './failure.ts'
import { isJournal, journalText } from './journal.ts'
import { makeFolder } from '../store/folder.ts'
import type { LogLevel } from './options.ts'
import { LogFile } from './log-file.ts'

export interface Log {
  debug(text: string): void
  info(text: string): void
  warn(text: string): void
  error(text: string): void
}

export interface LevelledLog extends Log {
  /** From now on so much is logged. */
  setLevel(level: LogLevel): void
  /** Begins a new file where the one of before was moved away. */
  reopen(): void
}

export interface LogInit {
  readonly level: LogLevel
  readonly file: string | undefined
  /** False where the screen belongs to a conversation: then only a file is logged to. */
  readonly toStderr: boolean
  /** Where a person is told that the log cannot be written; stderr, if not said. */
  readonly tell?: (sentence: string) => void
}

const LEVEL_NAMES: Readonly<Record<number, string>> = { 10: 'trace', 20: 'debug', 30: 'info', 40: 'warn', 50: 'error' }

/** Throws Failure when the file cannot be written. */
export function createLog(init: LogInit): LevelledLog {
  const destination = destinationOf(init)
  if (destination === undefined) return SILENT
  const logger = pino({ level: init.level, base: null, hooks: { streamWrite: escapeUnprintable } }, destination)
  // Texts may quote what peers sent; a log is read in terminals as well.
  return {
    debug: (text) => {
      logger.debug(sanitiseText(text))
    },
    info: (text) => {
      logger.info(sanitiseText(text))
    },
    warn: (text) => {
      logger.warn(sanitiseText(text))
    },
    error: (text) => {
      logger.error(sanitiseText(text))
    },
    setLevel: (level) => {
      logger.level = level
    },
    reopen: () => {
      if (destination instanceof LogFile) destination.reopen()
    }
  }
}

const nothing = (): void => undefined
export const SILENT: LevelledLog = { debug: nothing, info: nothing, warn: nothing, error: nothing, setLevel: nothing, reopen: nothing }

function destinationOf({ file, toStderr, tell = tellOnStderr }: LogInit): DestinationStream | undefined {
  if (file !== undefined) return fileDestination(resolve(file), tell)
  if (!toStderr) return undefined
  if (isJournal(2, process.env)) return { write: (line) => void process.stderr.write(journalText(line)) }
  return { write: process.stderr.isTTY ? writeReadable : (line) => void process.stderr.write(line) }
}

function fileDestination(path: string, onFault: (sentence: string) => void): LogFile {
  try {
    makeFolder(dirname(path))
    return new LogFile(path, { onFault })
  } catch (error) {
    throw new Failure(`The log file ${sanitiseLine(path)} cannot be written: ${error instanceof Error ? error.message : String(error)}.`)
  }
}

function tellOnStderr(sentence: string): void {
  process.stderr.write(`p2pchat: ${sanitiseLine(sentence)}\n`)
}

function writeReadable(line: string): void {
  const { level, time, msg } = JSON.parse(line) as { level: number; time: number; msg: string }
  process.stderr.write(`${new Date(time).toISOString().slice(11, 23)} ${LEVEL_NAMES[level] ?? ''} ${msg}\n`)
}
