/** What yamux's muxer and streams have and libp2p's interfaces do not name, and where it is made sure that they have it. */
import type { Stream, StreamMuxer } from '@libp2p/interface'
import type { Frame } from './frames.ts'

export interface YamuxStream extends Stream {
  readonly state: number
  readonly recvWindow: number
  readonly recvWindowCapacity: number
  readonly sendWindowCapacity: number
  sendWindowUpdate(): void
}

export interface YamuxMuxer extends StreamMuxer<YamuxStream> {
  decoder: { emitFrames(bytes: Uint8Array | Iterable<Uint8Array>): Iterable<Frame> }
  /** Every stream of either direction is made by this. */
  _newStream(id: number, state: number, direction: 'inbound' | 'outbound'): YamuxStream
  sendFrame(header: Frame['header'], data?: unknown): boolean
  /** Deals with each frame that {@link decoder} finds before the next; an error that is thrown in between ends the connection. */
  onData(bytes: Uint8Array | Iterable<Uint8Array>): void
}

/** @throws {TypeError} when the library has another shape than the guard relies on: rather no connection than one without bounds. */
export function yamuxMuxer(muxer: object): YamuxMuxer {
  for (const name of ['_newStream', 'sendFrame', 'onData', 'abort']) {
    if (typeof Reflect.get(muxer, name) !== 'function') throw new TypeError(`yamux has no ${name}`)
  }
  if (typeof Reflect.get(Object(Reflect.get(muxer, 'decoder')), 'emitFrames') !== 'function') throw new TypeError('yamux has no decoder')
  return muxer as YamuxMuxer
}

/** @throws {TypeError} likewise. */
export function yamuxStream(stream: object): YamuxStream {
  for (const name of ['state', 'recvWindow', 'recvWindowCapacity', 'sendWindowCapacity']) {
    if (typeof Reflect.get(stream, name) !== 'number') throw new TypeError(`a stream of yamux has no ${name}`)
  }
  if (typeof Reflect.get(stream, 'sendWindowUpdate') !== 'function') throw new TypeError('a stream of yamux has no sendWindowUpdate')
  return stream as YamuxStream
}
