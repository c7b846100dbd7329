/**
 * A log file. It does not grow without end: at its largest size it becomes `FILE.1`, that becomes `FILE.2`, and so on; the oldest goes. A line that cannot
 * be written is left out and counted, and nothing ends by it. What is no regular file (a device, a pipe) is written to and never renamed.
 */
import {
  closeSync, constants, fchmodSync, fchownSync, fstatSync, openSync, realpathSync, renameSync, rmSync, statSync, writeSync
} from 'node:fs'
import type { Stats } from 'node:fs'
import { printableJson } from '../core/text/json.ts'
import { isDiskError } from './file-output.ts'
import { systemSentence } from './failure.ts'

const MAX_FILE_BYTES = 10 * 1024 * 1024
const KEPT_FILES = 5
/** Between two attempts to open a file that could not be had. */
const OPEN_AGAIN_MS = 1000
/** A pipe that nobody reads fails at once; without this the program would wait for somebody. */
const FLAGS = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NOCTTY | constants.O_NONBLOCK
const NEW_FILE_MODE = 0o600

export interface LogFileInit {
  /** Told once, in a sentence, when a line cannot be written; again only after one could be. */
  readonly onFault: (sentence: string) => void
  readonly maxBytes?: number
  readonly kept?: number
}

export class LogFile {
  private readonly path: string
  private readonly onFault: (sentence: string) => void
  private readonly maxBytes: number
  private readonly kept: number
  private descriptor: number | undefined
  private bytes = 0
  private isRegular = false
  private lostLines = 0
  private triedMs = -OPEN_AGAIN_MS
  /** The last line that was written is not whole. */
  private isTorn = false

  /** @throws the error of the system for a path that cannot be a log; a disk that is full is no such error, and a pipe without a reader none either */
  constructor(path: string, { onFault, maxBytes = MAX_FILE_BYTES, kept = KEPT_FILES }: LogFileInit) {
    this.path = path
    this.onFault = onFault
    this.maxBytes = maxBytes
    this.kept = kept
    try {
      this.open()
    } catch (error) {
      if (!isPassing(error)) throw error
      this.failed(error)
    }
  }

  write(line: string): void {
    const data = Buffer.from(line)
    if (this.bytes > 0 && this.bytes + data.length > this.maxBytes) this.rotate()
    try {
      const descriptor = this.descriptor ?? this.openAgain()
      if (descriptor === undefined) {
        this.lostLines++
        return
      }
      if (this.isTorn) writeSync(descriptor, '\n')
      this.isTorn = false
      if (this.lostLines > 0) this.append(descriptor, Buffer.from(lostText(this.lostLines)))
      this.lostLines = 0
      this.append(descriptor, data)
    } catch (error) {
      this.failed(error)
    }
  }

  /** Somebody moved the file away: begins a new one. */
  reopen(): void {
    this.close()
    this.triedMs = -OPEN_AGAIN_MS
  }

  private append(descriptor: number, data: Buffer): void {
    let written = 0
    try {
      while (written < data.length) written += writeSync(descriptor, data, written)
    } finally {
      this.bytes += written
      this.isTorn = written > 0 && written < data.length
    }
  }

  private failed(error: unknown): void {
    const why = systemSentence(error, this.path) ?? String(error)
    if (this.lostLines++ === 0) this.onFault(`The log cannot be written: ${why} Nothing else is affected.`)
    // The reader of a pipe is gone: the next one is waited for.
    if (error instanceof Error && 'code' in error && error.code === 'EPIPE') this.close()
  }

  private openAgain(): number | undefined {
    if (performance.now() - this.triedMs < OPEN_AGAIN_MS) return undefined
    this.triedMs = performance.now()
    this.open()
    return this.descriptor
  }

  /** @param like what is there now, whose rights and owner a new file is given */
  private open(like?: Stats): void {
    this.descriptor = openSync(this.path, FLAGS, like === undefined ? NEW_FILE_MODE : like.mode & 0o777)
    const stats = fstatSync(this.descriptor)
    this.isRegular = stats.isFile()
    this.bytes = this.isRegular ? stats.size : 0
    if (like !== undefined) giveRights(this.descriptor, like)
  }

  private close(): void {
    if (this.descriptor !== undefined) closeSync(this.descriptor)
    this.descriptor = undefined
  }

  private rotate(): void {
    this.bytes = 0
    if (!this.isRegular || this.descriptor === undefined) return
    try {
      const like = fstatSync(this.descriptor)
      shift(this.path, this.kept)
      this.close()
      this.open(like)
    } catch {
      // Better one file that is too long than no log at all; tried again after as many lines more.
    }
  }
}

/** Through a link, to what it leads to. What was moved away meanwhile need not be. */
function shift(path: string, kept: number): void {
  const file = statSync(path, { throwIfNoEntry: false }) === undefined ? undefined : realpathSync(path)
  if (file === undefined) return
  rmSync(`${file}.${kept}`, { force: true })
  for (let n = kept - 1; n >= 1; n--) if (sizeOf(`${file}.${n}`) > 0) renameSync(`${file}.${n}`, `${file}.${n + 1}`)
  renameSync(file, `${file}.1`)
}

function giveRights(descriptor: number, { mode, uid, gid }: Stats): void {
  try {
    fchmodSync(descriptor, mode & 0o777)
    fchownSync(descriptor, uid, gid)
  } catch {
    // Only root may give a file away; it is written all the same.
  }
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0
}

function isPassing(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return isDiskError(error) || ['ENXIO', 'EMFILE', 'ENFILE'].includes(code)
}

/** As the other lines are. */
function lostText(lines: number): string {
  const msg = `${lines} ${lines === 1 ? 'line' : 'lines'} of this log could not be written.`
  return printableJson({ level: 40, time: Date.now(), msg }) + '\n'
}
