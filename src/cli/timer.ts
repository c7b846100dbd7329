/** Timers for any span of time. */

/** setTimeout takes 31 bits, some 25 days; a longer delay would run at once. */
const MAX_DELAY_MS = 2 ** 31 - 1

export interface TimerInit {
  /** Whether the process waits for it; it does, if not said. */
  readonly keepsAlive?: boolean
}

/** Runs it once after so many ms. Returns a function that calls it off. */
export function afterSpan(delayMs: number, run: () => void, { keepsAlive = true }: TimerInit = {}): () => void {
  let timer: NodeJS.Timeout
  let leftMs = Math.max(delayMs, 0)
  const wait = (): void => {
    const stepMs = Math.min(leftMs, MAX_DELAY_MS)
    leftMs -= stepMs
    timer = setTimeout(leftMs > 0 ? wait : run, stepMs)
    if (!keepsAlive) timer.unref()
  }
  wait()
  return () => clearTimeout(timer)
}
