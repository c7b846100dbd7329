/** Where the lines of the plain conversation come from: a person at a terminal, or a pipe. */
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'

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

/** Nobody sees what comes through a pipe, so there is nothing to show. */
export function pipedLines(input: Readable): LineSource {
  const lines = createInterface({ input, terminal: false, crlfDelay: Infinity })
  const iterator = lines[Symbol.asyncIterator]()
  const nothing = (): void => undefined
  return {
    async next() {
      try {
        const { done, value } = await iterator.next()
        return done === true ? undefined : value
      } catch {
        // A terminal that is gone, or a disk that fails: there are no more.
        return undefined
      }
    },
    prompt: nothing,
    breakOff: nothing,
    offer: nothing,
    close() {
      lines.close()
    }
  }
}
