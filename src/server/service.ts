/**
 * A serving node: others find each other through it, and it speaks for its operator. It joins no room and holds no key of one, so that nothing of
 * what people say can be read here.
 */
import { toBase32 } from '../core/record/bytes.ts'
import { MAX_KNOWN_NODES } from '../core/record/limits.ts'
import type { Outcome } from '../core/refusal.ts'
import type { Have, ServerMessage } from '../core/server/messages.ts'
import type { ServerBan } from '../core/server/payloads.ts'
import { isGossiped, readStatement, serverTopic } from '../core/server/statement.ts'
import type { Statement } from '../core/server/statement.ts'
import type { NodeEvent, NodeStatus } from '../engine/api.ts'
import type { ServerStats } from '../engine/api-server.ts'
import type { ChatNode } from '../engine/chat-node.ts'
import type { Self } from '../engine/context.ts'
import { emitterTo } from '../engine/emitter.ts'
import { faultGuard, guardedClock, guardedHandler } from '../engine/guard.ts'
import type { Clock, Network, NetworkHandler, Random, ServerStream, ServerStreamHandler, Verdict } from '../engine/ports.ts'
import { makeSelf } from '../engine/self.ts'
import { Alliance } from './alliance.ts'
import { answerQuestion } from './answers.ts'
import type { Question } from './answers.ts'
import { Control } from './control.ts'
import { Forwarding } from './forwarding.ts'
import { Gate } from './gate.ts'
import { Guest } from './guest.ts'
import { GuestBudgets } from './guest-budgets.ts'
import type { ServerNodeComponents, ServerNodeInit, ServerSettings } from './init.ts'
import { Rendezvous } from './rendezvous.ts'
import { ServerState } from './state.ts'
import { statsOf } from './stats.ts'

/** 160 bits: nobody guesses it in three tries, nor in all that there will ever be. */
const CODE_BYTES = 20

const SWEEP_MS = 5_000
/** By then a node of ours has opened its stream. */
const ANONYMOUS_MS = 15_000

/** The part of the facade that a server has: nothing that deals with rooms. */
type ServingNode = Pick<ChatNode, 'start' | 'stop' | 'status' | 'connect' | 'subscribe' | 'server'>

export class Service implements ServingNode {
  /** Whoever knows it and is authorised may end the server from afar. */
  readonly code: string
  readonly self: Self
  readonly state: ServerState
  readonly alliance: Alliance
  readonly gate: Gate
  readonly rendezvous = new Rendezvous()
  readonly budgets = new GuestBudgets()
  readonly forwarding: Forwarding
  readonly control: Control
  readonly clock: Clock
  readonly random: Random
  readonly #init: ServerNodeInit
  readonly #parts: ServerNodeComponents
  readonly #network: Network
  readonly #guests = new Map<string, Guest>()
  /** By what name those who were here lately are known; so that whoever has just gone can be banned by it. */
  readonly #known = new Map<string, string>()
  readonly #listeners = new Set<(event: NodeEvent) => void>()
  readonly #emit: (event: NodeEvent) => void
  readonly #guard: ReturnType<typeof faultGuard>
  readonly #topic: string
  readonly #counters = { startedMs: 0, requests: 0, refused: 0 }
  #stopped: Promise<void> | undefined
  #cancelSweep: (() => void) | undefined

  /** @throws {StoreError} */
  constructor(init: ServerNodeInit, parts: ServerNodeComponents) {
    const { network, random } = parts
    this.#init = init
    this.#parts = parts
    this.#network = network
    this.random = random
    this.#emit = emitterTo(this.#listeners, parts.clock)
    this.#guard = faultGuard(parts.clock, this.#emit)
    this.clock = guardedClock(parts.clock, this.#guard)
    this.self = makeSelf(init, network.peerId, this.clock.nowMs())
    this.#topic = serverTopic(this.self.identity)
    this.code = toBase32(random.bytes(CODE_BYTES))
    this.state = new ServerState(this.self.signer, parts.notebook, this.clock)
    this.state.operators.configured = new Set(init.operators)
    const shared = { network, random, clock: this.clock, self: this.self, emit: this.#emit, ownAddresses: () => network.addresses() }
    this.alliance = new Alliance(init.federate, {
      ...shared, notebook: parts.friendsNotebook, state: this.state, parseAddress: parts.parseAddress,
      guests: () => this.guests(),
      rewelcome: (peerId) => this.guests().find((guest) => guest.peerId === peerId)?.welcome(),
      publish: (statement) => this.#publish(statement),
      // A server takes the word of those alone that it names itself.
      passOn: (statements) => this.guests().filter(({ federates }) => !federates).forEach((guest) => guest.tell(statements)),
      recheck: () => this.recheck(),
      isBanned: (peerId) => this.state.book.ban(this.self.identity, peerId, this.clock.nowMs()) !== undefined,
      notice: (text) => this.notice('federation', text),
      log: parts.log
    })
    this.forwarding = new Forwarding(network, this.clock)
    const isOperator = (who: string): boolean => this.state.operators.has(who)
    const isFriend = (peerId: string): boolean => this.alliance.federation.names(peerId)
    this.gate = new Gate({ banOf: (who) => this.#banOf(who), admitted: parts.admitted, isOperator, isFriend }, this.clock)
    this.control = new Control({
      state: this.state, gate: this.gate, rendezvous: this.rendezvous, clock: this.clock, code: this.code, shutdown: parts.shutdown,
      peerId: network.peerId, identity: this.self.identity, alliance: this.alliance,
      nick: () => this.self.nick,
      guests: () => this.guests(),
      known: this.#known,
      publish: (statement) => this.#publish(statement),
      recheck: () => this.recheck(),
      stats: () => this.stats()
    })
  }

  async start(): Promise<void> {
    this.#counters.startedMs = this.clock.nowMs()
    await this.#network.start(guardedHandler(this.#handler(), this.#guard))
    this.#network.subscribe(this.#topic)
    this.alliance.start()
    this.#sweep()
  }

  /** Where only those on a list are served, whoever does not say who it is goes. */
  #sweep(): void {
    this.#cancelSweep = this.clock.after(SWEEP_MS, () => this.#sweep())
    if (this.#parts.admitted() === undefined) return
    const expected = new Set([...this.guests().map(({ peerId }) => peerId), ...this.alliance.federation.named.map(({ peerId }) => peerId)])
    for (const { peerId, sinceMs } of this.#network.connections()) {
      if (!expected.has(peerId) && this.clock.nowMs() - sinceMs > ANONYMOUS_MS) this.violation(peerId, 'it does not say who it is')
    }
  }

  /** The configuration says otherwise from now on. @throws {StoreError} */
  reconfigure({ nick, federate, operators }: ServerSettings): void {
    this.state.operators.configured = new Set(operators)
    if (nick !== this.self.nick) {
      this.self.nick = nick
      for (const guest of this.guests()) guest.welcome()
    }
    this.alliance.configure(federate)
    this.recheck()
  }

  /** Tells whoever commands this server from its own machine. */
  notice(code: string, text: string): void {
    this.#emit({ method: 'notice', params: { code, text } })
  }

  async stop(): Promise<void> {
    this.#cancelSweep?.()
    this.alliance.federation.servers.end()
    this.#guard.run(() => { this.state.saveAtLast() }, undefined)
    await (this.#stopped ??= this.#network.stop())
  }

  status(): NodeStatus {
    const { identity, fingerprint, nick } = this.self
    return {
      version: this.#init.version, identity, fingerprint, nick,
      peerId: this.#network.peerId,
      addresses: this.#network.addresses(),
      peers: this.guests().map((guest) => {
        return { peerId: guest.peerId, address: guest.address, path: guest.path, identity: guest.identity!, nick: guest.nick }
      }),
      rooms: 0,
      servers: { chosen: this.alliance.federation.named.length, connected: this.alliance.federation.connected },
      nat: this.#network.nat()
    }
  }

  async connect(address: string): Promise<{ peerId: string }> {
    return { peerId: await this.#network.connect(address) }
  }

  subscribe(listener: (event: NodeEvent) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  server: ChatNode['server'] = async (method, params) => this.control.run(method, params)

  /** Those that said who they are. */
  guests(): Guest[] {
    return [...this.#guests.values()].filter(({ identity }) => identity !== undefined)
  }

  /** Whether a peer may not even connect. */
  isDenied(peerId: string): boolean {
    return this.gate.isDenied(peerId)
  }

  /** Looks anew who may stay. */
  recheck(): void {
    for (const guest of this.guests()) this.admit(guest)
  }

  admit(guest: Guest): ReturnType<Gate['refusal']> {
    const identity = guest.identity!
    this.#known.delete(identity)
    this.#known.set(identity, guest.nick)
    if (this.#known.size > MAX_KNOWN_NODES) this.#known.delete(this.#known.keys().next().value!)
    const refusal = this.gate.refusal(guest.peerId, identity)
    if (refusal === undefined) return undefined
    this.#counters.refused++
    this.#parts.log('info', `${guest.peerId} is not served: ${refusal.reason}`)
    void guest.turnAway(refusal).then(() => this.#network.disconnect(guest.peerId, refusal.reason))
    return refusal
  }

  news(guest: Guest, have: readonly Have[]): Statement[] {
    const versions = (server: string): Have => have.find((one) => one.server === server) ?? { server, bans: 0, federation: 0 }
    const own = this.state.book.newerThan(this.self.identity, versions(this.self.identity), this.clock.nowMs())
    return guest.federates ? own : [...own, ...this.alliance.federation.news(versions)]
  }

  asked(guest: Guest): void {
    this.alliance.asked(guest)
  }

  federatesWith(peerId: string): boolean {
    return this.alliance.federation.names(peerId)
  }

  under(guest: Guest, names: readonly string[]): void {
    this.rendezvous.set(guest.peerId, names, guest.host)
  }

  forward(guest: Guest, topics: readonly string[]): number {
    return this.forwarding.ask(guest.peerId, topics, guest.host)
  }

  answer(guest: Guest, question: Question): Outcome<ServerMessage> {
    this.#counters.requests++
    const { state, rendezvous, control } = this
    const { check, log } = this.#parts
    return answerQuestion(question, guest, {
      server: this.self.identity, state, rendezvous, check, log,
      nowMs: this.clock.nowMs(),
      random: this.random.bytes(1)[0]!,
      addressesOf: (peerId) => this.#guests.get(peerId)?.addresses,
      isHidden: (owner) => this.#banOf(owner) !== undefined,
      run: (method, params) => control.run(method, params, guest)
    })
  }

  left(guest: Guest): void {
    if (this.#guests.get(guest.peerId) !== guest) return
    this.#guests.delete(guest.peerId)
    this.rendezvous.set(guest.peerId, [])
    this.forwarding.forget(guest.peerId)
    this.#emit({ method: 'peer', params: { peerId: guest.peerId, event: 'disconnected', path: guest.path } })
  }

  violation(peerId: string, why: string): void {
    this.#counters.refused++
    this.#parts.log('info', `${peerId} is disconnected: ${why}`)
    this.#network.disconnect(peerId, why)
  }

  stats(): ServerStats {
    return statsOf(this, this.#init.version, this.#network.connections().length, this.#counters)
  }

  #banOf(who: string): ServerBan | undefined {
    const nowMs = this.clock.nowMs()
    return this.state.book.ban(this.self.identity, who, nowMs) ?? this.alliance.federation.banOf(who)
  }

  #publish(statement: Statement): void {
    for (const guest of this.guests()) guest.tell([statement])
    if (isGossiped(statement)) this.#network.publish(this.#topic, statement.bytes, () => undefined)
  }

  #handler(): NetworkHandler {
    return {
      onConnected: () => undefined,
      onDisconnected: () => undefined,
      onMessage: () => undefined,
      onTopicPeer: () => undefined,
      onFrame: (topic, frame, from) => this.#onFrame(topic, frame, from),
      onNotice: (code, text) => this.notice(code, text),
      onServerStream: (stream) => (stream.asks ? this.alliance.federation.servers.onStream(stream) : this.#onStream(stream))
    }
  }

  #onStream(stream: ServerStream): ServerStreamHandler {
    const guest = new Guest(stream, this)
    this.#guests.set(stream.peerId, guest)
    this.#emit({ method: 'peer', params: { peerId: stream.peerId, event: 'connected', path: stream.path } })
    return guest
  }

  #onFrame(topic: string, frame: Uint8Array, from: string): Verdict {
    if (topic === this.#topic) {
      const statement = readStatement(frame)
      return statement.ok && statement.value.author === this.self.identity ? 'accept' : 'reject'
    }
    return this.forwarding.onFrame(topic, frame, from) ?? this.alliance.federation.servers.onFrame(topic, frame) ?? 'ignore'
  }
}
