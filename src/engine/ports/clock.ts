/** Time and chance, which come from outside. */

export interface Clock {
  /** Wall clock, milliseconds since the epoch. May jump. */
  nowMs(): number
  /** Calls `run` once after `delayMs`. The timer does not keep the process alive. Returns a function that cancels. */
  after(delayMs: number, run: () => void): () => void
  /** Calls `run` once, as soon as what is under way has ended (setImmediate): where a batch is closed. */
  soon(run: () => void): void
}

export interface Random {
  bytes(count: number): Uint8Array
}
