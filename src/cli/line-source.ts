/** Where the lines of the plain conversation come from: a person at a terminal, or a pipe. */
import type { Readable } from 'node:stream'
import { Failure } from './failure.ts'
import { TextDecoding } from './text-input.ts'

export interface LineSource {
  /** The next line; undefined when there are no more. */
  next(): Promise<string | undefined>
  /** Shows that a line can be typed, and what is typed of it already. */
  prompt(text: string): void
  /** Something else is about to be printed: leaves the line that is being typed. */
  breakOff(): void
  /** Puts back what was typed, for another try, if nothing was typed since. */
  offer(line: string): void
  close(): void
}

/** UTF-16 units of one line: more than any message may have, and than any command takes. */
const MAX_LINE_LENGTH = 1024 * 1024
/** Lines that wait before no more is read. */
const MAX_WAITING = 256

/**
 * Nobody sees what comes through a pipe, so there is nothing to show. A line ends with LF, CR LF or CR.
 * `next` rejects with a Failure at what is no text, and at a line longer than 1 MiB; what came before it was given.
 */
export function pipedLines(input: Readable): LineSource {
  return new PipedLines(input)
}

class PipedLines implements LineSource {
  private readonly input: Readable
  private readonly decoding = new TextDecoding('What comes on stdin')
  private readonly lines: string[] = []
  /** The line that is not whole, in the pieces in which it came. */
  private pieces: string[] = []
  private length = 0
  private endsInCr = false
  private failure: unknown
  private isOver = false
  private waiting: { resolve: (line: string | undefined) => void; reject: (error: unknown) => void } | undefined

  constructor(input: Readable) {
    this.input = input
    input.on('data', this.onData)
    // A terminal that is gone, or a disk that fails: there are no more.
    for (const end of ['end', 'error', 'close']) input.on(end, this.onEnd)
  }

  private readonly onData = (chunk: Buffer | string): void => {
    this.read(() => (typeof chunk === 'string' ? chunk : this.decoding.write(chunk)))
    if (this.lines.length >= MAX_WAITING) this.input.pause()
  }

  private readonly onEnd = (): void => {
    if (this.isOver) return
    this.read(() => this.decoding.end())
    if (this.length > 0 && this.failure === undefined) this.finish()
    this.isOver = true
    this.settle()
  }

  private read(decode: () => string): void {
    if (this.isOver || this.failure !== undefined) return
    try {
      this.split(decode())
    } catch (error) {
      this.failure = error
      this.input.pause()
    }
    this.settle()
  }

  private split(text: string): void {
    // The LF behind a CR that ended the last piece.
    let from = this.endsInCr && text.startsWith('\n') ? 1 : 0
    if (text !== '') this.endsInCr = text.endsWith('\r')
    for (const { 0: end, index } of text.matchAll(/\r\n|[\r\n]/gu)) {
      if (index < from) continue
      this.keep(text.slice(from, index))
      this.finish()
      from = index + end.length
    }
    this.keep(text.slice(from))
  }

  private keep(piece: string): void {
    if (piece === '') return
    this.pieces.push(piece)
    this.length += piece.length
    if (this.length > MAX_LINE_LENGTH) throw new Failure('A line on stdin is longer than 1 MiB, which no message and no command is.')
  }

  private finish(): void {
    this.lines.push(this.pieces.join(''))
    this.pieces = []
    this.length = 0
  }

  private settle(): void {
    const { waiting } = this
    if (waiting === undefined) return
    const line = this.lines.shift()
    if (line === undefined && this.failure === undefined && !this.isOver) return
    this.waiting = undefined
    if (line !== undefined || this.failure === undefined) waiting.resolve(line)
    else waiting.reject(this.failure)
    if (this.lines.length === 0 && this.failure === undefined && !this.isOver) this.input.resume()
  }

  async next(): Promise<string | undefined> {
    return new Promise((resolve, reject) => {
      this.waiting = { resolve, reject }
      this.settle()
    })
  }

  close(): void {
    this.isOver = true
    this.input.off('data', this.onData)
    this.input.pause()
    this.lines.length = 0
    this.settle()
  }

  prompt(): void {
    // Nothing to show.
  }

  breakOff(): void {
    // Nothing is being typed.
  }

  offer(): void {
    // Nobody is there to try again.
  }
}
