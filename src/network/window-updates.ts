import type { Stream, StreamMuxerFactory } from '@libp2p/interface'
import { yamux } from '@libp2p/yamux'
import type { YamuxMuxerInit } from '@libp2p/yamux'

/** What yamux's stream has and the interface of streams does not name. */
interface YamuxStream {
  readonly state: number
  readonly recvWindow: number
  readonly recvWindowCapacity: number
  sendWindowUpdate(): void
}

/** yamux's StreamState.Established. Before it, an update carries the flag that answers the opening of the stream. */
const ESTABLISHED = 3

/** What yamux's muxer has besides: every stream of either direction is made by this. */
interface YamuxMuxer {
  _newStream(id: number, state: number, direction: 'inbound' | 'outbound'): Stream
}

/**
 * Yamux whose streams give back their receive window once half of it is used, as other implementations do. As it comes, it answers every frame of data at
 * once, before anybody reads it: an encryption, a system call and a packet here, and all that again at the peer, for every message of a chat; and
 * through a relay twice. A sender that runs out of window has used more than half, so it never waits for an update that does not come.
 */
export function yamuxSparingUpdates(init: YamuxMuxerInit): () => StreamMuxerFactory {
  return () => {
    const factory = yamux(init)()
    const create = factory.createStreamMuxer.bind(factory)
    factory.createStreamMuxer = (connection) => {
      const muxer = create(connection)
      spareIn(muxer)
      return muxer
    }
    return factory
  }
}

function spareIn(muxer: object): void {
  if (!isYamuxMuxer(muxer)) return
  const open = muxer._newStream.bind(muxer)
  muxer._newStream = (...args) => {
    const stream = open(...args)
    spareWindowUpdates(stream)
    return stream
  }
}

function spareWindowUpdates(stream: Stream): void {
  if (!isYamux(stream)) return
  const update = stream.sendWindowUpdate.bind(stream)
  stream.sendWindowUpdate = () => {
    if (stream.state !== ESTABLISHED || stream.recvWindowCapacity <= stream.recvWindow / 2) update()
  }
}

function isYamuxMuxer(muxer: object): muxer is YamuxMuxer {
  return '_newStream' in muxer
}

function isYamux(stream: object): stream is YamuxStream {
  return 'sendWindowUpdate' in stream && 'recvWindow' in stream && 'recvWindowCapacity' in stream && 'state' in stream
}
