/** When a command should end: signals, a terminal that was closed, and a reader of our output that went away. */
import type { Readable, Writable } from 'node:stream'

/** A clean stop is promised within 3 s; what hangs until here is left behind. */
const LAST_RESORT_MS = 2800
/** A terminal sends Ctrl-C to a whole group, so that one press may arrive twice. */
const ONE_PRESS_MS = 500
/** What a shell says of a process that was ended by SIGHUP, and what whoever ends in good order because of it says too. */
export const EXIT_HANGUP = 129

export interface Lifetime {
  /** Aborted when the command should end. */
  readonly stop: AbortSignal
  /** Whether it ends because its terminal is gone. */
  readonly isHungUp: () => boolean
  /** From now on SIGHUP calls this and ends nothing, nor does output that cannot be written: for what runs without a terminal, for good. */
  readonly onHangup: (run: () => void) => void
  /** Undoes the signal handlers. */
  release(): void
}

/** What has to do with the process and its terminal. */
export interface Surroundings {
  readonly inputs: readonly (Readable & { isTTY?: boolean })[]
  readonly outputs: readonly (Writable & { isTTY?: boolean })[]
  /** Ends the process at once, for a stop that hangs and for a second Ctrl-C well after the first. */
  readonly exit: (code: number) => void
}

export function createLifetime({ inputs, outputs, exit }: Surroundings): Lifetime {
  const controller = new AbortController()
  let stoppedAtMs: number | undefined
  let isHungUp = false
  let reload: (() => void) | undefined
  const end = (): void => {
    if (stoppedAtMs !== undefined) {
      if (performance.now() - stoppedAtMs > ONE_PRESS_MS) exit(1)
      return
    }
    stoppedAtMs = performance.now()
    setTimeout(() => {
      exit(isHungUp ? EXIT_HANGUP : 1)
    }, LAST_RESORT_MS).unref()
    controller.abort()
  }
  // The system, the shell and whoever started us may each say it.
  const hangUp = (): void => {
    if (stoppedAtMs !== undefined) return
    isHungUp = true
    end()
  }
  const onSignalled = (): void => (reload ?? hangUp)()
  const signals: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM']
  for (const signal of signals) process.on(signal, end)
  process.on('SIGHUP', onSignalled)
  // Of a terminal that is gone every use fails, also giving it back: that is no mistake of ours, and nobody is there to be told.
  for (const output of outputs) output.on('error', () => {
    if (output.isTTY === true) hangUp()
    else if (reload === undefined && stoppedAtMs === undefined) end()
  })
  for (const input of inputs) input.on('error', () => {
    if (input.isTTY === true) hangUp()
  })
  return {
    stop: controller.signal,
    isHungUp: () => isHungUp,
    onHangup(run) {
      reload = run
    },
    release() {
      process.off('SIGHUP', onSignalled)
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
