/** What arrives after it was said or done: a little is shown as it is, much as a count and the last of it. */
import { timelineLines } from '../commands/layout.ts'
import type { ActView, MessageView } from '../engine/api.ts'

/** What belongs to one catch-up comes close together; this long without any ends it. */
const QUIET_MS = 400

export class LateMessages {
  private readonly shown: number
  private readonly print: (text: string) => void
  private last: (MessageView | ActView)[] = []
  private count = 0
  private timer: NodeJS.Timeout | undefined

  /** @param shown how many of one catch-up are printed. */
  constructor(shown: number, print: (text: string) => void) {
    this.shown = shown
    this.print = print
  }

  add(event: MessageView | ActView): void {
    this.count++
    this.last.push(event)
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
    const messages = this.last.filter((event) => 'kind' in event)
    const acts = this.last.filter((event) => 'action' in event)
    const lines = timelineLines(messages, acts, nowMs)
    const hasMore = this.count > lines.length
    if (hasMore) lines.unshift(`-- ${this.count} lines arrived that are from earlier; the last ${lines.length}:`)
    this.last = []
    this.count = 0
    this.print(lines.join('\n'))
  }
}
