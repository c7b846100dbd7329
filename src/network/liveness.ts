/**
 * Finds connections whose other end is gone without a word (a link down, a laptop shut). libp2p's own monitor closes a
 * connection at the first ping that goes unanswered, which makes WAN links flap; here it takes several in a row.
 */
import type { Connection, Libp2p } from '@libp2p/interface'
import type { NetworkTiming } from './timing.ts'

const PING_PROTOCOL = '/ipfs/ping/1.0.0'
const PING_BYTES = 32

export class Liveness {
  readonly #libp2p: Libp2p
  readonly #timing: NetworkTiming
  readonly #log: (text: string) => void
  readonly #strikes = new WeakMap<Connection, number>()
  readonly #pinging = new WeakSet<Connection>()
  readonly #stop = new AbortController()
  #timer: NodeJS.Timeout | undefined

  constructor(libp2p: Libp2p, timing: NetworkTiming, log: (text: string) => void) {
    this.#libp2p = libp2p
    this.#timing = timing
    this.#log = log
  }

  start(): void {
    this.#libp2p.addEventListener('connection:open', ({ detail }) => this.#onAnother(detail), { signal: this.#stop.signal })
    this.#timer = setInterval(() => this.check(), this.#timing.pingIntervalMs)
    this.#timer.unref()
  }

  stop(): void {
    clearInterval(this.#timer)
    this.#stop.abort()
  }

  /** Pings every connection. `now`: the one ping decides, since something happened by which connections die. */
  check(how: 'now' | 'patiently' = 'patiently'): void {
    for (const connection of this.#libp2p.getConnections()) {
      if (how === 'now') this.#strikes.set(connection, this.#timing.pingStrikes - 1)
      if (!this.#pinging.has(connection)) void this.#watch(connection)
    }
  }

  /** Somebody who is connected connects again: mostly because the earlier connection is dead at that end, and what is sent by it is lost. */
  #onAnother(connection: Connection): void {
    for (const other of this.#libp2p.getConnections(connection.remotePeer)) {
      if (other === connection || other.direct !== connection.direct) continue
      this.#strikes.set(other, this.#timing.pingStrikes - 1)
      if (!this.#pinging.has(other)) void this.#watch(other)
    }
  }

  /** Pings until an answer comes or the strikes are used up. */
  async #watch(connection: Connection): Promise<void> {
    this.#pinging.add(connection)
    while (connection.status === 'open' && !this.#stop.signal.aborted && !(await this.#answers(connection))) {
      const strikes = (this.#strikes.get(connection) ?? 0) + 1
      this.#strikes.set(connection, strikes)
      this.#log(`a ping is lost, ${strikes} in a row, to ${connection.remotePeer.toString()}`)
      if (strikes < this.#timing.pingStrikes || this.#stopped()) continue
      this.#log(`${connection.remotePeer.toString()} does not answer any more at ${connection.remoteAddr.toString()}`)
      connection.abort(new Error('no answer to pings'))
    }
    this.#pinging.delete(connection)
    this.#strikes.delete(connection)
  }

  /** A call and not the field, which changes while a ping is awaited. */
  #stopped(): boolean {
    return this.#stop.signal.aborted
  }

  async #answers(connection: Connection): Promise<boolean> {
    const timeout = AbortSignal.timeout(this.#timing.pingTimeoutMs)
    const signal = AbortSignal.any([this.#stop.signal, timeout])
    try {
      const stream = await connection.newStream(PING_PROTOCOL, { signal, runOnLimitedConnection: true })
      try {
        await echo(stream, signal)
        await stream.close({ signal })
      } catch (error) {
        stream.abort(error instanceof Error ? error : new Error(String(error)))
        return false
      }
      return true
    } catch (error) {
      // A refusal is an answer too.
      return error instanceof Error && /UnsupportedProtocol|TooMany/.test(error.name)
    }
  }
}

/** Resolves once the peer has sent back as many bytes as it got. */
async function echo(stream: Awaited<ReturnType<Connection['newStream']>>, signal: AbortSignal): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  let missing = PING_BYTES
  stream.addEventListener('message', (event) => {
    missing -= event.data.byteLength
    if (missing <= 0) resolve()
  })
  stream.addEventListener('close', () => reject(new Error('closed')), { once: true })
  signal.addEventListener('abort', () => reject(new Error('no answer in time')), { once: true })
  // Sending may fail before anybody waits for it.
  promise.catch(() => undefined)
  stream.send(crypto.getRandomValues(new Uint8Array(PING_BYTES)))
  await promise
}
