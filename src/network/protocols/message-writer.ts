import type { Stream } from '@libp2p/interface'
import { MAX_MEMBER_MESSAGE_BYTES } from '../../core/record/limits.ts'
import { frameMessage } from './message-reader.ts'

/** What may wait for one peer: eight of the largest messages. Bulk senders wait for the backlog to fall; who does not read is cut. */
export const MAX_BACKLOG_BYTES = 8 * MAX_MEMBER_MESSAGE_BYTES
/** The backlog is low again below this: one batch of records, so that the pipe does not run dry meanwhile. */
export const LOW_BACKLOG_BYTES = 256 * 1024
/** What is handed to the stream ahead of the network. */
const STREAM_AHEAD_BYTES = 512 * 1024
/** Small messages are written together up to this size. */
const BATCH_BYTES = 64 * 1024
const COMPACT_MESSAGES = 1024

/** Writes messages on a stream, in order, as fast as the peer reads. */
export class MessageWriter {
  readonly #stream: Stream
  readonly #onLow: () => void
  readonly #maxBacklogBytes: number
  #queue: Uint8Array[] = []
  #next = 0
  #queuedBytes = 0
  #turn: NodeJS.Immediate | undefined
  /** When bytes last moved, or began to wait. */
  #movedMs = Date.now()
  #lastBacklogBytes = 0

  /** `onLow` is called when the backlog has fallen below {@link LOW_BACKLOG_BYTES}. */
  constructor(stream: Stream, onLow: () => void, maxBacklogBytes = MAX_BACKLOG_BYTES) {
    this.#stream = stream
    this.#onLow = onLow
    this.#maxBacklogBytes = maxBacklogBytes
    // Ours is the bound; the stream only holds what is ahead, and one message.
    stream.maxWriteBufferLength = STREAM_AHEAD_BYTES + 2 * MAX_MEMBER_MESSAGE_BYTES
    // Not within the event: a stream that is told to send while it reports what it sent keeps the bytes until the next time.
    stream.addEventListener('drain', () => queueMicrotask(() => this.#pump()))
    stream.addEventListener('idle', () => queueMicrotask(() => this.#pump()))
  }

  get backlogBytes(): number {
    return this.#queuedBytes + this.#stream.writeBufferLength
  }

  /** False when the queue is full: then the message was not taken. */
  write(message: Uint8Array): boolean {
    if (this.#queuedBytes + message.byteLength > this.#maxBacklogBytes) return false
    if (this.#queuedBytes === 0 && this.#stream.writeBufferLength === 0) this.#movedMs = Date.now()
    const framed = frameMessage(message)
    this.#queue.push(framed)
    this.#queuedBytes += framed.byteLength
    // The first message of a turn goes at once, those after it together.
    if (this.#turn === undefined) {
      this.#turn = setImmediate(() => {
        this.#turn = undefined
        this.#pump()
      })
      this.#pump()
    }
    return true
  }

  /** True when bytes wait and none moved for so long. Called now and then. */
  stalled(forMs: number): boolean {
    const backlogBytes = this.backlogBytes
    const moved = backlogBytes < this.#lastBacklogBytes || backlogBytes === 0
    this.#lastBacklogBytes = backlogBytes
    if (moved) this.#movedMs = Date.now()
    return Date.now() - this.#movedMs > forMs
  }

  stop(): void {
    clearImmediate(this.#turn)
    this.#queue = []
    this.#next = 0
    this.#queuedBytes = 0
  }

  /** Hands what still waits to the stream and ends it. */
  async finish(signal: AbortSignal): Promise<void> {
    clearImmediate(this.#turn)
    while (this.#next < this.#queue.length && this.#stream.writeStatus === 'writable') {
      this.#write()
      await this.#stream.onDrain({ signal })
    }
    await this.#stream.close({ signal })
  }

  #pump(): void {
    while (
      this.#next < this.#queue.length && !this.#stream.writableNeedsDrain &&
      this.#stream.writeBufferLength < STREAM_AHEAD_BYTES && this.#stream.writeStatus === 'writable'
    ) this.#write()
    if (this.backlogBytes < LOW_BACKLOG_BYTES) this.#onLow()
  }

  #write(): void {
    const batch: Uint8Array[] = []
    let bytes = 0
    while (this.#next < this.#queue.length) {
      const framed = this.#queue[this.#next]!
      if (bytes > 0 && bytes + framed.byteLength > BATCH_BYTES) break
      batch.push(framed)
      bytes += framed.byteLength
      this.#next += 1
    }
    if (this.#next === this.#queue.length || this.#next >= COMPACT_MESSAGES) {
      this.#queue.splice(0, this.#next)
      this.#next = 0
    }
    this.#queuedBytes -= bytes
    this.#stream.send(batch.length === 1 ? batch[0]! : Buffer.concat(batch, bytes))
  }
}
