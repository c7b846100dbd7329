/**
 * What this node has with one connected node: who it speaks for, which rooms both are in, and what is being handed over. The first message on the
 * stream must be the binding; nothing is told before it was checked, and nothing of a room to who does not show that it is in it.
 */
import { isPermitted } from '../core/authority/state.ts'
import type { Identity } from '../core/record/keys.ts'
import type { Value } from '../core/record/codec.ts'
import { MAX_WANTED_IDS } from '../core/record/limits.ts'
import type { RecordId, RoomId } from '../core/record/record.ts'
import { decodeMemberMessage, encodeMemberMessage } from '../core/room/member-protocol.ts'
import type { Hello, MemberMessage, PeerHint, SyncGraph } from '../core/room/member-protocol.ts'
import { readBinding } from '../core/seal/binding.ts'
import { roomProof } from '../core/seal/topic.ts'
import { displayNick } from '../core/text/names.ts'
import type { Engine } from './context.ts'
import { Budget } from './budget.ts'
import { HandOver } from './hand-over.ts'
import type { Joining } from './joining.ts'
import { rememberPeer } from './keep.ts'
import type { ConnectedPeer, Path } from './ports.ts'
import type { RoomHost } from './room-host.ts'
import { printOf } from './views.ts'

/** Faults that a peer may make before it is disconnected: a burst of honest confusion is forgiven, a stream of junk is not. */
const MAX_FAULTS = 16
/** Acknowledgements are collected for so long. */
const ACK_AFTER_MS = 100

interface Link {
  /** How they name the room, and how we do. */
  readonly theirs: string
  readonly ours: string
  /** Whether it may hold the room's keys and read what is said there. Who may not is told the authority records, which say why, and nothing else. */
  isMember: boolean
}

export class Session {
  readonly peerId: string
  readonly path: Path
  readonly limited: boolean
  /** This node dialled it. */
  readonly outbound: boolean
  /** The address of its machine or router, as far as it can be told. */
  readonly host: string
  readonly sinceMs: number
  identity: Identity | undefined
  nick = ''
  /** A room became complete with it: it does more than to say that it is there. */
  helped = false
  /** Where it says it is reached. */
  addresses: readonly string[] = []
  /** In which rooms it says that it has enough peers without this node, or has not. */
  readonly enoughIn = new Map<RoomId, boolean>()
  /** When it was last told of others because it had too few, ms. */
  toldOthersMs = -Infinity
  readonly #engine: Engine
  readonly #joining: Joining
  readonly #links = new Map<RoomId, Link>()
  readonly #byProof = new Map<string, RoomHost>()
  #proofs: ReadonlySet<string> = new Set()
  readonly #handOver: HandOver
  /** What answering its reconciliations may cost us. */
  readonly answers: Budget
  #binding: Uint8Array = new Uint8Array()
  #faults = 0
  readonly #acks = new Map<RoomHost, RecordId[]>()
  #ackTimer: (() => void) | undefined
  #ended = false

  constructor(engine: Engine, joining: Joining, { address, ...peer }: ConnectedPeer) {
    this.#engine = engine
    this.#joining = joining
    ;({ peerId: this.peerId, path: this.path, limited: this.limited = false, outbound: this.outbound = false } = peer)
    this.host = address.split('/')[2] ?? ''
    this.sinceMs = engine.clock.nowMs()
    this.#handOver = new HandOver(engine, this)
    this.answers = new Budget(engine.clock)
  }

  open(): void {
    this.sayHello()
    this.tellRooms()
    this.#joining.askPeer(this)
  }

  /** Who this node speaks for; also said again when the nick changes. */
  sayHello(): void {
    const { self, acquaintance, clock } = this.#engine
    const addresses = acquaintance.ownAddresses()
    this.#send({ type: 'hello', binding: self.binding.bytes, nick: self.nick, addresses, nowMs: clock.nowMs() })
  }

  end(): void {
    this.#ended = true
    this.#handOver.end()
    this.answers.end()
    this.#ackTimer?.()
    for (const room of [...this.#links.keys()]) this.#unlink(room)
  }

  /** Both are in the room, and the peer may be. */
  shares(host: RoomHost): boolean {
    return this.#links.get(host.id)?.isMember === true
  }

  /** The peer knows the room and wants to be in it. */
  isLinked(host: RoomHost): boolean {
    return this.#links.has(host.id)
  }

  /** Looks anew whether the peer may be in the room. */
  review(host: RoomHost): void {
    const link = this.#links.get(host.id)
    if (link === undefined || this.identity === undefined || this.#ended) return
    const isMember = isPermitted(host.machine.state, this.identity, this.#engine.clock.nowMs())
    if (isMember === link.isMember) return
    link.isMember = isMember
    if (isMember) return this.#meet(host, this.identity)
    this.#acks.delete(host)
    host.presence.saw(this.identity, this.nick, 'offline')
  }

  /** Says anew which rooms this node is in, and looks which of them the peer is in. */
  tellRooms(): void {
    const { network, hosts } = this.#engine
    const proofs = [...hosts.values()].map((host) => roomProof(host.id, network.peerId, this.peerId)).sort()
    this.#send({ type: 'rooms', proofs })
    this.#matchRooms()
  }

  sendEpochs(host: RoomHost, epochs: readonly Value[]): void {
    const link = this.#links.get(host.id)
    if (link?.isMember === true) this.#send({ type: 'epochs', room: link.ours, epochs })
  }

  sendReconcile(host: RoomHost, graph: SyncGraph, toInitiator: boolean, message: Uint8Array): void {
    const link = this.#links.get(host.id)
    if (link !== undefined) this.#send({ type: 'reconcile', room: link.ours, graph, toInitiator, message })
  }

  sendWant(host: RoomHost, ids: readonly RecordId[]): void {
    const link = this.#links.get(host.id)
    if (link !== undefined) this.#send({ type: 'want', room: link.ours, ids })
  }

  /** False when they do not get there: the peer is gone, or one of both has left the room. */
  sendRecords(host: RoomHost, records: readonly Uint8Array[], left: number): boolean {
    const link = this.#links.get(host.id)
    return link !== undefined && this.#send({ type: 'records', room: link.ours, records, left })
  }

  sendPeers(host: RoomHost, peers: readonly PeerHint[]): void {
    const link = this.#links.get(host.id)
    if (link?.isMember === true) this.#send({ type: 'peers', room: link.ours, peers })
  }

  /** Whether this node has enough peers in the room without this one. */
  sendEnough(host: RoomHost, enough: boolean): void {
    const link = this.#links.get(host.id)
    if (link?.isMember === true) this.#send({ type: 'enough', room: link.ours, enough })
  }

  sendFind(names: readonly string[]): void {
    if (names.length > 0) this.#send({ type: 'find', names })
  }

  sendFound(name: string, candidates: Extract<MemberMessage, { type: 'found' }>['candidates']): void {
    this.#send({ type: 'found', name, candidates })
  }

  /** A record of the peer's is stored here: it will be told, along with others. */
  acknowledge(host: RoomHost, id: RecordId): void {
    const ids = this.#acks.get(host) ?? []
    ids.push(id)
    this.#acks.set(host, ids)
    if (ids.length >= MAX_WANTED_IDS) this.#sendAcks()
    else this.#ackTimer ??= this.#engine.clock.after(ACK_AFTER_MS, () => this.#sendAcks())
  }

  /** The peer did what no honest node does. */
  fault(why: string): void {
    this.#faults++
    if (this.#faults === MAX_FAULTS) this.#engine.shunned.cut(this.peerId, why)
  }

  receive(bytes: Uint8Array): void {
    const message = decodeMemberMessage(bytes)
    if (!message.ok) {
      if (message.reason !== 'unknown-type') this.fault(message.message)
      return
    }
    if (this.identity === undefined && message.value.type !== 'hello') {
      this.#engine.network.disconnect(this.peerId, 'it did not say who it speaks for')
      return
    }
    this.#act(message.value)
  }

  #act(message: MemberMessage): void {
    switch (message.type) {
      case 'hello':
        return this.#onHello(message)
      case 'rooms':
        this.#proofs = new Set(message.proofs)
        return this.#matchRooms()
      case 'find':
        return this.#joining.onFind(this, message.names)
      case 'found':
        return this.#joining.onFound(this, message.name, message.candidates)
      case 'epochs':
        return this.#withShared(message.room, (host) => host.keys.learn(message.epochs, this))
      case 'reconcile':
        if (message.graph === 'authority') return this.#byProof.get(message.room)?.sync.onReconcile(this, message)
        return this.#withShared(message.room, (host) => host.sync.onReconcile(this, message))
      case 'want':
        return this.#onWant(this.#byProof.get(message.room), message.ids)
      case 'records':
        return this.#byProof.get(message.room)?.sync.onRecords(this, message)
      case 'peers':
        return this.#withShared(message.room, (host) => this.#engine.views.hear(host, message.peers, this.peerId))
      case 'enough':
        return this.#withShared(message.room, (host) => this.#engine.views.said(this, host, message.enough))
      case 'held':
        return this.#withShared(message.room, (host) => this.#onHeld(host, message.ids))
    }
  }

  /** What only members are heard about. */
  #withShared(proof: string, run: (host: RoomHost) => void): void {
    const host = this.#byProof.get(proof)
    if (host !== undefined && this.shares(host)) run(host)
  }

  #onHello({ binding: bytes, nick, addresses: told, nowMs }: Hello): void {
    this.addresses = told
    if (this.identity !== undefined) {
      // Said again: the person took another nick.
      this.nick = displayNick(nick, printOf(this.identity))
      return
    }
    const binding = readBinding(bytes, this.peerId)
    if (!binding.ok) return this.#engine.network.disconnect(this.peerId, binding.message)
    this.identity = binding.value.identity
    this.nick = displayNick(nick, printOf(binding.value.identity))
    this.#binding = bytes
    this.#engine.clocks.compare(this.peerId, this.nick, nowMs)
  }

  #matchRooms(): void {
    if (this.identity === undefined) return
    const { hosts, network, clock } = this.#engine
    for (const room of [...this.#links.keys()]) {
      if (!hosts.has(room) || !this.#proofs.has(this.#links.get(room)!.theirs)) this.#unlink(room)
    }
    for (const host of hosts.values()) {
      // What is sent here may end the session, when the peer does not read.
      if (this.#ended || this.#links.has(host.id)) continue
      const theirs = roomProof(host.id, this.peerId, network.peerId)
      if (!this.#proofs.has(theirs)) continue
      const isMember = isPermitted(host.machine.state, this.identity, clock.nowMs())
      this.#links.set(host.id, { theirs, ours: roomProof(host.id, network.peerId, this.peerId), isMember })
      this.#byProof.set(theirs, host)
      if (isMember) this.#meet(host, this.identity)
      else host.sync.pull(this)
    }
  }

  /** Both are in this room: keys, presence, and then each pulls what it lacks. */
  #meet(host: RoomHost, identity: Identity): void {
    this.sendEpochs(host, host.keys.values())
    rememberPeer(this.#engine, { peerId: this.peerId, identity, binding: this.#binding, addresses: this.addresses })
    if (identity !== this.#engine.self.identity && host.standing.now === 'in') {
      host.presence.saw(identity, this.nick, 'online')
      this.#joining.establish(host)
    }
    this.#engine.views.met(this, host)
    this.#engine.acquaintance.introduce(host, this)
    host.sync.pull(this)
  }

  #unlink(room: RoomId): void {
    const { theirs = '' } = this.#links.get(room) ?? {}
    const host = this.#byProof.get(theirs)
    this.#links.delete(room)
    if (host === undefined) return
    this.#byProof.delete(theirs)
    this.#acks.delete(host)
    this.enoughIn.delete(room)
    host.sync.drop(this)
    const { sessions, clock } = this.#engine
    const devices = [...sessions.values()].filter((other) => other !== this && other.identity === this.identity)
    const gone = !devices.some((other) => other.shares(host))
    if (this.identity !== undefined && gone) host.roster.lost(this.identity, clock.nowMs(), this.#engine.views.isPartial(host))
  }

  #onHeld(host: RoomHost, ids: readonly RecordId[]): void {
    const { self, delivery } = this.#engine
    if (this.identity !== undefined && this.identity !== self.identity) delivery.held(ids, host.id, this.identity)
  }

  #onWant(host: RoomHost | undefined, ids: readonly RecordId[]): void {
    if (host !== undefined && !this.#handOver.take(host, ids)) this.fault('it asks for more than it takes')
  }

  #sendAcks(): void {
    this.#ackTimer?.()
    this.#ackTimer = undefined
    for (const [host, ids] of this.#acks) {
      const link = this.#links.get(host.id)
      if (link !== undefined && ids.length > 0) this.#send({ type: 'held', room: link.ours, ids })
    }
    this.#acks.clear()
  }

  #send(message: MemberMessage): boolean {
    return !this.#ended && this.#engine.network.send(this.peerId, encodeMemberMessage(message))
  }
}
