/** Performs what crowd.ts decides. */
import type { Connection, Libp2p } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'
import { CLIENT_CROWD, hadTime, isGreedy, RANK, serverCrowd, toClose } from './crowd.ts'
import type { CrowdLimits, Esteem, Tenant, Worth } from './crowd.ts'
import { hostOf } from './hosts.ts'
import type { ServerStreams } from './protocols/server-stream.ts'
import type { Reach } from './reach.ts'
import type { Redialer } from './redial.ts'
import { limitsOf } from './serve.ts'
import type { ServeInit } from './serve.ts'
import { steadyMs } from './steady-clock.ts'

/** Others that are made room for at a time. */
const MAX_WAITING = 16
/** How often it is looked at who has had the time to show what it is good for. */
const EVERY_MS = 1000

interface CrowdView {
  readonly limits: CrowdLimits
  isChosen(peerId: string): boolean
  isServed(peerId: string): boolean
  isKept(peerId: string): boolean
  /** Dialled for the DHT alone. */
  isErrand(peerId: string): boolean
  /** Others that could be dialled now, if there were room. */
  waiting(): number
  /** `tried`: it had the time to show what it is good for. */
  onClosed(peerId: string, tried: boolean): void
}

interface Parts {
  readonly redialer: Redialer
  readonly servers: ServerStreams
  readonly reach: Reach
}

/** What the parts of the network know of who is worth what. */
function crowdView(serve: ServeInit | undefined, { redialer, servers, reach }: Parts): CrowdView {
  return {
    limits: serve === undefined ? CLIENT_CROWD : serverCrowd(limitsOf(serve).maxConnections),
    isChosen: (peerId) => redialer.isConfigured(peerId) || servers.isWanted(peerId) || reach.places.relays().includes(peerId),
    isServed: (peerId) => servers.isServed(peerId),
    isKept: (peerId) => redialer.isKept(peerId),
    isErrand: (peerId) => reach.isErrand(peerId) && !redialer.isTold(peerId),
    waiting: () => redialer.waiting(steadyMs()),
    onClosed: (peerId, tried) => redialer.release(peerId, tried, steadyMs())
  }
}

/** Watches the connections of a node. */
export function watchCrowd(libp2p: Libp2p, serve: ServeInit | undefined, parts: Parts): CrowdControl {
  return new CrowdControl(libp2p, crowdView(serve, parts))
}

export class CrowdControl {
  readonly #libp2p: Libp2p
  readonly #view: CrowdView
  readonly #timer: NodeJS.Timeout
  readonly #esteem = new Map<string, Esteem>()

  constructor(libp2p: Libp2p, view: CrowdView) {
    this.#libp2p = libp2p
    this.#view = view
    this.#timer = setInterval(() => this.#review(), EVERY_MS)
    this.#timer.unref()
    // Not inside of what makes the connection known to the others.
    libp2p.addEventListener('connection:open', () => setImmediate(() => this.#review()))
    libp2p.addEventListener('peer:disconnect', ({ detail }) => void this.#esteem.delete(detail.toString()))
  }

  /** Whether a connection from this address is refused. */
  refuses(address: Multiaddr): boolean {
    const connections = this.#libp2p.getConnections()
    // Asked for everybody who comes, also when two hundred come at once: whose they are matters in a crowd alone.
    if (connections.length < this.#view.limits.crowded) return false
    const hosts = connections.map(({ remoteAddr }) => hostOf(remoteAddr) ?? '')
    return isGreedy(hostOf(address) ?? '', hosts, this.#view.limits)
  }

  /** Whether the DHT may make another connection beside so many that are being made: it has some places when nobody else dials any more. */
  hasRoom(dialling: number): boolean {
    const { crowded, packed } = this.#view.limits
    return this.#libp2p.getConnections().length + dialling < (crowded + packed) / 2
  }

  /** What a connected peer turned out to be good for. */
  esteem(peerId: string, worth: Esteem): void {
    const before = this.#esteem.get(peerId)
    if (before === undefined || RANK[worth] > RANK[before]) this.#esteem.set(peerId, worth)
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  #review(): void {
    if (this.#libp2p.status !== 'started') return
    const connections = this.#libp2p.getConnections().filter(({ status }) => status === 'open')
    const { limits } = this.#view
    const waiting = Math.min(this.#view.waiting(), MAX_WAITING)
    if (connections.length + waiting <= limits.crowded) return
    const tenants = connections.map((connection) => {
      const peerId = connection.remotePeer.toString()
      return { peerId, host: hostOf(connection.remoteAddr) ?? '', openedMs: connection.timeline.open, worth: this.#worthOf(peerId) }
    })
    const leaving = new Set(toClose(tenants, waiting, Date.now(), limits))
    for (const [at, connection] of connections.entries()) if (leaving.has(tenants[at]!.peerId)) this.#close(connection, tenants[at]!)
  }

  #worthOf(peerId: string): Worth {
    if (this.#view.isChosen(peerId)) return 'chosen'
    if (this.#view.isServed(peerId)) return 'giver'
    const esteem = this.#esteem.get(peerId) ?? (this.#view.isKept(peerId) ? 'member' : undefined)
    return esteem ?? (this.#view.isErrand(peerId) ? 'errand' : 'stranger')
  }

  /** At once: whoever does not read would hold its place for as long as a polite end takes. */
  #close(connection: Connection, tenant: Tenant): void {
    if (tenant.worth !== 'errand') this.#view.onClosed(tenant.peerId, hadTime(tenant, Date.now()))
    try {
      connection.abort(new Error('others need the place'))
    } catch {
      // Its other end went in this very moment: a goodbye cannot be written any more.
    }
  }
}
