/**
 * A file that a person named, as a stream that can be given up at any time. It may be a FIFO that nobody writes, or a terminal: opened or read in the
 * ordinary way, these block a thread of the pool, for which the process waits even when it exits.
 */
import { close, constants, createReadStream, fstat, open } from 'node:fs'
import { Socket } from 'node:net'
import type { Readable } from 'node:stream'
import { addAbortSignal } from 'node:stream'
import { isatty, ReadStream } from 'node:tty'
import { promisify } from 'node:util'

/** A chunk is judged before the next one is read: small enough that Ctrl-C is heard. */
const CHUNK_BYTES = 64 * 1024
/** Without O_NONBLOCK the open itself waits for somebody who writes. */
const FLAGS = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY

export interface FileSource {
  /** Chunks of at most 64 KiB. Fails with an `AbortError` when it is stopped. */
  readonly stream: Readable
  /** Bytes; 0 when nobody knows, as of a pipe. */
  readonly size: number
}

/** @throws the error of the operating system when the file cannot be opened */
export async function openFile(path: string, stop: AbortSignal): Promise<FileSource> {
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
