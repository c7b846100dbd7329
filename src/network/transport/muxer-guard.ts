/**
 * Bounds on what a peer may do under its streams. yamux and libp2p have few: a frame is collected up to 4 GiB, frames that carry nothing and streams that
 * are reset at once cost work without end, and answers wait for a peer that does not read. Whoever goes beyond ends its connection.
 */
import type { MessageStream, StreamMuxerFactory } from '@libp2p/interface'
import { yamux } from '@libp2p/yamux'
import type { YamuxMuxerInit } from '@libp2p/yamux'
import { steadyMs } from '../steady-clock.ts'
import { FrameBudget } from './frame-budget.ts'
import { FLAG, FRAME, FrameDecoder } from './frames.ts'
import type { FrameHeader } from './frames.ts'
import { InboundStreams } from './inbound-streams.ts'
import { StreamLedger } from './stream-ledger.ts'
import { TransportViolation } from './violation.ts'
import { spareWindowUpdates } from './window-updates.ts'
import { yamuxMuxer, yamuxStream } from './yamux-internals.ts'
import type { YamuxMuxer } from './yamux-internals.ts'

/**
 * What waits under the muxer to be written. Streams wait by themselves once nothing is taken any more, so that honest traffic comes to one frame, which is
 * as long as what waits in its stream (message-writer.ts: 2.5 MiB), and to answers without payload.
 */
const MAX_UNWRITTEN_BYTES = 4 * 1024 * 1024
/** Who says goodbye closes the connection; who does not would keep its place and have no stream. */
const GOODBYE_MS = 1000

/** yamux with a guard on each connection. */
export function guardedYamux(init: YamuxMuxerInit): () => StreamMuxerFactory {
  return () => {
    const factory = yamux(init)()
    const create = factory.createStreamMuxer.bind(factory)
    factory.createStreamMuxer = (connection) => {
      const muxer = create(connection)
      new MuxerGuard(connection, yamuxMuxer(muxer)).watch()
      return muxer
    }
    return factory
  }
}

class MuxerGuard {
  readonly #connection: MessageStream
  readonly #muxer: YamuxMuxer
  readonly #budget = new FrameBudget(steadyMs())
  readonly #ledger = new StreamLedger()
  readonly #inbound: InboundStreams
  #saidGoodbye = false

  constructor(connection: MessageStream, muxer: YamuxMuxer) {
    this.#connection = connection
    this.#muxer = muxer
    this.#inbound = new InboundStreams((violation) => muxer.abort(violation), () => this.#budget.agreed())
  }

  watch(): void {
    const muxer = this.#muxer
    this.#connection.maxWriteBufferLength = MAX_UNWRITTEN_BYTES
    muxer.decoder = new FrameDecoder((header) => this.#admit(header))
    const newStream = muxer._newStream.bind(muxer)
    muxer._newStream = (id, state, direction) => {
      const stream = yamuxStream(newStream(id, state, direction))
      spareWindowUpdates(stream)
      this.#ledger.opened(id, stream)
      stream.addEventListener('close', () => this.#ledger.closed(id))
      if (direction === 'inbound') this.#inbound.opened(id, stream)
      return stream
    }
    const abort = muxer.abort.bind(muxer)
    muxer.abort = (error) => {
      abort(error)
      // The muxer gives up by itself on some faults of the peer, and leaves a connection without streams behind.
      this.#connection.abort(error)
    }
    const sendFrame = muxer.sendFrame.bind(muxer)
    muxer.sendFrame = (header, data) => {
      if (header.type === FRAME.data) this.#budget.sent(header.length)
      return sendFrame(header, data)
    }
  }

  /** Asked at the header of each frame, when those before it have been dealt with. */
  #admit(header: FrameHeader): boolean {
    const nowMs = steadyMs()
    if (this.#saidGoodbye) return false
    if (header.type === FRAME.ping && header.flag === FLAG.syn) this.#budget.ping(nowMs)
    else this.#budget.frame(header.type === FRAME.data ? header.length : 0, nowMs)
    if (header.type === FRAME.goAway) this.#goodbye()
    if (header.type !== FRAME.data && header.type !== FRAME.windowUpdate) return true
    if (header.streamID === 0) throw new TransportViolation('a stream numbered 0')
    this.#ledger.check(header)
    if (header.type === FRAME.data) this.#inbound.data(header.streamID, header.length)
    if ((header.flag & FLAG.syn) === 0) return true
    this.#budget.opening(nowMs)
    if (this.#inbound.hasRoom) return true
    this.#muxer.sendFrame({ type: FRAME.windowUpdate, flag: FLAG.rst, streamID: header.streamID, length: 0 })
    return false
  }

  #goodbye(): void {
    this.#saidGoodbye = true
    const late = setTimeout(() => this.#connection.abort(new TransportViolation('a goodbye that is not one')), GOODBYE_MS).unref()
    this.#connection.addEventListener('close', () => clearTimeout(late))
  }
}
