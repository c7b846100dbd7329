import type { Stream } from '@libp2p/interface'

/** What yamux's stream has and the interface of streams does not name. */
interface YamuxStream {
  readonly state: number
  readonly recvWindow: number
  readonly recvWindowCapacity: number
  sendWindowUpdate(): void
}

/** yamux's StreamState.Established. Before it, an update carries the flag that answers the opening of the stream. */
const ESTABLISHED = 3

/**
 * Makes a stream give back its receive window once half of it is used, as other implementations of yamux do. As it comes, it
 * answers every frame of data at once, before anybody reads it: an encryption, a system call and a packet here, and all
 * that again at the peer, for every message of a chat. A sender that runs out of window has used more than half, so it
 * never waits for an update that does not come.
 */
export function spareWindowUpdates(stream: Stream): void {
  if (!isYamux(stream)) return
  const update = stream.sendWindowUpdate.bind(stream)
  stream.sendWindowUpdate = () => {
    if (stream.state !== ESTABLISHED || stream.recvWindowCapacity <= stream.recvWindow / 2) update()
  }
}

function isYamux(stream: object): stream is YamuxStream {
  return 'sendWindowUpdate' in stream && 'recvWindow' in stream && 'recvWindowCapacity' in stream && 'state' in stream
}
