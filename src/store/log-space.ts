/**
 * Room for the write-ahead log ahead of what is written. A sync of a file that grew, or whose blocks were never written, waits for the file
 * system's journal and with it for what every other process is writing; a sync of blocks that were written before waits for those alone.
 */
import { closeSync, fdatasync, fstatSync, ftruncateSync, openSync, statfsSync, writeSync } from 'node:fs'

const STEP = new Uint8Array(1024 * 1024)
/** Nothing is set aside on a disk on which so many logs would not fit. */
const LOGS_TO_SPARE = 64

/**
 * Appends zeros to the log's file, step by step. SQLite reads a log up to the first frame that does not carry the present salt and a right
 * checksum, and writes at places that it counts by itself, so what stands behind its last frame is nothing to it.
 */
export class LogSpace {
  private readonly path: string
  private readonly wanted: number
  private descriptor: number | undefined
  private growing = false
  private closed = false

  /** @param wanted bytes that the log's file should have */
  constructor(path: string, wanted: number) {
    this.path = path
    this.wanted = wanted
  }

  /** Begins to add what is missing. SQLite must have opened the log. Without effect where the disk has no room, or refuses. */
  grow(): void {
    if (this.growing || this.closed) return
    try {
      const { bavail, bsize } = statfsSync(this.path)
      if (bavail * bsize < this.wanted * LOGS_TO_SPARE) return
      this.descriptor ??= openSync(this.path, 'r+')
    } catch {
      // The log works without.
      return
    }
    this.growing = true
    setImmediate(() => this.step()).unref()
  }

  /** Before SQLite takes the log away. */
  close(): void {
    this.closed = true
    if (!this.growing) this.release()
  }

  /** Writes one step at once, so that SQLite cannot have written there meanwhile, and syncs it beside the event loop. */
  private step(): void {
    const descriptor = this.descriptor
    if (descriptor === undefined || !this.append(descriptor)) return this.rest()
    fdatasync(descriptor, () => {
      if (this.closed) this.rest()
      else this.step()
    })
  }

  /** False when there is no more to add. */
  private append(descriptor: number): boolean {
    try {
      const { size } = fstatSync(descriptor)
      if (this.closed || size >= this.wanted) return false
      const length = Math.min(STEP.length, this.wanted - size)
      if (writeSync(descriptor, STEP, 0, length, size) === length) return true
      // The disk has filled up since: what was taken is given back.
      ftruncateSync(descriptor, size)
      return false
    } catch {
      return false
    }
  }

  private rest(): void {
    this.growing = false
    if (this.closed) this.release()
  }

  private release(): void {
    if (this.descriptor !== undefined) closeSync(this.descriptor)
    this.descriptor = undefined
  }
}
