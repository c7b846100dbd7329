/** Messages that arrive after they were said: a few are shown as they are, many as a count and the last ones. */
import { messageLine } from '../commands/layout.ts'
import type { MessageView } from '../engine/api.ts'

/** Messages of one catch-up come close together; this long without one ends it. */
const QUIET_MS = 400

export class LateMessages {
  private readonly shown: number
  private readonly print: (text: string) => void
  private last: MessageView[] = []
  private count = 0
  private timer: NodeJS.Timeout | undefined

  /** @param shown how many of one catch-up are printed. */
  constructor(shown: number, print: (text: string) => void) {
    this.shown = shown
    this.print = print
  }

  add(message: MessageView): void {
    this.count++
    this.last.push(message)
    if (this.last.length > this.shown) this.last.shift()
    clearTimeout(this.timer)
    this.timer = setTimeout(() => {
      this.flush()
    }, QUIET_MS)
  }

  flush(): void {
    clearTimeout(this.timer)
    if (this.count === 0) return
    const nowMs = Date.now()
    const lines = this.last.toSorted((a, b) => a.time - b.time).map((message) => messageLine(message, nowMs))
    const hasMore = this.count > lines.length
    if (hasMore) lines.unshift(`-- ${this.count} messages arrived that were said earlier; the last ${lines.length}:`)
    this.last = []
    this.count = 0
    this.print(lines.join('\n'))
  }
}
