import { Bucket } from '../../core/bucket.ts'
import { TransportViolation } from './violation.ts'

/**
 * A frame with less payload than this is thin: it costs about as much work as it would with so much. One with more earns what thin ones cost, so that bytes
 * are never too many, only frames for the bytes.
 */
const THIN_BYTES = 64
/**
 * For so many bytes that we send, the peer may answer with one thin frame. An honest one gives back its window after 128 KiB, in the frames of some
 * implementations after each frame of data, which here are written together and have a few KiB when there is much to write.
 */
const SENT_BYTES_PER_ANSWER = 1024
/** Thin frames at once and for each second, without anything being sent. A stream costs five: opened, negotiated in two, half closed, closed. */
const THIN_BURST = 2048
const THIN_PER_SECOND = 64
/** Pings, each of which is answered. Ours come every eight seconds, and twice at the start; others' every ten or thirty. */
const PING_BURST = 64
const PINGS_PER_SECOND = 8
/**
 * Streams that the peer opens. Each is negotiated, which costs a hundred times what a frame costs. One of which it is agreed what it is for gives back what
 * it cost here: the budget of its protocol counts from then on (protocol-budgets.ts).
 */
const OPENING_BURST = 64
const OPENINGS_PER_SECOND = 8
/** Of the frames of one stream, those that are thin. */
const FRAMES_OF_STREAM = 3

/** What one connection may cost in work that carries nothing. Times are ms of whatever clock the caller uses. */
export class FrameBudget {
  readonly #thin: Bucket
  readonly #pings: Bucket
  readonly #openings: Bucket

  constructor(nowMs: number) {
    this.#thin = new Bucket(THIN_BURST, THIN_PER_SECOND, nowMs)
    this.#pings = new Bucket(PING_BURST, PINGS_PER_SECOND, nowMs)
    this.#openings = new Bucket(OPENING_BURST, OPENINGS_PER_SECOND, nowMs)
  }

  /** A frame came, or a message of the encryption under it. @throws {TransportViolation} beyond the budget. */
  frame(payloadBytes: number, nowMs: number): void {
    if (payloadBytes >= THIN_BYTES) this.#thin.give(payloadBytes / THIN_BYTES - 1)
    else this.#spend(this.#thin, 1 - payloadBytes / THIN_BYTES, 'frames that carry nothing', nowMs)
  }

  /** @throws {TransportViolation} beyond the budget. */
  ping(nowMs: number): void {
    this.#spend(this.#pings, 1, 'pings', nowMs)
  }

  /** @throws {TransportViolation} beyond the budget. */
  opening(nowMs: number): void {
    this.#spend(this.#openings, 1, 'streams', nowMs)
  }

  /** It is agreed what a stream is for. */
  agreed(): void {
    this.#openings.give(1)
    this.#thin.give(FRAMES_OF_STREAM)
  }

  sent(bytes: number): void {
    this.#thin.give(bytes / SENT_BYTES_PER_ANSWER)
  }

  #spend(bucket: Bucket, tokens: number, what: string, nowMs: number): void {
    if (!bucket.take(tokens, nowMs)) throw new TransportViolation(`too many ${what}`)
  }
}
