/** The calls that a bench makes into its worker processes. Times are nanoseconds of the shared clock, as numbers of ms or µs where named. */
export interface WorkerCalls {
  start: (directory: string) => Promise<string>
  connect: (address: string) => Promise<void>
  join: () => Promise<void>
  /** Sends `count` texts, one each `intervalMs`, without waiting for one before the next. */
  pace: (run: number, count: number, intervalMs: number) => Promise<SentReport>
  /** Sends `count` texts as fast as they are accepted, with at most `window` not yet accepted. */
  blast: (run: number, count: number, window: number) => Promise<SentReport>
  /** Resolves once `count` different texts of the run came, or nothing came for `patienceMs`. */
  collect: (run: number, count: number, patienceMs: number) => Promise<ReceivedReport>
  /** How many different texts of the run came so far. */
  received: (run: number) => Promise<number>
  /** CPU time of the worker so far, user and kernel. */
  cpuMs: () => Promise<number>
  stop: () => Promise<void>
}

export interface SentReport {
  readonly firstNs: string
  readonly lastNs: string
}

export interface ReceivedReport {
  readonly count: number
  /** From the send call to the listener's, for each text. */
  readonly latenciesMs: readonly number[]
  readonly lastNs: string
}

export type CallName = keyof WorkerCalls

export interface CallMessage {
  readonly id: number
  readonly name: CallName
  readonly args: readonly unknown[]
}

export type AnswerMessage = { readonly id: number; readonly value: unknown } | { readonly id: number; readonly error: string }
