/** When a command should end: signals, and a reader of our output that went away. */
import type { Writable } from 'node:stream'

/** A clean stop is promised within 3 s; what hangs until here is left behind. */
const LAST_RESORT_MS = 2800

export interface Lifetime {
  /** Aborted when the command should end. */
  readonly stop: AbortSignal
  /** From now on SIGHUP calls this and ends nothing: for what runs without a terminal. */
  readonly onHangup: (run: () => void) => void
  /** Undoes the signal handlers. */
  release(): void
}

/** @param exit ends the process at once, for a stop that hangs and for a second Ctrl-C well after the first. */
export function createLifetime(outputs: readonly Writable[], exit: (code: number) => void): Lifetime {
  const controller = new AbortController()
  let stoppedAtMs: number | undefined
  const end = (): void => {
    if (stoppedAtMs !== undefined) {
      // A terminal sends Ctrl-C to a whole group, so that one press may arrive twice.
      if (performance.now() - stoppedAtMs > 500) exit(1)
      return
    }
    stoppedAtMs = performance.now()
    setTimeout(() => {
      exit(1)
    }, LAST_RESORT_MS).unref()
    controller.abort()
  }
  const onOutputError = (error: NodeJS.ErrnoException): void => {
    if (error.code !== 'EPIPE' && error.code !== 'ERR_STREAM_DESTROYED') throw error
    if (stoppedAtMs === undefined) end()
  }
  let hangup = end
  const onHangup = (): void => hangup()
  const signals: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM']
  for (const signal of signals) process.on(signal, end)
  process.on('SIGHUP', onHangup)
  for (const output of outputs) output.on('error', onOutputError)
  return {
    stop: controller.signal,
    onHangup(run) {
      hangup = run
    },
    release() {
      process.off('SIGHUP', onHangup)
      for (const signal of signals) process.off(signal, end)
    }
  }
}

/** Resolves when the signal is aborted. */
export function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => {
      resolve()
    }, { once: true })
  })
}

/** Resolves to undefined when the signal is aborted before the promise is settled. */
export async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  return Promise.race([promise, aborted(signal).then(() => undefined)])
}

/** Resolves after the time, or at once when the signal is aborted. Does not keep the process alive by itself. */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms)
    function done(): void {
      clearTimeout(timer)
      signal?.removeEventListener('abort', done)
      resolve()
    }
    if (signal?.aborted === true) done()
    else signal?.addEventListener('abort', done, { once: true })
  })
}
