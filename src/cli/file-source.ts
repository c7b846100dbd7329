/**
 * A file that a person named, as a stream that can be given up at any time. It may be a FIFO that nobody writes, or a terminal: opened or read in the
 * ordinary way, these block a thread of the pool, for which the process waits even when it exits.
 */
import { close, constants, createReadStream, createWriteStream, fstat, open } from 'node:fs'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { addAbortSignal } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { isatty, ReadStream } from 'node:tty'
import { promisify } from 'node:util'

/** A chunk is judged before the next one is read: small enough that Ctrl-C is heard. */
const CHUNK_BYTES = 64 * 1024
/** Without O_NONBLOCK the open itself waits for somebody who writes. */
const FLAGS = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY

/** Standard input, where a command takes a file. */
const STDIN = '-'

export interface FileSource {
  /** Chunks of at most 64 KiB. Fails with an `AbortError` when it is stopped. */
  readonly stream: Readable
  /** Bytes; 0 when nobody knows, as of a pipe. */
  readonly size: number
}

/** @throws the error of the operating system when the file cannot be opened */
export async function openFile(path: string, stop: AbortSignal): Promise<FileSource> {
  if (path === STDIN) return { stream: addAbortSignal(stop, process.stdin), size: 0 }
  const fd = await promisify(open)(path, FLAGS)
  try {
    const stats = await promisify(fstat)(fd)
    const size = stats.isFile() ? stats.size : 0
    return { stream: addAbortSignal(stop, streamOf(path, fd, stats.isFIFO())), size }
  } catch (error) {
    close(fd)
    throw error
  }
}

function streamOf(path: string, fd: number, isPipe: boolean): Readable {
  if (isPipe) return new Socket({ fd, readable: true, writable: false })
  return isatty(fd) ? new ReadStream(fd) : createReadStream(path, { fd, highWaterMark: CHUNK_BYTES })
}

export interface Rereadable {
  /** Of a file that says the same each time. */
  readonly path: string
  release(): Promise<void>
}

/**
 * For what is read twice: a pipe says what it has to say once, so that it is written into a file of its own first.
 * @throws the error of the operating system; of a full disk, with the path of that file
 */
export async function rereadable(path: string, stop: AbortSignal): Promise<Rereadable> {
  const there = path === STDIN ? undefined : await stat(path)
  if (there?.isFile() === true || there?.isDirectory() === true) return { path, release: async () => undefined }
  const folder = await mkdtemp(join(tmpdir(), 'p2pchat-import-'))
  const release = (): Promise<void> => rm(folder, { recursive: true, force: true })
  try {
    const copy = join(folder, 'archive')
    const { stream } = await openFile(path, stop)
    await pipeline(stream, createWriteStream(copy, { mode: 0o600 }))
    return { path: copy, release }
  } catch (error) {
    await release()
    throw error
  }
}
