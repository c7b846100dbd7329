/** Writes lines to a stream: all lines of one turn of the loop in one write, and with a count of what was not taken yet. */
import type { Writable } from 'node:stream'

export class LineWriter {
  private readonly output: Writable
  private readonly onTaken: () => void
  private pending = ''
  private scheduled = false
  private closed = false

  /** @param onTaken called each time the reader has taken something, and `backlogBytes` is less than it was */
  constructor(output: Writable, onTaken: () => void) {
    this.output = output
    this.onTaken = onTaken
  }

  /** Does nothing once the stream is gone. */
  write(line: string): void {
    if (this.closed || !this.output.writable) return
    this.pending += line + '\n'
    if (this.scheduled) return
    this.scheduled = true
    queueMicrotask(() => {
      this.scheduled = false
      this.hand()
    })
  }

  /** Bytes (characters, for those of this turn) that the reader did not take yet. */
  get backlogBytes(): number {
    return this.pending.length + this.output.writableLength
  }

  /** Resolves when everything was taken, the stream is gone, or the deadline has passed. */
  async flush(deadlineMs: number): Promise<void> {
    this.hand()
    if (!this.output.writable || this.output.writableLength === 0) return
    const output = this.output
    await new Promise<void>((resolve) => {
      const done = (): void => {
        clearTimeout(timer)
        output.off('close', done)
        output.off('error', done)
        resolve()
      }
      const timer = setTimeout(done, deadlineMs)
      output.once('close', done)
      output.once('error', done)
      output.write('', done)
    })
  }

  /** Nothing is written from now on. */
  close(): void {
    this.hand()
    this.closed = true
  }

  private hand(): void {
    if (this.pending === '') return
    const lines = this.pending
    this.pending = ''
    if (this.output.writable) this.output.write(lines, this.onTaken)
  }
}
