/**
 * Files that people write, as editors and other tools leave them: with a mark of the byte order, in UTF-16, with the line ends of any system. The one
 * reader of all of them.
 */
import { isUtf8 } from 'node:buffer'
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'

export interface TextFile {
  /** Lines end with a line feed, the last one perhaps not. */
  readonly text: string
  /** False for a pipe or a device, which cannot be read again, and of which nothing is to be seen from outside. */
  readonly isRegular: boolean
  /** The first line (from 1) that holds bytes which are no UTF-8; each is U+FFFD in the text. */
  readonly spoiltLine?: number
}

/** The file holds no text, or too much of it. `message` is the end of a sentence that begins with the file's name. */
export class TextFileError extends Error {}

const CHUNK_BYTES = 64 * 1024
/** How long somebody may take who writes into a pipe. */
const PIPE_MS = 5000
const PIPE_LOOK_MS = 10
const CODES_OF_NOTHING_YET: ReadonlySet<string> = new Set(['EAGAIN', 'EWOULDBLOCK'])

/** @throws TextFileError, or the error of the system */
export function readTextFile(path: string, maxBytes: number): TextFile {
  // A pipe that nobody writes would hold the whole program.
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY)
  try {
    const isRegular = fstatSync(descriptor).isFile()
    return { ...decodeText(readAll(descriptor, maxBytes)), isRegular }
  } finally {
    closeSync(descriptor)
  }
}

/** @throws TextFileError */
export function decodeText(bytes: Uint8Array): Omit<TextFile, 'isRegular'> {
  const encoding = encodingOf(bytes)
  const text = new TextDecoder(encoding).decode(bytes).replace(/\r\n?/gu, '\n')
  if (text.includes('\0')) throw new TextFileError('holds NUL characters, which no text has.')
  const isSpoilt = encoding === 'utf-8' && !isUtf8(bytes)
  return { text, ...(isSpoilt ? { spoiltLine: spoiltLine(bytes) } : {}) }
}

/** By its mark, or by the zero that every second byte of plain letters is. */
function encodingOf(bytes: Uint8Array): 'utf-8' | 'utf-16le' | 'utf-16be' {
  const [first, second] = bytes
  if ((first === 0xff && second === 0xfe) || (first !== 0 && second === 0)) return 'utf-16le'
  return (first === 0xfe && second === 0xff) || (first === 0 && second !== 0 && second !== undefined) ? 'utf-16be' : 'utf-8'
}

function spoiltLine(bytes: Uint8Array): number {
  const lines = Buffer.from(bytes).toString('latin1').split(/\r\n?|\n/u)
  return lines.findIndex((line) => !isUtf8(Buffer.from(line, 'latin1'))) + 1
}

function readAll(descriptor: number, maxBytes: number): Buffer {
  const chunks: Buffer[] = []
  let total = 0
  for (const startedMs = performance.now(); ;) {
    const chunk = Buffer.alloc(CHUNK_BYTES)
    const count = readSome(descriptor, chunk)
    if (count === 0) return Buffer.concat(chunks)
    if (count === undefined) {
      if (performance.now() - startedMs > PIPE_MS) throw new TextFileError('is a pipe into which nothing is written.')
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PIPE_LOOK_MS)
      continue
    }
    total += count
    if (total > maxBytes) throw new TextFileError(`is longer than ${maxBytes} bytes.`)
    chunks.push(chunk.subarray(0, count))
  }
}

/** Undefined when there is nothing yet. */
function readSome(descriptor: number, chunk: Buffer): number | undefined {
  try {
    return readSync(descriptor, chunk)
  } catch (error) {
    if (error instanceof Error && 'code' in error && CODES_OF_NOTHING_YET.has(String(error.code))) return undefined
    throw error
  }
}
