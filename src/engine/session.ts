/**
 * What this node has with one connected node: who it speaks for, which rooms both are in, and what is being handed over. The first message on the
 * stream must be the binding; nothing is told before it was checked, and nothing of a room to who does not show that it is in it.
 */
import { isPermitted } from '../core/authority/state.ts'
import { sameBytes } from '../core/record/bytes.ts'
import type { Identity } from '../core/record/keys.ts'
import { MAX_EPOCHS, MAX_ROOMS_PER_PEER, MAX_WANTED_IDS } from '../core/record/limits.ts'
import type { RecordId, RoomId } from '../core/record/record.ts'
import { decodeMemberMessage, encodeMemberMessage } from '../core/room/member-protocol.ts'
import type { Hello, MemberMessage, PeerHint, SyncGraph } from '../core/room/member-protocol.ts'
import { readBinding } from '../core/seal/binding.ts'
import type { Binding } from '../core/seal/binding.ts'
import { epochValue } from '../core/seal/epoch.ts'
import type { Epoch } from '../core/seal/epoch.ts'
import { roomProof } from '../core/seal/topic.ts'
import { displayNick } from '../core/text/names.ts'
import type { Engine } from './context.ts'
import { accountOf, JobQueue, LatestWins } from './budget.ts'
import { HandOver } from './hand-over.ts'
import type { Joining } from './joining.ts'
import { rememberPeer } from './keep.ts'
import type { ConnectedPeer, Path } from './ports.ts'
import type { RoomHost } from './room-host.ts'
import type { Source } from './source-budget.ts'
import { printOf } from './views.ts'

/** Faults that a peer may make before it is disconnected: a burst of honest confusion is forgiven, a stream of junk is not. */
const MAX_FAULTS = 16
/** Acknowledgements are collected for so long. */
const ACK_AFTER_MS = 100
/** Names that it asked for and was not told of yet. */
const MAX_UNANSWERED = 2 * MAX_ROOMS_PER_PEER

interface Link {
  /** How they name the room, and how we do. */
  readonly theirs: string
  readonly ours: string
  /** Whether it may hold the room's keys and read what is said there. Who may not is told the authority records, which say why, and nothing else. */
  isMember: boolean
  /** Keys that it gave here, and so has. */
  readonly given: Set<string>
  /** They are to meet when the budget allows. */
  cancelMeeting: (() => void) | undefined
}

export class Session implements Source {
  readonly peerId: string
  readonly host: string
  readonly address: string
  readonly path: Path
  readonly limited: boolean
  /** This node dialled it. */
  readonly outbound: boolean
  readonly sinceMs: number
  identity: Identity | undefined
  nick = ''
  /** A room became complete with it: it does more than to say that it is there. */
  helped = false
  /** Where it says it is reached. */
  addresses: readonly string[] = []
  /** In which rooms it says that it has enough peers without this node, or has not. */
  readonly enoughIn = new Map<RoomId, boolean>()
  readonly #engine: Engine
  readonly #joining: Joining
  readonly #links = new Map<RoomId, Link>()
  readonly #byProof = new Map<string, RoomHost>()
  #proofs: ReadonlySet<string> = new Set()
  readonly #handOver: HandOver
  /** Answers to its reconciliations, as its budget allows. */
  readonly comparisons: JobQueue
  readonly #finds: JobQueue
  #unanswered = 0
  readonly #hellos: LatestWins<Hello>
  readonly #roomLists: LatestWins<readonly string[]>
  #binding: Uint8Array = new Uint8Array()
  #faults = 0
  readonly #acks = new Map<RoomHost, RecordId[]>()
  #ackTimer: (() => void) | undefined
  #cancelGreeting: (() => void) | undefined
  #ended = false

  constructor(engine: Engine, joining: Joining, peer: ConnectedPeer) {
    this.#engine = engine
    this.#joining = joining
    this.address = peer.address
    ;({ peerId: this.peerId, path: this.path, limited: this.limited = false, outbound: this.outbound = false, host: this.host = '' } = peer)
    this.sinceMs = engine.clock.nowMs()
    this.#handOver = new HandOver(engine, this)
    const { clock, budgets } = engine
    this.comparisons = new JobQueue(clock)
    this.#finds = new JobQueue(clock)
    this.#hellos = new LatestWins(clock, budgets.hello, this, (hello) => this.#helloAgain(hello))
    this.#roomLists = new LatestWins(clock, budgets.rooms, this, (proofs) => {
      this.#proofs = new Set(proofs)
      this.#matchRooms()
      return undefined
    })
  }

  open(): void {
    this.sayHello()
    this.#greet()
  }

  /** Which rooms this node is in and looks for; to who comes again and again, a little later. */
  #greet(): void {
    const { budgets, clock } = this.#engine
    const nowMs = clock.nowMs()
    if (!budgets.greetings.take(this, 1, nowMs)) {
      this.#cancelGreeting = clock.after(budgets.greetings.waitMs(this, 1, nowMs) + 1, () => this.#greet())
      return
    }
    this.#cancelGreeting = undefined
    this.tellRooms()
    if (!this.#ended) this.#joining.askPeer(this)
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
    this.comparisons.end()
    this.#finds.end()
    this.#hellos.end()
    this.#roomLists.end()
    this.#cancelGreeting?.()
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
    if (isMember) return this.#meetSoon(host, link)
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

  /** Tells of keys that it did not give here itself. */
  sendEpochs(host: RoomHost, epochs: readonly Epoch[]): void {
    const link = this.#links.get(host.id)
    const lacking = link?.isMember === true ? epochs.filter(({ id }) => !link.given.has(id)) : []
    if (link !== undefined && lacking.length > 0) this.#send({ type: 'epochs', room: link.ours, epochs: lacking.map(epochValue) })
  }

  /** It gave these keys. */
  gave(host: RoomHost, epochIds: readonly string[]): void {
    const given = this.#links.get(host.id)?.given
    if (given === undefined) return
    for (const id of epochIds) given.add(id)
    for (const id of given) if (given.size > 2 * MAX_EPOCHS) given.delete(id)
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

  /** Returns how many bytes that were. */
  sendFound(name: string, candidates: Extract<MemberMessage, { type: 'found' }>['candidates']): number {
    const bytes = encodeMemberMessage({ type: 'found', name, candidates })
    if (!this.#ended) this.#engine.network.send(this.peerId, bytes)
    return bytes.length
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
    const { budgets, clock } = this.#engine
    const nowMs = clock.nowMs()
    switch (message.type) {
      case 'hello':
        return this.identity === undefined ? this.#onHello(message) : this.#hellos.offer(message)
      case 'rooms':
        return this.#roomLists.offer(message.proofs)
      case 'find':
        return this.#onFind(message.names)
      case 'found':
        if (!budgets.found.take(this, Math.max(1, message.candidates.length), nowMs)) return
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
        if (!budgets.peers.take(this, message.peers.length, nowMs)) return
        return this.#withShared(message.room, (host) => this.#engine.views.hear(host, message.peers, this.peerId))
      case 'enough':
        if (!budgets.enough.take(this, 1, nowMs)) return
        return this.#withShared(message.room, (host) => this.#engine.views.said(this, host, message.enough))
      case 'held':
        return this.#withShared(message.room, (host) => this.#onHeld(host, message.ids))
      case 'elsewhere':
        if (!budgets.elsewhere.take(this, 1, nowMs)) return
        if (!this.#engine.copies.heard(message, this.nick)) this.fault('it speaks of a copy of this node that is none')
    }
  }

  /** What only members are heard about. */
  #withShared(proof: string, run: (host: RoomHost) => void): void {
    const host = this.#byProof.get(proof)
    if (host !== undefined && this.shares(host)) run(host)
  }

  #onHello({ binding: bytes, nick, addresses: told, nowMs }: Hello): void {
    this.addresses = told
    const binding = readBinding(bytes, this.peerId)
    if (!binding.ok) return this.#engine.network.disconnect(this.peerId, binding.message)
    this.identity = binding.value.identity
    this.nick = displayNick(nick, printOf(binding.value.identity))
    this.#binding = bytes
    this.#tellOfCopy(binding.value)
    this.#engine.clocks.compare(this.peerId, this.nick, nowMs)
  }

  /** Said again: the person took another nick, or it is reached elsewhere. */
  #helloAgain({ binding: bytes, nick, addresses }: Hello): undefined {
    this.addresses = addresses
    if (!sameBytes(bytes, this.#binding)) this.#showsAnother(bytes)
    if (this.identity !== undefined) this.nick = displayNick(nick, printOf(this.identity))
  }

  /** A later binding, as a node signs that heard of a copy of itself. Another identity it cannot take: it is passed over. */
  #showsAnother(bytes: Uint8Array): void {
    const binding = readBinding(bytes, this.peerId)
    if (!binding.ok || binding.value.identity !== this.identity) return this.fault('it changes who it is')
    this.#binding = bytes
    this.#tellOfCopy(binding.value)
  }

  /** Another process showed a later binding of the same keys: this one may not know of it. */
  #tellOfCopy(binding: Binding): void {
    const elsewhere = this.#engine.copies.shown(binding, this.address)
    if (elsewhere !== undefined) this.#send({ type: 'elsewhere', ...elsewhere })
  }

  #onFind(names: readonly string[]): void {
    this.#joining.onFind(this, names)
    const account = accountOf(this.#engine.budgets.find, this)
    for (const name of new Set(names)) {
      if (this.#unanswered >= MAX_UNANSWERED) return
      this.#unanswered++
      this.#finds.push(account, name.length, () => {
        this.#unanswered--
        return this.#joining.answer(this, name)
      })
    }
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
      const ours = roomProof(host.id, network.peerId, this.peerId)
      const link: Link = { theirs, ours, isMember, given: new Set(), cancelMeeting: undefined }
      this.#links.set(host.id, link)
      this.#byProof.set(theirs, host)
      this.#meetSoon(host, link)
    }
  }

  /** At once, while the budget lasts: who comes and goes without end would have keys, addresses and people told of it each time. */
  #meetSoon(host: RoomHost, link: Link): void {
    const { budgets, clock } = this.#engine
    if (this.identity === undefined || link.cancelMeeting !== undefined) return
    const waitMs = budgets.meetAfterMs(this, host.id, clock.nowMs())
    if (waitMs === 0) {
      if (link.isMember) this.#meet(host, this.identity)
      else host.sync.pull(this)
      return
    }
    link.cancelMeeting = clock.after(waitMs + 1, () => {
      link.cancelMeeting = undefined
      this.#meetSoon(host, link)
    })
  }

  /** Both are in this room: keys, presence, and then each pulls what it lacks. */
  #meet(host: RoomHost, identity: Identity): void {
    this.sendEpochs(host, host.keys.tellable())
    rememberPeer(this.#engine, { peerId: this.peerId, identity, binding: this.#binding, addresses: this.addresses })
    if (identity !== this.#engine.self.identity && host.standing.now === 'in') {
      host.presence.saw(identity, this.nick, 'online')
      this.#joining.establish(host)
    }
    const { acquaintance, budgets, clock, views } = this.#engine
    views.met(this, host)
    if (budgets.introductions.take(this, 1, clock.nowMs(), host.id)) acquaintance.introduce(host, this)
    host.sync.pull(this)
  }

  #unlink(room: RoomId): void {
    const { theirs = '', cancelMeeting } = this.#links.get(room) ?? {}
    cancelMeeting?.()
    const host = this.#byProof.get(theirs)
    this.#links.delete(room)
    if (host === undefined) return
    this.#byProof.delete(theirs)
    this.#acks.delete(host)
    this.enoughIn.delete(room)
    host.sync.drop(this)
    host.keys.drop(this)
    const { sessions, clock } = this.#engine
    const devices = [...sessions.values()].filter((other) => other !== this && other.identity === this.identity)
    const gone = !devices.some((other) => other.shares(host))
    if (this.identity !== undefined && gone) host.roster.lost(this.identity, clock.nowMs(), this.#engine.views.isPartial(host))
  }

  #onHeld(host: RoomHost, ids: readonly RecordId[]): void {
    const { self, delivery, budgets, clock } = this.#engine
    const nowMs = clock.nowMs()
    if (this.identity === undefined || this.identity === self.identity || !budgets.held.take(this, ids.length, nowMs)) return
    budgets.held.give(this, delivery.held(ids, host.id, this.identity), nowMs)
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
