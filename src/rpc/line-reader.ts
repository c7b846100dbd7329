/** Cuts a byte stream into lines, with a bound on what an unfinished line may hold. */
import { isUtf8 } from 'node:buffer'

/** A request with the longest text takes some 200 KiB when every character is escaped; a batch may hold several. */
export const MAX_LINE_BYTES = 1024 * 1024

const LINE_FEED = 0x0a
const EMPTY = Buffer.alloc(0)

export interface LineReaderInit {
  readonly maxBytes: number
  /** A whole line without its line end; undefined when it is not UTF-8. */
  readonly onLine: (line: string | undefined) => void
  /** Called once for each line that is longer; the rest of it is skipped, without keeping any of it. */
  readonly onTooLong: () => void
  /** Asked before each line: while it is true no line is told. What came already is kept; the caller lets no more come. */
  readonly isHeld?: () => boolean
}

export class LineReader {
  private readonly init: LineReaderInit
  private parts: Buffer[] = []
  private partBytes = 0
  private stopped = false
  /** Inside a line that was refused: nothing counts before its end. */
  private skipping = false
  /** What came and was not looked at, since no line was to be told. */
  private rest: Buffer = EMPTY

  constructor(init: LineReaderInit) {
    this.init = init
  }

  feed(chunk: Buffer): void {
    this.rest = this.rest.length === 0 ? chunk : Buffer.concat([this.rest, chunk])
    this.resume()
  }

  /** Whether lines wait that were not told. */
  get isBehind(): boolean {
    return this.rest.length > 0
  }

  /** Tells what waits, as long as it is not held. */
  resume(): void {
    while (!this.stopped) {
      if (this.init.isHeld?.() === true) return
      const end = this.rest.indexOf(LINE_FEED)
      if (end < 0) break
      const line = this.rest.subarray(0, end)
      this.rest = this.rest.subarray(end + 1)
      this.finish(line)
    }
    const rest = this.rest
    this.rest = EMPTY
    if (this.stopped || this.skipping || rest.length === 0) return
    this.partBytes += rest.length
    if (this.partBytes <= this.init.maxBytes) {
      this.parts.push(rest)
      return
    }
    this.skipping = true
    this.refuse()
  }

  /** The stream ended: what was left is a line as well. */
  end(): void {
    if (!this.stopped && this.partBytes > 0) this.finish(Buffer.alloc(0))
    this.stop()
  }

  stop(): void {
    this.stopped = true
    this.rest = EMPTY
    this.parts = []
    this.partBytes = 0
  }

  private finish(tail: Buffer): void {
    if (this.skipping) {
      this.skipping = false
      return
    }
    if (this.partBytes + tail.length > this.init.maxBytes) {
      this.refuse()
      return
    }
    const bytes = this.parts.length === 0 ? tail : Buffer.concat([...this.parts, tail])
    this.parts = []
    this.partBytes = 0
    this.init.onLine(isUtf8(bytes) ? bytes.toString('utf8') : undefined)
  }

  private refuse(): void {
    this.parts = []
    this.partBytes = 0
    this.init.onTooLong()
  }
}
