/**
 * What a peer may still send on each stream of one connection: as much as its window, and on one that we ended what it sent before it knew. Everything else
 * is for no stream, and no honest peer sends it. yamux itself throws such data away, after it has come, whatever its length.
 */
import { FLAG, FRAME } from './frames.ts'
import type { FrameHeader } from './frames.ts'
import { TransportViolation } from './violation.ts'

/** What may be sent on a stream before anything is said about its window (yamux: INITIAL_STREAM_WINDOW). */
const INITIAL_WINDOW_BYTES = 256 * 1024
/** A window is told in 32 bits. */
const MAX_WINDOW_BYTES = 2 ** 32 - 1
/** Streams that we ended and the peer has not; the oldest are forgotten. Some hundreds are ended in a round trip at the most. */
const MAX_ENDED = 1024

/** The windows of a stream as it is now. */
export interface StreamWindows {
  readonly recvWindowCapacity: number
  readonly sendWindowCapacity: number
}

export class StreamLedger {
  readonly #open = new Map<number, StreamWindows>()
  /** By stream: bytes that may still come on what is not open here (any more). */
  readonly #ended = new Map<number, number>()
  /** Open streams on which the peer said that nothing more comes. */
  readonly #silent = new Set<number>()

  opened(id: number, windows: StreamWindows): void {
    this.#open.set(id, windows)
    this.#ended.delete(id)
  }

  closed(id: number): void {
    const stream = this.#open.get(id)
    if (stream === undefined) return
    this.#open.delete(id)
    if (!this.#silent.delete(id)) this.#remember(id, stream.recvWindowCapacity)
  }

  /** @throws {TransportViolation} if no honest peer sends this now. */
  check({ type, flag, streamID, length }: FrameHeader): void {
    const opens = (flag & FLAG.syn) !== 0
    // Whether it is opened is decided later; what comes on a stream that was refused was sent before that was known.
    if (opens && !this.#open.has(streamID)) this.#remember(streamID, INITIAL_WINDOW_BYTES)
    if (type === FRAME.data) this.#checkData(streamID, length)
    else this.#checkWindow(streamID, length, opens)
    if ((flag & (FLAG.fin | FLAG.rst)) === 0) return
    if (this.#open.has(streamID)) this.#silent.add(streamID)
    else if (!opens) this.#ended.delete(streamID)
  }

  #checkData(id: number, length: number): void {
    if (length === 0) return
    const stream = this.#open.get(id)
    if (stream === undefined) {
      const left = this.#ended.get(id)
      if (left === undefined) throw new TransportViolation('data for no stream')
      if (length > left) throw new TransportViolation('more data than a stream has window')
      this.#ended.set(id, left - length)
    } else if (this.#silent.has(id)) throw new TransportViolation('data after the end of a stream')
    else if (length > stream.recvWindowCapacity) throw new TransportViolation('more data than a stream has window')
  }

  #checkWindow(id: number, growth: number, opens: boolean): void {
    const window = this.#open.get(id)?.sendWindowCapacity ?? (opens ? INITIAL_WINDOW_BYTES : 0)
    if (window + growth > MAX_WINDOW_BYTES) throw new TransportViolation('a window beyond 32 bits')
  }

  #remember(id: number, bytes: number): void {
    this.#ended.delete(id)
    this.#ended.set(id, bytes)
    if (this.#ended.size > MAX_ENDED) this.#ended.delete(this.#ended.keys().next().value!)
  }
}
