/**
 * What a node does with the servers that its person chose as bootstrap: it hears their announcements, honours their bans, and is found through
 * them. None of them has any power over a room.
 */
import { Bucket } from '../core/bucket.ts'
import type { Identity } from '../core/record/keys.ts'
import { MAX_REFUSED_STATEMENTS } from '../core/record/limits.ts'
import type { KeptAnnouncement, News } from '../core/server/statement-book.ts'
import { serverTopic } from '../core/server/statement.ts'
import type { NodeEvent } from './api.ts'
import type { AnnouncementView, ServersInUse } from './api-server.ts'
import type { Self } from './context.ts'
import { OwnBans } from './own-bans.ts'
import type { Clock, Network, Notebook, Random, ServerStream, ServerStreamHandler, Verdict } from './ports.ts'
import { StoreError } from './ports.ts'
import { ServerMeeting } from './server-meeting.ts'
import { ServerSession } from './server-session.ts'
import type { ServerIntroduction } from './server-session.ts'
import { ServerTrust } from './server-trust.ts'
import { announcementView, printOf } from './views.ts'

/** Connections to servers that a node seeks to have: one may go at any time. */
const WANTED_SESSIONS = 2
const DIAL_EVERY_MS = 5_000
/** How often an address that was chosen without a PeerId is looked at, until somebody is there. */
const LOOK_EVERY_MS = 250
const MAX_DIAL_WAIT_MS = 300_000
/** Writes of what servers said: so many at once, and then one after so long. A book of several servers has some hundred kB. */
const WRITE_BURST = 4
const WRITE_EVERY_MS = 15_000

/** Refusals that are no fault of whoever passed the statement on. */
const HARMLESS: ReadonlySet<string> = new Set(['expired', 'newer', 'unknown-type'])

export interface ServersInit {
  /** PeerIds of the servers that were chosen. */
  readonly chosen: readonly string[]
  /** Addresses of servers that were chosen without saying who is there: whoever answers first. */
  readonly unnamed?: readonly string[]
  /** Whether a ban by a server counts here. */
  readonly honourBans: boolean
  /** This node is a server, which acts with those that it chose: it says so to them, and those whom they name do not count. */
  readonly federates?: true
}

export interface ServersComponents {
  readonly network: Pick<
    Network, 'peerId' | 'useServers' | 'connect' | 'disconnect' | 'hint' | 'peerAt' | 'refused' | 'tryAgain' | 'subscribe' | 'unsubscribe'
  >
  readonly clock: Clock
  readonly random: Random
  /** Absent: what servers say is forgotten with the process. */
  readonly notebook?: Notebook
  readonly self: Self
  readonly ownAddresses: () => string[]
  readonly emit: (event: NodeEvent) => void
}

/** Why somebody is not heard here. */
export interface BanNotice {
  /** PeerId and fingerprint of the server that says so. */
  readonly server: string
  readonly until: number | null
  readonly reason: string
}

export class Servers {
  readonly trust: ServerTrust
  /** By PeerId; those that have said who they are. */
  readonly sessions = new Map<string, ServerSession>()
  readonly meeting: ServerMeeting
  /** A server is there: called once for each session. */
  onSession: (session: ServerSession) => void = () => undefined
  /** A server goes by another name, or thinks otherwise of acting with this one. */
  onChanged: (session: ServerSession) => void = () => undefined
  /** Others are banned than before. */
  onBans: () => void = () => undefined
  /** Something that a server said is new, and is kept already. */
  onNews: (news: News) => void = () => undefined
  readonly #init: ServersInit
  readonly #parts: ServersComponents
  readonly #ownBans: OwnBans
  readonly #topics = new Map<string, Identity>()
  /** At an address of a server, and not that server. */
  readonly #strangers = new Set<string>()
  /** Streams on which the server has not said yet who it is. */
  #greeting = 0
  #dials = 0
  #nextDialMs = 0
  #timer: (() => void) | undefined
  #ended = false
  readonly #writes: Bucket
  #cancelWrite: (() => void) | undefined

  /** @throws {StoreError} */
  constructor(init: ServersInit, parts: ServersComponents) {
    this.#init = init
    this.#parts = parts
    this.meeting = new ServerMeeting(parts.network, parts.clock, this.sessions)
    const { chosen, unnamed = [], federates } = init
    this.trust = new ServerTrust({ chosen, unnamed, friends: federates === undefined }, parts.notebook, parts.clock.nowMs())
    this.#ownBans = new OwnBans(this.trust, parts)
    this.#writes = new Bucket(WRITE_BURST, 1000 / WRITE_EVERY_MS, parts.clock.nowMs())
  }

  start(): void {
    this.#follow()
    this.#beat()
  }

  end(): void {
    this.#ended = true
    this.#timer?.()
    if (this.#cancelWrite === undefined) return
    this.#cancelWrite()
    try {
      this.trust.save()
    } catch (error) {
      // A server tells it again.
      if (!(error instanceof StoreError)) throw error
    }
  }

  /** What is written is all that servers said: some things at once, and then at a pace, for whoever says something new all the time. @throws {StoreError} */
  #save(): void {
    if (this.#cancelWrite !== undefined) return
    const { clock } = this.#parts
    if (this.#writes.take(1, clock.nowMs())) return this.trust.save()
    this.#cancelWrite = clock.after(this.#writes.waitMs(1, clock.nowMs()), () => {
      this.#cancelWrite = undefined
      this.#writes.charge(1, clock.nowMs())
      this.trust.save()
    })
  }

  /** These are chosen from now on, by PeerId. @throws {StoreError} */
  choose(chosen: readonly string[]): void {
    this.trust.choose(chosen)
    this.#follow()
  }

  /** Whether somebody may be met in a moment because of a server. */
  get searching(): boolean {
    return this.#greeting > 0 || this.meeting.searching
  }

  get inUse(): ServersInUse {
    const unmet = (this.#init.unnamed ?? []).filter((address) => !this.trust.isFound(address)).length
    return { chosen: this.trust.chosenPeers.length + unmet, connected: this.sessions.size }
  }

  onStream(stream: ServerStream): ServerStreamHandler {
    this.#greeting++
    let greeted = false
    let refused = 0
    const afterGreeting = (): void => {
      if (!greeted) this.#greeting--
      greeted = true
    }
    const session: ServerSession = new ServerSession(stream, {
      onWelcome: () => {
        afterGreeting()
        return this.#welcome(session)
      },
      onChanged: () => {
        if (this.#remember(session)) this.onChanged(session)
      },
      onStatements: (_, statements) => {
        for (const bytes of statements) if (this.#take(bytes) === 'refused') refused++
        if (refused > MAX_REFUSED_STATEMENTS) this.#parts.network.disconnect(stream.peerId, 'what it says is not to be taken')
      },
      onRefused: (_, reason, message) => {
        this.#parts.network.refused(stream.peerId)
        const text = `The server ${stream.peerId.slice(-8)} turned this node away: ${message}`
        this.#parts.emit({ method: 'notice', params: { code: reason === 'banned' ? 'banned' : 'server-refused', text } })
      },
      onEnd: () => {
        afterGreeting()
        if (this.sessions.get(session.peerId) !== session) return
        this.sessions.delete(session.peerId)
        this.#parts.emit({ method: 'servers', params: this.inUse })
      }
    }, this.#parts.clock)
    session.open(this.#introduction())
    return session
  }

  /** This node is reached elsewhere, or its person goes by another name. */
  introduce(): void {
    this.meeting.introduce(this.#introduction())
  }

  /** Undefined: not a topic of a server. */
  onFrame(topic: string, frame: Uint8Array): Verdict | undefined {
    const server = this.#topics.get(topic)
    if (server === undefined) return undefined
    const outcome = this.#take(frame, server)
    return outcome === 'new' ? 'accept' : outcome === 'known' ? 'ignore' : 'reject'
  }

  /** Why somebody is hidden and refused here, or undefined. `names`: identity, PeerId. */
  banOf(...names: readonly string[]): BanNotice | undefined {
    if (!this.#init.honourBans) return undefined
    const found = this.trust.ban(names, this.#parts.clock.nowMs())
    if (found === undefined) return undefined
    const { server, ban } = found
    return { server: this.trust.peerIdOf(server) ?? printOf(server), until: ban.untilMs, reason: ban.reason }
  }

  /** In force, oldest first. */
  announcements(): AnnouncementView[] {
    const nowMs = this.#parts.clock.nowMs()
    const kept = this.trust.trusted().flatMap((server) => this.trust.book.announcements(server, nowMs))
    return kept.sort((left, right) => left.statement.timeMs - right.statement.timeMs).map((one) => this.#view(one))
  }

  #remember({ peerId, identity, nick, federates }: ServerSession): boolean {
    const before = this.trust.chosen().find((known) => known.peerId === peerId)
    if (identity === undefined || !this.trust.met({ peerId, identity, nick, federates })) return false
    if (before?.identity !== identity || before.nick !== nick || before.federates !== federates) this.#save()
    return true
  }

  #welcome(session: ServerSession): boolean {
    if (!this.#remember(session)) return false
    this.#dials = 0
    this.sessions.set(session.peerId, session)
    this.#follow()
    this.meeting.onSession(session)
    this.onSession(session)
    this.#parts.emit({ method: 'servers', params: this.inUse })
    return true
  }

  #introduction(): ServerIntroduction {
    const { self, ownAddresses } = this.#parts
    const have = this.trust.trusted().map((server) => ({ server, ...this.trust.book.versions(server) }))
    return { binding: self.binding, nick: self.nick, addresses: ownAddresses(), have, federates: this.#init.federates === true }
  }

  /** `by`: only this server's word is taken. */
  #take(bytes: Uint8Array, by?: Identity): 'new' | 'known' | 'refused' {
    const outcome = this.trust.take(bytes, this.#parts.clock.nowMs())
    if (!outcome.ok) return HARMLESS.has(outcome.reason) ? 'known' : 'refused'
    const news = outcome.value
    if (news === undefined) return 'known'
    try {
      this.#save()
    } finally {
      this.#tell(news)
    }
    return by === undefined || news.statement.author === by ? 'new' : 'refused'
  }

  #tell(news: News): void {
    if (news.kind === 'federation') this.#follow()
    if (news.kind === 'announcement') {
      const view = this.#view({ ...news.announcement, statement: news.statement })
      this.#parts.emit({ method: 'announcement', params: view })
    }
    // A server that is named no more bans nobody.
    if (news.kind !== 'announcement') {
      this.#ownBans.review()
      this.onBans()
    }
    this.onNews(news)
  }

  #view({ nick, text, statement }: KeptAnnouncement): AnnouncementView {
    return announcementView(this.trust.peerIdOf(statement.author) ?? '', nick, text, statement)
  }

  /** Holds streams to all servers whose word counts, and listens on their topics. */
  #follow(): void {
    const { network } = this.#parts
    network.useServers([...this.trust.chosenPeers, ...this.trust.friends().map(({ peerId }) => peerId)])
    const topics = new Map(this.trust.trusted().map((server) => [serverTopic(server), server]))
    for (const topic of this.#topics.keys()) if (!topics.has(topic)) network.unsubscribe(topic)
    for (const topic of topics.keys()) if (!this.#topics.has(topic)) network.subscribe(topic)
    this.#topics.clear()
    for (const [topic, server] of topics) this.#topics.set(topic, server)
  }

  /** Chosen servers are dialled by the network. When few of them are there, others that they named are tried, in any order. */
  #beat(): void {
    const unnamed = this.#init.unnamed ?? []
    if (this.#ended || (this.trust.isEmpty && unnamed.length === 0)) return
    this.#ownBans.review()
    const waiting = unnamed.filter((address) => !this.#look(address))
    const nowMs = this.#parts.clock.nowMs()
    if (this.sessions.size < WANTED_SESSIONS && nowMs >= this.#nextDialMs) {
      const absent = this.trust.friends().filter(({ peerId }) => !this.sessions.has(peerId))
      const friend = absent.length === 0 ? undefined : absent[this.#parts.random.bytes(1)[0]! % absent.length]
      if (friend !== undefined) {
        this.#dials++
        this.#nextDialMs = nowMs + Math.min(MAX_DIAL_WAIT_MS, DIAL_EVERY_MS * 2 ** Math.min(6, this.#dials))
        void this.#dial(friend.addresses)
      }
    }
    this.#timer = this.#parts.clock.after(waiting.length > 0 ? LOOK_EVERY_MS : DIAL_EVERY_MS, () => this.#beat())
  }

  /** False while nobody is there. */
  #look(address: string): boolean {
    const peerId = this.#parts.network.peerAt(address)
    if (peerId === undefined) return false
    if (this.trust.isChosen(peerId) || this.#strangers.has(peerId)) return true
    if (this.trust.found(address, peerId)) this.#follow()
    else {
      this.#strangers.add(peerId)
      const way = `If that is right, add /p2p/${peerId} to the address.`
      const text = `At ${address} is another server than before, so its word does not count. ${way}`
      this.#parts.emit({ method: 'notice', params: { code: 'server-changed', text } })
    }
    return true
  }

  async #dial(addresses: readonly string[]): Promise<void> {
    for (const address of addresses) {
      try {
        await this.#parts.network.connect(address)
        return
      } catch {
        // The next address may be better, and later another server.
      }
    }
  }
}
