/**
 * Messages on a byte stream, each after its length: an unsigned varint of at most three bytes in its shortest form
 * (multiformats/unsigned-varint), then that many bytes. No message is empty.
 */
import { MAX_MEMBER_MESSAGE_BYTES } from '../../core/record/limits.ts'

/** Three groups of seven bits hold 2 MiB. */
const MAX_PREFIX_BYTES = 3

export type ReadFault = 'too-long' | 'malformed'

/** The peer broke the framing; what follows on the stream has no meaning. */
export class FramingError extends Error {
  readonly fault: ReadFault

  constructor(fault: ReadFault, message: string) {
    super(message)
    this.name = 'FramingError'
    this.fault = fault
  }
}

/** The prefix and the message as one buffer. */
export function frameMessage(message: Uint8Array): Uint8Array {
  const length = message.byteLength
  const prefixBytes = length < 0x80 ? 1 : length < 0x4000 ? 2 : 3
  const framed = Buffer.allocUnsafe(prefixBytes + length)
  let rest = length
  for (let i = 0; i < prefixBytes - 1; i++) {
    framed[i] = (rest & 0x7f) | 0x80
    rest >>>= 7
  }
  framed[prefixBytes - 1] = rest
  framed.set(message, prefixBytes)
  return framed
}

/**
 * Cuts a stream into messages. Each message is a copy of its own, so that keeping a small one does not keep the network
 * buffer in which it came.
 */
export class MessageReader {
  readonly #maxBytes: number
  #prefix = 0
  #prefixBytes = 0
  #message: Uint8Array | undefined
  #filled = 0

  constructor(maxBytes: number = MAX_MEMBER_MESSAGE_BYTES) {
    this.#maxBytes = maxBytes
  }

  /**
   * The messages that this piece of the stream completes, one after another; whoever stops asking in between must not use
   * the reader again.
   * @throws {FramingError} before anything of the offending message is allocated.
   */
  *read(piece: Uint8Array): Generator<Uint8Array> {
    let at = 0
    while (at < piece.byteLength) {
      if (this.#message === undefined) {
        this.#readPrefix(piece[at]!)
        at += 1
        continue
      }
      const take = Math.min(this.#message.byteLength - this.#filled, piece.byteLength - at)
      this.#message.set(piece.subarray(at, at + take), this.#filled)
      this.#filled += take
      at += take
      if (this.#filled === this.#message.byteLength) {
        const message = this.#message
        this.#message = undefined
        yield message
      }
    }
  }

  #readPrefix(byte: number): void {
    this.#prefix |= (byte & 0x7f) << (7 * this.#prefixBytes)
    this.#prefixBytes += 1
    if ((byte & 0x80) !== 0) {
      if (this.#prefixBytes === MAX_PREFIX_BYTES) throw new FramingError('too-long', 'a message is longer than any may be')
      return
    }
    if (byte === 0) throw new FramingError('malformed', 'a message is empty, or its length is not in its shortest form')
    if (this.#prefix > this.#maxBytes) {
      throw new FramingError('too-long', `a message of ${this.#prefix} bytes is longer than the ${this.#maxBytes} that one may have`)
    }
    this.#message = new Uint8Array(this.#prefix)
    this.#filled = 0
    this.#prefix = 0
    this.#prefixBytes = 0
  }
}
