import type { YamuxStream } from './yamux-internals.ts'

/** yamux's StreamState.Established. Before it, an update carries the flag that answers the opening of the stream. */
const ESTABLISHED = 3

/**
 * A stream gives back its receive window once half of it is used, as those of other implementations do. As it comes, it answers every frame of data at once,
 * before anybody reads it: an encryption, a system call and a packet here, and all that again at the peer, for every message of a chat; and through a relay
 * twice. A sender that runs out of window has used more than half, so it never waits for an update that does not come.
 */
export function spareWindowUpdates(stream: YamuxStream): void {
  const update = stream.sendWindowUpdate.bind(stream)
  stream.sendWindowUpdate = () => {
    if (stream.state !== ESTABLISHED || stream.recvWindowCapacity <= stream.recvWindow / 2) update()
  }
}
