/** Cuts a byte stream into lines, with a bound on what an unfinished line may hold. */
import { isUtf8 } from 'node:buffer'

/** A request with the longest text takes some 200 KiB when every character is escaped; a batch may hold several. */
export const MAX_LINE_BYTES = 1024 * 1024

const LINE_FEED = 0x0a

export interface LineReaderInit {
  readonly maxBytes: number
  /** A whole line without its line end; undefined when it is not UTF-8. */
  readonly onLine: (line: string | undefined) => void
  /** Called once for each line that is longer; the rest of it is skipped, without keeping any of it. */
  readonly onTooLong: () => void
}

export class LineReader {
  private readonly init: LineReaderInit
  private parts: Buffer[] = []
  private partBytes = 0
  private stopped = false
  /** Inside a line that was refused: nothing counts before its end. */
  private skipping = false

  constructor(init: LineReaderInit) {
    this.init = init
  }

  feed(chunk: Buffer): void {
    let start = 0
    while (!this.stopped) {
      const end = chunk.indexOf(LINE_FEED, start)
      if (end < 0) break
      this.finish(chunk.subarray(start, end))
      start = end + 1
    }
    if (this.stopped || this.skipping || start === chunk.length) return
    this.partBytes += chunk.length - start
    if (this.partBytes <= this.init.maxBytes) {
      this.parts.push(chunk.subarray(start))
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
