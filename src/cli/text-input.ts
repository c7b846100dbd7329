/** Text that comes in by a pipe or a file: UTF-8, or UTF-16 that says so. Anything else is refused, since what it would become is nobody's text. */
import { Failure } from './failure.ts'

const LINE_FEED = 0x0a
const UTF8_MARK = [0xef, 0xbb, 0xbf]
const UTF16_MARKS = [[[0xff, 0xfe], 'utf-16le'], [[0xfe, 0xff], 'utf-16be']] as const

/** Decodes chunks that may be cut anywhere. Says what is wrong in a sentence about `what`: `the text on stdin`. */
export class TextDecoding {
  readonly #what: string
  #decoder: InstanceType<typeof TextDecoder> | undefined
  /** The first bytes, until there are enough to know the encoding. */
  #start: Uint8Array = new Uint8Array(0)
  #failure: Error | undefined

  constructor(what: string) {
    this.#what = what
  }

  /** @throws {Failure} when it is no text, or in another encoding */
  write(chunk: Uint8Array): string {
    if (this.#decoder !== undefined) return this.#decode(chunk, true)
    this.#start = Buffer.concat([this.#start, chunk])
    if (this.#start.length < UTF8_MARK.length && mayBeMark(this.#start)) return ''
    return this.#begin(true)
  }

  /** @throws {Failure} when the last character is cut off */
  end(): string {
    if (this.#failure !== undefined) throw this.#failure
    return this.#decoder === undefined ? this.#begin(false) : this.#decode(new Uint8Array(0), false)
  }

  #begin(stream: boolean): string {
    const wide = UTF16_MARKS.find(([mark]) => startsWith(this.#start, mark))
    // The mark is taken off by the decoder.
    this.#decoder = new TextDecoder(wide?.[1] ?? 'utf-8', { fatal: true })
    return this.#decode(this.#start, stream)
  }

  /** Line by line, so that what stands before that which is no text is given; that is thrown by the next call. */
  #decode(bytes: Uint8Array, stream: boolean): string {
    if (this.#failure !== undefined) throw this.#failure
    let text = ''
    try {
      for (let from = 0; from < bytes.length; ) {
        const end = bytes.indexOf(LINE_FEED, from)
        const to = end < 0 ? bytes.length : end + 1
        text += this.#part(bytes.subarray(from, to), true)
        from = to
      }
      return stream ? text : text + this.#part(new Uint8Array(0), false)
    } catch (error) {
      if (text === '') throw error
      this.#failure = error as Error
      return text
    }
  }

  #part(bytes: Uint8Array, stream: boolean): string {
    let text: string
    try {
      text = this.#decoder!.decode(bytes, { stream })
    } catch {
      throw new Failure(`${this.#what} is not UTF-8 text; iconv -t UTF-8 converts what is in another encoding. Nothing of it was sent.`)
    }
    if (!text.includes('\0')) return text
    throw new Failure(`${this.#what} is not text: it holds NUL characters, as programs, pictures and UTF-16 without a mark do.`)
  }
}

/** The whole at once. @throws {Failure} as {@link TextDecoding} */
export function decodeText(bytes: Uint8Array, what: string): string {
  const decoding = new TextDecoding(what)
  const text = decoding.write(bytes)
  return text + decoding.end()
}

function startsWith(bytes: Uint8Array, mark: readonly number[]): boolean {
  return mark.every((byte, at) => bytes[at] === byte)
}

/** A byte or two that a mark may begin with. */
function mayBeMark(bytes: Uint8Array): boolean {
  const marks = [UTF8_MARK, ...UTF16_MARKS.map(([mark]) => mark)]
  return marks.some((mark) => mark.length > bytes.length && bytes.every((byte, at) => byte === mark[at]))
}
