/**
 * Group commit. What one turn of the event loop wants stored goes into one transaction, then everything that had to wait for it happens, in
 * order: persist → publish → emit. A write that fails is told to each who took part, and nothing of it happened.
 */
import type { Clock, Durability, Store, StoreOp } from './ports.ts'
import { StoreError } from './ports.ts'

export interface WriteJob {
  readonly ops: readonly StoreOp[]
  readonly durability: Durability
  /** Called once it is stored: with `full` no power cut takes it away, else only the end of the process does not. */
  written?(): void
  /** Called once no power cut takes it away, or with the reason why one may. Asking for it has the disk synced, beside what else goes on. */
  safe?(this: void, fault?: StoreError): void
  /** Called when the disk refused; nothing was stored. */
  failed?(fault: StoreError): void
}

/** Where saved state is collected at the last moment, so that a burst of records saves its room once. */
export interface Saver {
  save(): StoreOp | undefined
}

/** A turn that wants more than this stored is written at once, which bounds what a flood can pile up. */
const MAX_JOBS = 1024
/** A writer that was idle for so long writes at the end of what is under way; a busy one gathers a whole turn of the event loop. */
const IDLE_MS = 2

export interface Writer {
  add(job: WriteJob): void
  /** Saves this room's state along with the next transaction. */
  touch(saver: Saver): void
  flush(): void
}

export function createWriter(store: Store, clock: Clock, reportFault: (fault: StoreError) => void): Writer {
  let jobs: WriteJob[] = []
  let savers = new Set<Saver>()
  let scheduled = false
  let flushedMs = 0

  function flush(): void {
    scheduled = false
    flushedMs = clock.nowMs()
    if (jobs.length === 0 && savers.size === 0) return
    const [group, saving] = [jobs, savers]
    jobs = []
    savers = new Set()
    const ops = group.flatMap((job) => job.ops)
    for (const saver of saving) {
      const op = saver.save()
      if (op !== undefined) ops.push(op)
    }
    const durability = group.some((job) => job.durability === 'full') ? 'full' : 'normal'
    try {
      if (ops.length > 0) store.write(ops, durability)
    } catch (error) {
      if (!(error instanceof StoreError)) throw error
      // First of all everything is as it was before; whoever hears of it may act at once.
      for (const job of group) guarded(() => job.failed?.(error))
      reportFault(error)
      return
    }
    for (const job of group) guarded(() => job.written?.())
    const careful = group.filter(({ safe }) => safe !== undefined)
    if (careful.length === 0) return
    const tell = (fault?: StoreError): void => {
      for (const job of careful) guarded(() => job.safe?.(fault))
      if (fault !== undefined) reportFault(fault)
    }
    // What was written goes out before the disk is busy with it.
    if (durability === 'full') tell()
    else clock.soon(() => store.sync(tell))
  }

  /** A disk that refuses reading as well does not keep the others of the group from hearing what became of them. */
  function guarded(run: () => void): void {
    try {
      run()
    } catch (error) {
      if (!(error instanceof StoreError)) throw error
      reportFault(error)
    }
  }

  function schedule(): void {
    if (scheduled) return
    scheduled = true
    const idleMs = clock.nowMs() - flushedMs
    if (idleMs >= 0 && idleMs < IDLE_MS) clock.soon(flush)
    else queueMicrotask(flush)
  }

  return {
    add(job) {
      jobs.push(job)
      if (jobs.length >= MAX_JOBS) flush()
      else schedule()
    },
    touch(saver) {
      savers.add(saver)
      schedule()
    },
    flush
  }
}
