/**
 * Finds connections whose other end is gone without a word (a link down, a laptop shut). libp2p's own monitor closes a connection at the first ping that
 * goes unanswered, which makes WAN links flap; here it takes several times as long.
 *
 * The pings are those of yamux: a header there and one back. libp2p's ping protocol opens a stream for each, which both ends negotiate, and note in the
 * peer store: a millisecond of work, twenty-five times a second on a server with 200 clients.
 */
import type { Connection, Libp2p } from '@libp2p/interface'
import { relayPeerOf } from './addresses.ts'
import type { NetworkTiming } from './timing.ts'

/** Of the rounds of pings, those through servers: each is carried twice there and back. */
const RELAYED_EVERY = 32

/** What libp2p's connection and yamux have and their interfaces do not name. */
interface Muxed {
  readonly muxer?: { ping(): Promise<number> }
}

export class Liveness {
  readonly #libp2p: Libp2p
  readonly #timing: NetworkTiming
  readonly #log: (text: string) => void
  readonly #isServer: (peerId: string) => boolean
  /** Times in a row in which no answer came. */
  readonly #strikes = new WeakMap<Connection, number>()
  readonly #pinging = new WeakSet<Connection>()
  readonly #stop = new AbortController()
  #timer: NodeJS.Timeout | undefined
  #checks = 0

  constructor(libp2p: Libp2p, timing: NetworkTiming, log: (text: string) => void, isServer: (peerId: string) => boolean) {
    this.#libp2p = libp2p
    this.#timing = timing
    this.#log = log
    this.#isServer = isServer
  }

  start(): void {
    this.#libp2p.addEventListener('connection:open', ({ detail }) => this.#onAnother(detail), { signal: this.#stop.signal })
    this.#timer = setInterval(() => this.#onTime(), this.#timing.pingIntervalMs)
    this.#timer.unref()
  }

  stop(): void {
    clearInterval(this.#timer)
    this.#stop.abort()
  }

  /**
   * Through a server of ours it is enough that both ends are watched by the server, and watch it, all as often as this: when one of them is lost, the server
   * ends what it carries for it.
   */
  #onTime(): void {
    const isForRelayed = this.#checks++ % RELAYED_EVERY === 0
    for (const connection of this.#libp2p.getConnections()) {
      if (this.#pinging.has(connection)) continue
      const relay = relayPeerOf(connection.remoteAddr)
      if (isForRelayed || relay === undefined || !this.#isServer(relay)) void this.#watch(connection)
    }
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

  /** Waits for the answer to one ping until the strikes are used up: on a connection nothing is lost, only late. */
  async #watch(connection: Connection): Promise<void> {
    this.#pinging.add(connection)
    const answered = ping(connection)
    while (connection.status === 'open' && !this.#stop.signal.aborted && !(await this.#inTime(answered))) {
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

  /** False when no answer came within the time of one ping, or none will come. */
  async #inTime(answered: Promise<boolean>): Promise<boolean> {
    return new Promise((resolve) => {
      const late = setTimeout(resolve, this.#timing.pingTimeoutMs, false).unref()
      void answered.then((yes) => {
        clearTimeout(late)
        resolve(yes)
      })
    })
  }
}

/** Resolves with true once an answer came, and with false when the connection has ended. It cannot be called off: yamux takes a late answer for a fault. */
async function ping(connection: Connection & Muxed): Promise<boolean> {
  try {
    await connection.muxer?.ping()
    return true
  } catch {
    return false
  }
}
