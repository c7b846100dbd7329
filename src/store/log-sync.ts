/** Syncing the write-ahead log beside the event loop. What is written while a sync runs waits for the next, all of it for one. */
import { closeSync, fdatasync, openSync } from 'node:fs'

type Done = (error?: Error) => void

export class LogSync {
  private readonly path: string
  private descriptor: number | undefined
  /** Those for whom the present sync runs: they asked before it began. */
  private running: readonly Done[] | undefined
  private waiting: Done[] = []
  private closed = false

  constructor(path: string) {
    this.path = path
  }

  /** Calls `done` when all that is in the log now is on the disk, or with the error; never at once. */
  request(done: Done): void {
    if (this.closed) {
      setImmediate(done)
      return
    }
    this.waiting.push(done)
    if (this.running === undefined) this.run()
  }

  /** Called before SQLite closes the database, which syncs all that was in the log: whoever waits is answered by that. */
  close(): void {
    this.closed = true
    if (this.running === undefined) this.release()
  }

  private run(): void {
    this.running = this.waiting
    this.waiting = []
    try {
      this.descriptor ??= openSync(this.path, 'r+')
      fdatasync(this.descriptor, (error) => {
        this.finish(error ?? undefined)
      })
    } catch (error) {
      setImmediate(() => {
        this.finish(error instanceof Error ? error : new Error(String(error)))
      })
    }
  }

  private finish(error: Error | undefined): void {
    const answered = this.running ?? []
    this.running = undefined
    if (this.closed) {
      this.release()
      for (const done of [...answered, ...this.waiting]) done()
      return
    }
    if (this.waiting.length > 0) this.run()
    for (const done of answered) done(error)
  }

  private release(): void {
    if (this.descriptor !== undefined) closeSync(this.descriptor)
    this.descriptor = undefined
  }
}
