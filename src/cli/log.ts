/** The log: JSON lines to a file or to a stderr that is none of a person's, readable lines to one that is. Never stdout. */
import { accessSync, constants } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { pino, type DestinationStream } from 'pino'
import { sanitiseLine, sanitiseText } from '../core/text/sanitise.ts'
import { Failure } from './failure.ts'
import { makeFolder } from '../store/folder.ts'
import type { LogLevel } from './options.ts'
import { rotatingFile } from './rotating-file.ts'

export interface Log {
  debug(text: string): void
  info(text: string): void
  warn(text: string): void
  error(text: string): void
}

export interface LevelledLog extends Log {
  /** From now on so much is logged. */
  setLevel(level: LogLevel): void
}

export interface LogInit {
  readonly level: LogLevel
  readonly file: string | undefined
  /** False where the screen belongs to a conversation: then only a file is logged to. */
  readonly toStderr: boolean
}

const LEVEL_NAMES: Readonly<Record<number, string>> = { 10: 'trace', 20: 'debug', 30: 'info', 40: 'warn', 50: 'error' }

/** Throws Failure when the file cannot be written. */
export function createLog(init: LogInit): LevelledLog {
  const destination = destinationOf(init)
  if (destination === undefined) return SILENT
  const logger = pino({ level: init.level, base: null }, destination)
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
    }
  }
}

const nothing = (): void => undefined
export const SILENT: LevelledLog = { debug: nothing, info: nothing, warn: nothing, error: nothing, setLevel: nothing }

function destinationOf(init: LogInit): DestinationStream | undefined {
  if (init.file !== undefined) return fileDestination(resolve(init.file))
  if (!init.toStderr) return undefined
  return process.stderr.isTTY ? { write: writeReadable } : pino.destination({ dest: 2, sync: true })
}

function fileDestination(path: string): DestinationStream {
  try {
    makeFolder(dirname(path))
    accessSync(dirname(path), constants.W_OK)
    return rotatingFile(path)
  } catch (error) {
    throw new Failure(`The log file ${sanitiseLine(path)} cannot be written: ${error instanceof Error ? error.message : String(error)}.`)
  }
}

function writeReadable(line: string): void {
  const { level, time, msg } = JSON.parse(line) as { level: number; time: number; msg: string }
  process.stderr.write(`${new Date(time).toISOString().slice(11, 23)} ${LEVEL_NAMES[level] ?? ''} ${msg}\n`)
}
