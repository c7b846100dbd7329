/** Many requests for the same within a short time become one: the first of them starts the wait. */

export interface Coalescer {
  request(key: string): void
  stop(): void
}

export function createCoalescer(delayMs: number, run: (key: string) => void): Coalescer {
  const waiting = new Map<string, NodeJS.Timeout>()
  return {
    request(key) {
      if (waiting.has(key)) return
      waiting.set(key, setTimeout(() => {
        waiting.delete(key)
        run(key)
      }, delayMs))
    },
    stop() {
      for (const timer of waiting.values()) clearTimeout(timer)
      waiting.clear()
    }
  }
}
