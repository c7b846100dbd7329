/**
 * The virtual network. Member streams are reliable and ordered while a link is up, as over TCP; gossip is flooded hop by hop and may be lost,
 * doubled and reordered. Links between nodes that are not partitioned come up by themselves, as discovery and redialling would bring them up.
 */
import { createHash } from 'node:crypto'
import { MAX_CLIENT_CONNECTIONS } from '../../src/core/record/limits.ts'
import type { ConnectedPeer, Network, NetworkHandler, ReachReport } from '../../src/engine/ports.ts'
import { addressOf, Dialler } from './dialler.ts'
import type { SeededRandom } from './random.ts'
import type { Timeline } from './timeline.ts'

export interface Weather {
  /** Probability that a hop loses, or doubles, a gossip frame. */
  loss: number
  duplication: number
  minDelayMs: number
  maxDelayMs: number
}

const RECONNECT_MS = 500
/** A dial of whom nobody answers for. */
const UNANSWERED_MS = 3_000

const NOWHERE: ReachReport = {
  uptimeMs: 0, nat: 'unknown', listening: [], announced: [], mdns: 'off', bootstrap: [], named: [], dht: { mode: 'off', peers: 0 }, relays: [],
  strangeRelays: 0, mapped: [],
  holePunching: { succeeded: 0, failed: 0 }
}

interface Port {
  readonly peerId: string
  /** Where whom to dial is decided by the node, and not by this world. */
  readonly dialler?: Dialler
  handler: NetworkHandler | undefined
  readonly topics: Set<string>
  readonly seen: Set<string>
}

interface Link {
  /** The first one dialled, where nodes dial. */
  readonly ends: readonly [string, string]
  readonly openedMs: number
  /** Changes whenever the link breaks: what was under way is gone. */
  readonly generation: number
  readonly lastMs: Map<string, number>
}

export class Ether {
  weather: Weather = { loss: 0, duplication: 0, minDelayMs: 1, maxDelayMs: 20 }
  /** Gossip frames that were sent over a link, for tests on cost and on what can be read. */
  framesSent = 0
  /** Sees every byte that crosses a link, for tests on what can be read there. */
  tap: ((kind: 'message' | 'frame', from: string, to: string, bytes: Uint8Array) => void) | undefined
  /** For so long from its start a node may meet somebody in a moment. */
  searchMs = RECONNECT_MS
  /** Nodes are connected with whom they dial, by the real decisions of the network (redial.ts, crowd.ts), and not with everybody. */
  dialled = false
  /** Where nodes dial: whom nobody can dial. */
  unreachable: ReadonlySet<string> = new Set()
  /** Whether more than strangers' word led nodes to each other. */
  vouched = true
  readonly #timeline: Timeline
  readonly #random: SeededRandom
  readonly #ports = new Map<string, Port>()
  readonly #links = new Map<string, Link>()
  readonly #byEnd = new Map<string, Set<Link>>()
  readonly #servers = new Set<string>()
  #groups: readonly (readonly string[])[] = []
  #generation = 0

  constructor(timeline: Timeline, random: SeededRandom) {
    this.#timeline = timeline
    this.#random = random
  }

  /** `peers`: whom the node is told to dial, by name; where nodes dial. */
  network(peerId: string, alive: () => boolean, peers: readonly string[] = []): Network {
    if (!this.dialled) return this.#network({ peerId, handler: undefined, topics: new Set(), seen: new Set() }, alive)
    const dialler = new Dialler(peerId, peers, alive, {
      timeline: this.#timeline,
      random: this.#random,
      dial: (to, done) => this.#dial(peerId, to, done),
      cut: (other) => this.#cut(peerId, other, false),
      connections: () => this.#linksOf(peerId).map((link) => ({ peerId: farEnd(link, peerId), openedMs: link.openedMs }))
    })
    const port: Port = { peerId, dialler, handler: undefined, topics: new Set(), seen: new Set() }
    return { ...this.#network(port, alive), ...dialler.network }
  }

  /** With how many others each node is connected. */
  degrees(): Map<string, number> {
    return new Map([...this.#ports.keys()].map((peerId) => [peerId, this.#linksOf(peerId).length]))
  }

  #network(port: Port, alive: () => boolean): Network {
    const { peerId } = port
    const startedMs = this.#timeline.nowMs
    return {
      peerId,
      start: async (handler) => {
        port.handler = handler
        this.#ports.set(peerId, port)
        port.dialler?.start()
        for (const other of this.#ports.keys()) this.#joinSoon(peerId, other)
      },
      stop: async () => this.unplug(peerId),
      addresses: () => [`/memory/${peerId}`],
      peers: () => this.#linksOf(peerId).map((link) => farEnd(link, peerId))
        .filter((other) => !this.#servers.has(other)).map((other) => this.#peerOf(peerId, other)),
      searching: () => this.#timeline.nowMs - startedMs < this.searchMs,
      connect: async (address) => address,
      disconnect: (other) => this.#cut(peerId, other, true),
      keep: () => undefined,
      esteem: () => undefined,
      provide: () => undefined,
      seek: () => undefined,
      hint: () => false,
      nat: () => 'unknown',
      reach: () => NOWHERE,
      useServers: () => undefined,
      dialAlso: () => undefined,
      isVouched: () => this.vouched,
      refused: () => undefined,
      tryAgain: () => undefined,
      rest: () => undefined,
      connections: () => [],
      peerAt: () => undefined,
      subscribe: (topic) => {
        port.topics.add(topic)
        for (const link of this.#linksOf(peerId)) {
          this.#deliver(link, farEnd(link, peerId), 0, (far) => {
            if (far.topics.has(topic)) far.handler?.onTopicPeer(topic, peerId, true)
          })
        }
      },
      unsubscribe: (topic) => void port.topics.delete(topic),
      publish: (topic, frame, onReached) => {
        const reached = this.#ports.get(peerId) === port ? this.#gossip(port, topic, frame, undefined) : 0
        this.#timeline.at(this.#timeline.nowMs, () => {
          if (alive()) onReached(reached)
        })
      },
      hand: () => undefined,
      spare: () => 0,
      send: (other, message) => {
        const link = this.#links.get(pair(peerId, other))
        if (link === undefined || this.#ports.get(peerId) !== port) return false
        const bytes = Uint8Array.from(message)
        this.tap?.('message', peerId, other, bytes)
        this.#deliver(link, other, this.#delayMs(), (far) => far.handler?.onMessage(peerId, bytes))
        return true
      },
      backlog: () => 0,
      onDrained: (_, run) => void this.#timeline.at(this.#timeline.nowMs, run)
    }
  }

  /** A server that forwards whatever it hears and is in no room. All are connected with it, in every partition. */
  server(peerId: string): void {
    this.#servers.add(peerId)
    const topics = new (class extends Set<string> { override has = (): boolean => true })()
    const forwards = { onFrame: () => 'accept', onTopicPeer: () => undefined } as Pick<NetworkHandler, 'onFrame' | 'onTopicPeer'> as NetworkHandler
    this.#ports.set(peerId, { peerId, handler: forwards, topics, seen: new Set() })
    for (const other of this.#ports.keys()) this.#joinSoon(other, peerId)
  }

  /** Nodes in different groups cannot reach each other, nor can nodes that come later. Those that are not named are a group of their own. */
  partition(...groups: readonly (readonly string[])[]): void {
    this.#groups = groups
    for (const link of [...this.#links.values()]) if (this.#apart(...link.ends)) this.#cut(...link.ends, false)
    this.#reconnect()
  }

  heal(): void {
    this.partition()
  }

  /** The process of this node is gone. */
  unplug(peerId: string): void {
    const port = this.#ports.get(peerId)
    this.#ports.delete(peerId)
    if (port !== undefined) port.handler = undefined
    for (const link of this.#linksOf(peerId)) this.#cut(peerId, farEnd(link, peerId), false)
  }

  /** The process of this node runs on, and is connected with nobody until it is let back: another one with the same keys has its turn. */
  suspend(peerId: string): () => void {
    const port = this.#ports.get(peerId)!
    this.#ports.delete(peerId)
    for (const link of this.#linksOf(peerId)) {
      const far = farEnd(link, peerId)
      this.#cut(peerId, far, false)
      port.handler?.onDisconnected(far)
    }
    return () => {
      this.#ports.set(peerId, port)
      for (const other of this.#ports.keys()) this.#joinSoon(peerId, other)
    }
  }

  #gossip(from: Port, topic: string, frame: Uint8Array, except: string | undefined): number {
    const id = createHash('sha256').update(frame).digest('hex')
    from.seen.add(id)
    let reached = 0
    for (const link of this.#linksOf(from.peerId)) {
      const to = farEnd(link, from.peerId)
      if (to === except || this.#ports.get(to)?.topics.has(topic) !== true) continue
      // As the network tells it: who reached a server alone has reached nobody.
      if (!this.#servers.has(to)) reached++
      if (this.#random.chance(this.weather.loss)) continue
      const copies = this.#random.chance(this.weather.duplication) ? 2 : 1
      for (let copy = 0; copy < copies; copy++) this.#hop(link, from.peerId, to, topic, frame, id)
    }
    return reached
  }

  #hop(link: Link, from: string, to: string, topic: string, frame: Uint8Array, id: string): void {
    this.framesSent++
    this.tap?.('frame', from, to, frame)
    this.#timeline.at(this.#timeline.nowMs + this.#delayMs(), () => {
      const port = this.#ports.get(to)
      if (port?.handler === undefined || this.#links.get(pair(from, to)) !== link || port.seen.has(id)) return
      port.seen.add(id)
      if (port.handler.onFrame(topic, frame, from) === 'accept') this.#gossip(port, topic, frame, from)
    })
  }

  /** In order, on one link, in one direction. */
  #deliver(link: Link, to: string, delayMs: number, run: (port: Port) => void): void {
    const atMs = Math.max(link.lastMs.get(to) ?? 0, this.#timeline.nowMs + delayMs)
    link.lastMs.set(to, atMs)
    this.#timeline.at(atMs, () => {
      const port = this.#ports.get(to)
      if (port?.handler !== undefined && this.#links.get(pair(...link.ends)) === link) run(port)
    })
  }

  #joinSoon(left: string, right: string): void {
    const key = pair(left, right)
    if (left === right || this.dialled) return
    this.#timeline.at(this.#timeline.nowMs + this.#random.between(1, RECONNECT_MS), () => {
      const ports = [this.#ports.get(left), this.#ports.get(right)] as const
      if (this.#links.has(key) || this.#apart(left, right) || ports[0] === undefined || ports[1] === undefined) return
      this.#link(ports[0], ports[1])
    })
  }

  #link(left: Port, right: Port): void {
    const ends = [left.peerId, right.peerId] as const
    const link: Link = { ends, openedMs: this.#timeline.nowMs, generation: this.#generation++, lastMs: new Map() }
    this.#links.set(pair(...ends), link)
    for (const end of ends) {
      const links = this.#byEnd.get(end) ?? new Set()
      this.#byEnd.set(end, links.add(link))
    }
    if (ends.some((end) => this.#servers.has(end))) return
    for (const [near, far] of [[left, right], [right, left]] as const) {
      near.dialler?.connected(far.peerId)
      near.handler?.onConnected(this.#peerOf(near.peerId, far.peerId))
    }
    for (const topic of left.topics) {
      if (!right.topics.has(topic)) continue
      left.handler?.onTopicPeer(topic, right.peerId, true)
      right.handler?.onTopicPeer(topic, left.peerId, true)
    }
  }

  /** A round trip later both are connected; or it is refused at once by who has too many, or nobody answers. */
  #dial(from: string, to: string, done: (reached: boolean) => void): void {
    this.#timeline.at(this.#timeline.nowMs + 2 * this.#delayMs(), () => {
      const ports = [this.#ports.get(from), this.#ports.get(to)] as const
      if (ports[0] === undefined) return
      if (ports[1] === undefined || this.unreachable.has(to) || this.#apart(from, to)) {
        this.#timeline.at(this.#timeline.nowMs + UNANSWERED_MS, () => done(false))
        return
      }
      if (this.#links.has(pair(from, to))) return done(true)
      if (this.#linksOf(to).length >= MAX_CLIENT_CONNECTIONS) return done(false)
      this.#link(ports[0], ports[1])
      done(true)
    })
  }

  #peerOf(near: string, far: string): ConnectedPeer {
    const outbound = this.dialled && this.#links.get(pair(near, far))?.ends[0] === near ? { outbound: true as const } : {}
    return { ...peerOf(far), ...outbound, ...(this.dialled ? { address: addressOf(far) } : {}) }
  }

  #apart(left: string, right: string): boolean {
    if (this.#servers.has(left) || this.#servers.has(right)) return false
    const groupOf = (peerId: string): number => this.#groups.findIndex((group) => group.includes(peerId))
    return groupOf(left) !== groupOf(right)
  }

  #reconnect(): void {
    const peers = [...this.#ports.keys()]
    for (const left of peers) for (const right of peers) if (left < right) this.#joinSoon(left, right)
  }

  #cut(left: string, right: string, rejoin: boolean): void {
    const link = this.#links.get(pair(left, right))
    if (link === undefined) return
    this.#links.delete(pair(left, right))
    for (const end of link.ends) this.#byEnd.get(end)?.delete(link)
    this.#ports.get(left)?.dialler?.disconnected(right)
    this.#ports.get(right)?.dialler?.disconnected(left)
    if (!this.#servers.has(right)) this.#ports.get(left)?.handler?.onDisconnected(right)
    if (!this.#servers.has(left)) this.#ports.get(right)?.handler?.onDisconnected(left)
    if (rejoin) this.#joinSoon(left, right)
  }

  #linksOf(peerId: string): Link[] {
    return [...this.#byEnd.get(peerId) ?? []]
  }

  #delayMs(): number {
    return this.#random.between(this.weather.minDelayMs, this.weather.maxDelayMs + 1)
  }
}

function pair(left: string, right: string): string {
  return left < right ? `${left}|${right}` : `${right}|${left}`
}

function farEnd(link: Link, near: string): string {
  return link.ends[0] === near ? link.ends[1] : link.ends[0]
}

function peerOf(peerId: string): ConnectedPeer {
  return { peerId, address: `/memory/${peerId}`, path: 'lan' }
}
