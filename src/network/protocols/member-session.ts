/**
 * One session with one peer: the stream that we opened and write, and the one that the peer opened and we read.
 */
import type { Stream, StreamMessageEvent } from '@libp2p/interface'
import { FramingError, MessageReader } from './message-reader.ts'
import { LOW_BACKLOG_BYTES, MessageWriter } from './message-writer.ts'

/** Nothing is ever read from the stream that we opened; who writes there anyway loses it. */
const MAX_UNREAD_BYTES = 1024
/** What may arrive before our own stream is open and reading begins. */
const MAX_EARLY_BYTES = 4 * 1024 * 1024

export interface SessionEvents {
  onMessage(message: Uint8Array): void
  /** One of the streams is gone: the session is over. Called once. */
  onEnd(why: string): void
  /** The peer broke the framing. Called before {@link onEnd}. */
  onViolation(why: string): void
}

export class MemberSession {
  readonly #events: SessionEvents
  readonly #writer: MessageWriter
  readonly #outbound: Stream
  #inbound: Stream | undefined
  #waiting: (() => void)[] = []
  readonly #over = Promise.withResolvers<void>()
  #ended = false

  constructor(outbound: Stream, events: SessionEvents) {
    this.#events = events
    this.#outbound = outbound
    outbound.maxReadBufferLength = MAX_UNREAD_BYTES
    outbound.addEventListener('close', () => this.end('our stream was closed'))
    this.#writer = new MessageWriter(outbound, () => this.#wakeWaiting())
  }

  get hasInbound(): boolean {
    return this.#inbound !== undefined
  }

  get backlogBytes(): number {
    return this.#ended ? 0 : this.#writer.backlogBytes
  }

  /** Begins to read what the peer writes. */
  attach(inbound: Stream): void {
    this.#inbound = inbound
    const reader = new MessageReader()
    inbound.addEventListener('message', (event) => this.#read(reader, event.data))
    inbound.addEventListener('close', () => this.end('its stream was closed'))
    inbound.addEventListener('remoteCloseWrite', () => this.end('it ended its stream'))
    if (inbound.status !== 'open' || inbound.remoteWriteStatus === 'closed') this.end('its stream was closed')
    else if (inbound.readStatus === 'paused') inbound.resume()
  }

  write(message: Uint8Array): boolean {
    return !this.#ended && this.#writer.write(message)
  }

  onDrained(run: () => void): void {
    if (this.backlogBytes < LOW_BACKLOG_BYTES) queueMicrotask(run)
    else this.#waiting.push(run)
  }

  stalled(forMs: number): boolean {
    return this.#writer.stalled(forMs)
  }

  /** Ends the session at once; what was queued is lost. */
  end(why: string): void {
    if (this.#ended) return
    this.#ended = true
    this.#writer.stop()
    const reason = new Error(`session over: ${why}`)
    this.#outbound.abort(reason)
    this.#inbound?.abort(reason)
    this.#wakeWaiting()
    this.#over.resolve()
    this.#events.onEnd(why)
  }

  /**
   * Ends the session after what was queued has been read: the peer, when it comes to the end of our stream, ends the session
   * too. Closing the connection any sooner would lose what is still under way.
   */
  async finish(signal: AbortSignal): Promise<void> {
    if (this.#ended) return
    signal.addEventListener('abort', () => this.end('we are leaving'), { once: true })
    // Whoever does not take it in time does without.
    await this.#writer.finish(signal).catch(() => this.end('we are leaving'))
    await this.#over.promise
  }

  #read(reader: MessageReader, data: StreamMessageEvent['data']): void {
    if (this.#ended) return
    try {
      for (const piece of data instanceof Uint8Array ? [data] : data) {
        for (const message of reader.read(piece)) {
          this.#events.onMessage(message)
          if (this.#isEnded()) return
        }
      }
    } catch (error) {
      if (!(error instanceof FramingError)) throw error
      this.#events.onViolation(error.message)
      this.end(error.message)
    }
  }

  /** A call and not the field: a handler may end the session in between, which the type checker cannot know. */
  #isEnded(): boolean {
    return this.#ended
  }

  #wakeWaiting(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const run of waiting) queueMicrotask(run)
  }
}

/** Holds back a stream that came before ours is open. */
export function holdBack(inbound: Stream): void {
  inbound.maxReadBufferLength = MAX_EARLY_BYTES
  inbound.pause()
}
