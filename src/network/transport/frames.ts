/**
 * yamux frames, read from bytes as they arrive (the yamux specification of hashicorp, version 0): a header of 12 bytes, and behind that of a data frame so
 * many bytes as it says. Payload is handed on as it comes and never collected, so that a frame costs no memory whatever length it announces.
 */
import { TransportViolation } from './violation.ts'

export const FRAME = { data: 0, windowUpdate: 1, ping: 2, goAway: 3 } as const
export const FLAG = { syn: 1, ack: 2, fin: 4, rst: 8 } as const

const HEADER_BYTES = 12
const VERSION = 0
/** Payload that is a smaller part of what it arrived in is copied, so that keeping it does not keep the rest. */
const COPIED_BELOW = 1 / 4

export interface FrameHeader {
  readonly type: number
  readonly flag: number
  readonly streamID: number
  /** Bytes of payload, of a data frame; else what the type says: a window's growth, the number of a ping, a reason. */
  readonly length: number
}

/** One frame, or a piece of the payload of a data frame, which then looks like a frame of its own. */
export interface Frame {
  readonly header: FrameHeader
  readonly data?: Uint8Array
}

const NOTHING = new Uint8Array(0)

export class FrameDecoder {
  readonly #admit: (header: FrameHeader) => boolean
  readonly #header = Buffer.alloc(HEADER_BYTES)
  #headerBytes = 0
  /** The data frame whose payload is under way, the bytes that it still lacks, and whether it is thrown away. */
  #open: FrameHeader | undefined
  #lacking = 0
  #isWanted = true

  /** `admit` is asked about each header before anything follows from it: false throws the frame away. It may throw. */
  constructor(admit: (header: FrameHeader) => boolean) {
    this.#admit = admit
  }

  /** The frames that end in these bytes, and what there is of the last one's payload. Each is to be dealt with before the next is asked for. */
  * emitFrames(bytes: Uint8Array | Iterable<Uint8Array>): Generator<Frame> {
    for (const chunk of bytes instanceof Uint8Array ? [bytes] : bytes) {
      let at = 0
      while (at < chunk.byteLength) {
        if (this.#open === undefined) {
          at += this.#takeHeader(chunk, at)
          if (this.#headerBytes < HEADER_BYTES) break
          this.#headerBytes = 0
          const header = readHeader(this.#header)
          this.#isWanted = this.#admit(header)
          if (header.type === FRAME.data && header.length > 0) {
            this.#open = header
            this.#lacking = header.length
          } else if (this.#isWanted) yield header.type === FRAME.data ? { header, data: NOTHING } : { header }
          continue
        }
        const end = Math.min(chunk.byteLength, at + this.#lacking)
        const piece = this.#piece(this.#open, chunk, at, end)
        at = end
        if (this.#isWanted) yield piece
      }
    }
  }

  #takeHeader(chunk: Uint8Array, at: number): number {
    const part = chunk.subarray(at, at + HEADER_BYTES - this.#headerBytes)
    this.#header.set(part, this.#headerBytes)
    this.#headerBytes += part.byteLength
    return part.byteLength
  }

  /** The first piece opens a stream or confirms it, the last one ends it. */
  #piece(open: FrameHeader, chunk: Uint8Array, from: number, to: number): Frame {
    const isFirst = this.#lacking === open.length
    this.#lacking -= to - from
    const isLast = this.#lacking === 0
    if (isLast) this.#open = undefined
    const flag = open.flag & ((isFirst ? FLAG.syn | FLAG.ack : 0) | (isLast ? FLAG.fin | FLAG.rst : 0))
    const part = chunk.subarray(from, to)
    const data = to - from < chunk.buffer.byteLength * COPIED_BELOW ? new Uint8Array(part) : part
    return { header: { type: open.type, flag, streamID: open.streamID, length: to - from }, data }
  }
}

function readHeader(bytes: Buffer): FrameHeader {
  if (bytes[0] !== VERSION) throw new TransportViolation(`a frame of version ${bytes[0]}`)
  return { type: bytes[1]!, flag: bytes.readUInt16BE(2), streamID: bytes.readUInt32BE(4), length: bytes.readUInt32BE(8) }
}
