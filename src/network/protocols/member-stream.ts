/**
 * The member stream: each side opens one stream per peer and writes on it; what it reads is the stream that the other opened.
 * Two streams make a session. When either breaks, or the peer opens a second one, the session is over on both sides and the
 * next begins from scratch, so that neither ever goes on with half of what was said.
 */
import type { Connection, Libp2p, PeerId, Stream } from '@libp2p/interface'
import { MAX_MEMBER_MESSAGE_BYTES } from '../../core/record/limits.ts'
import type { ConnectedPeer } from '../../engine/ports.ts'
import { describe } from '../running.ts'
import type { NetworkTiming } from '../timing.ts'
import { comparePaths, pathOf } from '../addresses.ts'
import { PROTOCOLS } from './index.ts'
import { holdBack, MemberSession } from './member-session.ts'

const PROTOCOL = PROTOCOLS.member
/** The wait before a broken session is opened anew, doubled with each one that did not last. */
const REOPEN_MS = 100
/** After so many sessions in a row that did not last, the peer is disconnected. */
const MAX_REOPENS = 5
const LASTED_MS = 10_000
/**
 * Two processes with one key (a copied home) have one session here in turn. The first turns are brief, so that both hear soon that there are two; the later
 * ones long, so that meeting again and again costs little. Two usual ones are longer than {@link LASTED_MS}: for neither copy that is a session that did not
 * last.
 */
const BRIEF_TURNS = 3
const SHORT_TURNS = 9
const BRIEF_TURN = 0.25
const LONG_TURN = 2.5
/** After so long a session nobody takes turns any more. */
const ALONE_MS = 60_000

export interface MemberStreamEvents {
  onConnected(peer: ConnectedPeer): void
  onDisconnected(peerId: string): void
  onMessage(peerId: string, message: Uint8Array): void
  /** A peer that broke the protocol, or does not read: it is to be disconnected. */
  onViolation(peerId: string, why: string): void
}

interface Early {
  readonly stream: Stream
  readonly connection: Connection
}

interface Member {
  readonly peerId: PeerId
  readonly id: string
  session: MemberSession | undefined
  /** The connection of the session, on which our stream is. */
  connection: Connection | undefined
  /** Came while we have no session to read it in. */
  early: Early | undefined
  /** Turns taken since there was one session for long. */
  turns: number
  /** Ends the turn of the present session. */
  turn: NodeJS.Timeout | undefined
  opening: boolean
  /** The peer does not speak the protocol. */
  mute: boolean
  /** Attempts in a row that did not lead to a session that lasted. */
  reopens: number
  /** When the present session began; 0 without one. */
  beganMs: number
  timer: NodeJS.Timeout | undefined
}

export class MemberStreams {
  readonly #libp2p: Libp2p
  readonly #events: MemberStreamEvents
  readonly #timing: NetworkTiming
  readonly #members = new Map<string, Member>()
  readonly #stop = new AbortController()
  #watch: NodeJS.Timeout | undefined

  constructor(libp2p: Libp2p, events: MemberStreamEvents, timing: NetworkTiming) {
    this.#libp2p = libp2p
    this.#events = events
    this.#timing = timing
  }

  /** Before libp2p starts, so that no early connection is missed. */
  async register(): Promise<void> {
    await this.#libp2p.handle(PROTOCOL.id, (stream, connection) => this.#onInbound(stream, connection), PROTOCOL.options)
    await this.#libp2p.register(PROTOCOL.id, {
      notifyOnLimitedConnection: true,
      onConnect: (peerId) => this.#open(this.#member(peerId))
    })
    this.#libp2p.addEventListener('peer:identify', ({ detail }) => {
      if (!detail.protocols.includes(PROTOCOL.id)) this.#member(detail.peerId).mute = true
    })
    this.#libp2p.addEventListener('peer:disconnect', (event) => this.#forget(event.detail.toString()))
    this.#watch = setInterval(() => this.#findStalled(), Math.min(1000, this.#timing.stalledMs / 2))
    this.#watch.unref()
  }

  /** Lets queued messages out, within the time given, and ends all sessions. */
  async stop(withinMs: number): Promise<void> {
    this.#stop.abort()
    clearInterval(this.#watch)
    const signal = AbortSignal.timeout(withinMs)
    await Promise.all([...this.#members.values()].map(async (member) => {
      clearTimeout(member.timer)
      clearTimeout(member.turn)
      await member.session?.finish(signal)
    }))
    this.#members.clear()
  }

  /** Peers with a session. */
  peers(): ConnectedPeer[] {
    return [...this.#members.values()].flatMap(({ session, peerId }) => {
      const connection = session === undefined ? undefined : this.bestConnection(peerId)
      return connection === undefined ? [] : [describe(peerId.toString(), connection)]
    })
  }

  has(peerId: string): boolean {
    return this.#members.get(peerId)?.session !== undefined
  }

  /** True while a connected peer may still turn out to be one of us. */
  undecided(peerId: string): boolean {
    const member = this.#members.get(peerId)
    return member === undefined || (member.session === undefined && !member.mute)
  }

  /** It said that it does not speak the protocol: it is a server, or none of us. */
  isMute(peerId: string): boolean {
    return this.#members.get(peerId)?.mute === true
  }

  /** @throws {RangeError} for a message that no peer would read: a bug of ours. */
  send(peerId: string, message: Uint8Array): boolean {
    if (message.byteLength === 0 || message.byteLength > MAX_MEMBER_MESSAGE_BYTES) {
      throw new RangeError(`a member message has 1 to ${MAX_MEMBER_MESSAGE_BYTES} bytes, not ${message.byteLength}`)
    }
    const session = this.#members.get(peerId)?.session
    if (session === undefined) return false
    if (session.write(message)) return true
    this.#events.onViolation(peerId, 'it does not read what it is sent')
    return false
  }

  backlogBytes(peerId: string): number {
    return this.#members.get(peerId)?.session?.backlogBytes ?? 0
  }

  onDrained(peerId: string, run: () => void): void {
    const session = this.#members.get(peerId)?.session
    if (session === undefined) queueMicrotask(run)
    else session.onDrained(run)
  }

  /** No more is read from or written to this peer; its connections are about to be closed. */
  drop(peerId: string): void {
    const member = this.#members.get(peerId)
    if (member === undefined) return
    member.reopens = MAX_REOPENS
    clearTimeout(member.timer)
    clearTimeout(member.turn)
    this.#members.delete(peerId)
    member.early?.stream.abort(new Error('peer is being disconnected'))
    member.session?.end('the peer is being disconnected')
  }

  #member(peerId: PeerId): Member {
    const id = peerId.toString()
    let member = this.#members.get(id)
    if (member === undefined) {
      member = {
        peerId, id, session: undefined, connection: undefined, early: undefined, turns: 0, turn: undefined, opening: false, mute: false,
        reopens: 0, beganMs: 0, timer: undefined
      }
      this.#members.set(id, member)
    }
    return member
  }

  #onInbound(stream: Stream, connection: Connection): void {
    if (this.#stop.signal.aborted) {
      stream.abort(new Error('stopping'))
      return
    }
    const member = this.#member(connection.remotePeer)
    member.mute = false
    // The peer began a session anew; what is left of the one before is void.
    member.early?.stream.abort(new Error('replaced'))
    member.early = undefined
    const turnMs = this.#turnLeftMs(member, connection)
    if (turnMs > 0) {
      this.#holdBack(member, { stream, connection })
      clearTimeout(member.turn)
      member.turn = setTimeout(() => this.#endTurn(member), turnMs)
      member.turn.unref()
      return
    }
    if (member.session?.hasInbound === true) member.session.end('the peer opened another stream')
    if (member.session !== undefined) {
      member.session.attach(stream)
      return
    }
    this.#holdBack(member, { stream, connection })
    this.#open(member)
  }

  #holdBack(member: Member, early: Early): void {
    holdBack(early.stream)
    member.early = early
    early.stream.addEventListener('close', () => {
      if (member.early === early) member.early = undefined
    }, { once: true })
  }

  /** How long a session goes on beside which the peer opens one on another connection, while that of the first lives as well. */
  #turnLeftMs({ session, connection, beganMs, turns }: Member, other: Connection): number {
    if (session?.hasInbound !== true || connection === undefined || connection === other || connection.status !== 'open') return 0
    const length = turns < BRIEF_TURNS ? BRIEF_TURN : turns < SHORT_TURNS ? 1 : LONG_TURN
    return this.#timing.turnMs * length - (Date.now() - beganMs)
  }

  #endTurn(member: Member): void {
    if (member.early === undefined || member.session === undefined) return
    member.turns++
    // Nobody broke anything: it is the other's turn.
    member.reopens = 0
    member.session.end('another process with the same key has its turn')
    this.#open(member)
  }

  #open(member: Member): void {
    if (member.opening || member.session !== undefined || this.#stop.signal.aborted) return
    clearTimeout(member.timer)
    // On the connection on which it was opened there: the other ones may lead to another process with the same key.
    const waiting = member.early?.connection
    const connection = waiting?.status === 'open' ? waiting : this.bestConnection(member.peerId)
    if (connection === undefined) return
    member.opening = true
    const signal = AbortSignal.any([this.#stop.signal, AbortSignal.timeout(this.#timing.negotiateTimeoutMs)])
    connection.newStream(PROTOCOL.id, { signal, ...PROTOCOL.options }).then(
      (stream) => this.#begin(member, stream, connection),
      (error: unknown) => {
        member.opening = false
        if (error instanceof Error && error.name === 'UnsupportedProtocolError') member.mute = true
        else this.#reopen(member)
      }
    )
  }

  /** Open connections to a peer, the best path first: direct before relayed, older before newer. */
  bestConnection(peerId: PeerId): Connection | undefined {
    return this.#libp2p.getConnections(peerId)
      .filter((connection) => connection.status === 'open')
      .sort((a, b) => comparePaths(pathOf(a.remoteAddr), pathOf(b.remoteAddr)) || a.timeline.open - b.timeline.open)[0]
  }

  #begin(member: Member, stream: Stream, connection: Connection): void {
    member.opening = false
    if (this.#members.get(member.id) !== member || stream.status !== 'open') {
      stream.abort(new Error('the peer is gone'))
      this.#reopen(member)
      return
    }
    member.beganMs = Date.now()
    const session = new MemberSession(stream, {
      onMessage: (message) => this.#events.onMessage(member.id, message),
      onViolation: (why) => this.#events.onViolation(member.id, why),
      onEnd: () => {
        member.session = undefined
        member.connection = undefined
        clearTimeout(member.turn)
        if (Date.now() - member.beganMs > ALONE_MS) member.turns = 0
        this.#events.onDisconnected(member.id)
        this.#reopen(member)
      }
    })
    member.session = session
    member.connection = connection
    this.#events.onConnected(describe(member.id, connection))
    const early = member.early
    member.early = undefined
    if (early !== undefined && member.session === session) session.attach(early.stream)
  }

  #reopen(member: Member): void {
    if (this.#stop.signal.aborted || this.#members.get(member.id) !== member) return
    if (this.bestConnection(member.peerId) === undefined) return
    const lasted = member.beganMs > 0 && Date.now() - member.beganMs > LASTED_MS
    member.beganMs = 0
    member.reopens = lasted ? 1 : member.reopens + 1
    if (member.reopens > MAX_REOPENS) {
      this.#events.onViolation(member.id, 'no member stream with it lasts')
      return
    }
    clearTimeout(member.timer)
    // Jittered: were both sides to reopen in step, each would take the other's new stream for a replacement.
    const waitMs = REOPEN_MS * 2 ** (member.reopens - 1) * (0.5 + Math.random())
    member.timer = setTimeout(() => this.#open(member), waitMs)
    member.timer.unref()
  }

  #forget(id: string): void {
    const member = this.#members.get(id)
    if (member === undefined) return
    clearTimeout(member.timer)
    clearTimeout(member.turn)
    this.#members.delete(id)
    member.session?.end('the connection is gone')
  }

  #findStalled(): void {
    for (const member of this.#members.values()) {
      if (member.session?.stalled(this.#timing.stalledMs) === true) {
        this.#events.onViolation(member.id, 'it does not read what it is sent')
      }
    }
  }
}
