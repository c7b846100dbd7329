/**
 * stdout and stderr that lead into a file. A disk that is full destroys Node's own stream for good, as an error that ends the process; here what does not
 * fit is left out, the process goes on, and what comes after there is room again is written.
 */
import { fstatSync, writeSync } from 'node:fs'
import { Writable } from 'node:stream'

/** What a disk says: full, over the quota, over the limit for one file, broken, or gone with the machine that shared it. */
const DISK_CODES: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT', 'EFBIG', 'EIO', 'EROFS', 'ESTALE'])

export class FileOutput extends Writable {
  readonly fd: number
  /** Bytes that were left out. */
  lostBytes = 0
  /** The last line that was written is not whole. */
  private isTorn = false

  constructor(fd: number) {
    super({ decodeStrings: true })
    this.fd = fd
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error) => void): void {
    let written = 0
    try {
      if (this.isTorn) writeSync(this.fd, '\n')
      this.isTorn = false
      while (written < chunk.length) written += writeSync(this.fd, chunk, written)
    } catch (error) {
      if (!isDiskError(error)) return done(error as Error)
      this.lostBytes += chunk.length - written
      this.isTorn ||= written > 0
    }
    done()
  }
}

export function isDiskError(error: unknown): boolean {
  return error instanceof Error && 'code' in error && DISK_CODES.has(String(error.code))
}

/** Puts a {@link FileOutput} in the place of stdout and stderr where these are files, or devices that are no terminals. */
export function keepFileOutputs(): void {
  // A process over its limit for the size of files is ended by this signal, before any write could fail.
  if (process.platform !== 'win32') process.on('SIGXFSZ', () => undefined)
  for (const [name, fd] of [['stdout', 1], ['stderr', 2]] as const) {
    if (process[name].isTTY || !isFile(fd)) continue
    Object.defineProperty(process, name, { value: new FileOutput(fd), configurable: true, enumerable: true })
  }
}

/** Bytes of stdout that were left out. */
export function lostOfStdout(): number {
  return (process.stdout as unknown) instanceof FileOutput ? (process.stdout as unknown as FileOutput).lostBytes : 0
}

function isFile(fd: number): boolean {
  try {
    const stats = fstatSync(fd)
    return stats.isFile() || stats.isCharacterDevice()
  } catch {
    return false
  }
}
