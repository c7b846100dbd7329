/**
 * For requests that come in bursts: the first is carried out at once; those that follow within `delayMs` become a single one
 * at its end.
 */
export interface Coalescer {
  request(key: string): void
  stop(): void
}

export function createCoalescer(delayMs: number, run: (key: string) => void): Coalescer {
  /** By key: the time until which it rests, and whether it was asked for meanwhile. */
  const resting = new Map<string, { timer: NodeJS.Timeout; again: boolean }>()
  const start = (key: string): void => {
    const timer = setTimeout(() => {
      const again = resting.get(key)?.again === true
      resting.delete(key)
      if (again) start(key)
    }, delayMs)
    resting.set(key, { timer, again: false })
    run(key)
  }
  return {
    request(key) {
      const rest = resting.get(key)
      if (rest === undefined) start(key)
      else rest.again = true
    },
    stop() {
      for (const { timer } of resting.values()) clearTimeout(timer)
      resting.clear()
    }
  }
}
