/**
 * Joining by name: rooms joined before, then what connected peers know, then a room of our own, provisionally, while the search goes on. The rules are
 * in core/room/naming; here they meet peers and time. Names are asked for hashed, and only rooms that are open are told of.
 */
import { DEFAULT_RATE } from '../core/authority/messages.ts'
import { SPOKEN_KINDS } from '../core/record/kinds.ts'
import { MAX_NAME_CANDIDATES, MAX_ROOMS_PER_PEER } from '../core/record/limits.ts'
import type { RoomId, SignedRecord } from '../core/record/record.ts'
import { chooseCandidate, handleOf, yields } from '../core/room/naming.ts'
import type { Candidate } from '../core/room/naming.ts'
import { nameHash } from '../core/seal/topic.ts'
import type { RoomName } from '../core/text/names.ts'
import { ApiError, REFUSED } from './api.ts'
import type { Engine } from './context.ts'
import { elapsedMs } from './elapsed.ts'
import type { Findable } from './findable.ts'
import { ensureRunning } from './life.ts'
import { noteHint, readHint, support } from './name-hints.ts'
import type { Hint } from './name-hints.ts'
import type { Rooms } from './rooms.ts'
import type { RoomHost } from './room-host.ts'
import type { Session } from './session.ts'
import { decodeStored } from './views.ts'

/**
 * How long a name is looked for before a room is made: connected peers answer in milliseconds, a LAN within a second, the DHT and whoever it
 * names within some. It ends sooner when there is nobody left to ask.
 */
const SEARCH_MS = 6_000
const ANSWER_MS = 1_000
/**
 * And after the first room was found, if strangers alone tell of it: who is quickest to answer may be a liar. Where they tell of several it is looked for as
 * long as for none, so that the person is shown the right one among them.
 */
const SETTLE_MS = 2_000
const LOOK_EVERY_MS = 20
/** A disk that refused is tried again after so long. */
const RETRY_MS = 5_000
/** Rooms that a person is shown to choose from; a program is given all. */
const MAX_SHOWN = 8
/** Other rooms of a name that are told of: a liar can make any number of them. */
const MAX_RIVALS = 32
/** Own lines that move along when a provisional room yields: what a room takes at once. Who has said more made the room its own, and it stays. */
const MAX_MOVED_LINES = DEFAULT_RATE.count

interface Search {
  readonly sinceMs: number
  /** Peers that have not answered. */
  readonly waiting: Set<string>
}

export type Found = Parameters<Session['sendFound']>[1]

export class Joining {
  readonly #engine: Engine
  readonly #rooms: Rooms
  /** Rooms that peers told of, by hashed name. */
  readonly #hints = new Map<string, Map<RoomId, Hint>>()
  readonly #searches = new Map<string, Search>()
  /** Which names each peer asked for, to be told when a room of it comes to be, or becomes established. */
  readonly #asked = new Map<string, Set<string>>()

  constructor(engine: Engine, rooms: Rooms, findable: Findable) {
    this.#engine = engine
    this.#rooms = rooms
    rooms.opened = (host) => {
      this.#tell(host)
      findable.update()
    }
  }

  /**
   * Resolves with the room of this name: one joined before, one that somebody is in, or a new one of which the token is told. A room that was closed
   * gives its name free, but no new one is made in its place unasked.
   * Refuses with `ambiguous`.
   */
  async joinByName(wanted: RoomName): Promise<{ host: RoomHost; reclaimToken?: string }> {
    const before = this.#pinned(wanted)
    if (before !== undefined && before.standing.now !== 'closed') return { host: before }
    const name = nameHash(wanted.key)
    await this.#search(name)
    // Another call for the same name may have come first.
    const meanwhile = this.#pinned(wanted)
    if (meanwhile !== undefined && meanwhile !== before) return { host: meanwhile }
    const chosen = chooseCandidate(this.#candidates(name))
    if (chosen.choice === 'none' && before !== undefined) return { host: before }
    if (chosen.choice === 'none') return this.#rooms.create({ name: wanted.name, access: 'open', topic: '', provisional: true })
    const hints = this.#hints.get(name)!
    if (chosen.choice === 'join') return { host: this.#rooms.enter(hints.get(chosen.room)!.genesis) }
    const established = [...hints.values()].filter((hint) => hint.established).sort((left, right) => support(right) - support(left))
    throw ambiguous(wanted.name, established.map((hint) => handleOf(wanted.name, hint.genesis.id)))
  }

  /** Rooms that peers tell of under a name, or under an id, by its hash. */
  async lookUp(hash: string): Promise<SignedRecord[]> {
    await this.#search(hash)
    return [...(this.#hints.get(hash)?.values() ?? [])].map((hint) => hint.genesis)
  }

  askPeer(session: Session): void {
    const names = new Set(this.#searches.keys())
    for (const host of this.#engine.hosts.values()) if (isOpen(host)) names.add(host.nameHash)
    for (const search of this.#searches.values()) search.waiting.add(session.peerId)
    session.sendFind([...names].slice(0, MAX_ROOMS_PER_PEER))
  }

  forgetPeer(peerId: string): void {
    for (const search of this.#searches.values()) search.waiting.delete(peerId)
    this.#asked.delete(peerId)
  }

  /** A peer asks for these names; it is answered by {@link answer}, and told of later when there is something new. */
  onFind(session: Session, names: readonly string[]): void {
    const asked = [...(this.#asked.get(session.peerId) ?? []), ...names]
    this.#asked.set(session.peerId, new Set(asked.slice(-MAX_ROOMS_PER_PEER)))
  }

  /** Tells a peer which rooms of a name, or of an id, are here. Returns how many bytes that were. */
  answer(session: Session, name: string): number {
    return session.sendFound(name, found([...this.#hostsOf(name), ...this.#openHosts((host) => host.idHash === name)]))
  }

  onFound(session: Session, name: string, candidates: Found): void {
    const wanted = this.#searches.has(name) || this.#hostsOf(name).length > 0
    for (const { genesis, established } of wanted ? candidates : []) {
      const read = readHint(genesis, name)
      if (read === undefined) return session.fault('a room that is not of the name that was asked for')
      this.#note(name, { genesis: read, established, by: new Map([[session.peerId, this.#hostOf(session)]]) })
    }
    this.#searches.get(name)?.waiting.delete(session.peerId)
    for (const hint of [...(this.#hints.get(name)?.values() ?? [])]) for (const host of this.#hostsOf(name)) this.#settle(host, hint)
  }

  /** Somebody else is in the room: from now on it yields to none. */
  establish(host: RoomHost): void {
    if (!host.provisional) return
    host.provisional = false
    this.#engine.writer.touch(host)
    this.#engine.emit({ method: 'room', params: host.view('established') })
    this.#tell(host)
    for (const hint of this.#hints.get(host.nameHash)?.values() ?? []) this.#settle(host, hint)
  }

  /** After a start: what was giving way when the process ended does so now. */
  resume(): void {
    const hosts = [...this.#engine.hosts.values()]
    for (const host of hosts.filter((one) => one.provisional)) {
      const other = hosts.find((one) => one.key === host.key && !one.provisional)
      if (other !== undefined) this.#yieldTo(host, other.genesis)
    }
  }

  #pinned({ name, key }: RoomName): RoomHost | undefined {
    const stored = this.#rooms.pinned(key)
    const going = stored.filter((room) => this.#engine.hosts.get(room.id)?.standing.now !== 'closed')
    const known = going.length > 0 ? going : stored
    if (known.length > 1) throw ambiguous(name, known.map((room) => handleOf(room.name, room.id)))
    return known[0] === undefined ? undefined : this.#rooms.reopen(known[0])
  }

  async #search(hash: string): Promise<void> {
    if (!this.#searches.has(hash)) this.#ask(hash)
    while (this.#searching(hash)) await new Promise<void>((resolve) => this.#engine.clock.after(LOOK_EVERY_MS, resolve))
    this.#searches.delete(hash)
    ensureRunning(this.#engine.life)
  }

  #hostsOf(name: string): RoomHost[] {
    return this.#openHosts((host) => host.nameHash === name && host.standing.now === 'in')
  }

  #openHosts(fits: (host: RoomHost) => boolean): RoomHost[] {
    return [...this.#engine.hosts.values()].filter((host) => isOpen(host) && host.standing.now !== 'removed' && fits(host))
  }

  #candidates(name: string): Candidate[] {
    return [...(this.#hints.get(name)?.values() ?? [])].map((hint) => ({ room: hint.genesis.id, established: hint.established }))
  }

  #ask(name: string): void {
    const { clock, network, servers, sessions, views } = this.#engine
    this.#searches.set(name, { sinceMs: clock.nowMs(), waiting: new Set(sessions.keys()) })
    views.askAround()
    for (const session of sessions.values()) session.sendFind([name])
    network.seek(name)
    servers.meeting.seek(name)
  }

  /** Whether it is worth waiting on before a room is chosen or made. */
  #searching(name: string): boolean {
    const search = this.#searches.get(name)
    if (search === undefined || this.#engine.life.ending) return false
    const { clock, network, servers } = this.#engine
    const ageMs = elapsedMs(search.sinceMs, clock.nowMs())
    const answers = search.waiting.size > 0 && ageMs < ANSWER_MS
    const hints = [...(this.#hints.get(name)?.values() ?? [])]
    const isSettled = hints.some(({ by }) => [...by.keys()].some((peerId) => network.isVouched(peerId)))
    const mostMs = isSettled ? 0 : hints.length === 1 ? SETTLE_MS : SEARCH_MS
    return answers || ((network.searching() || servers.searching) && ageMs < mostMs)
  }

  #note(name: string, hint: Hint): void {
    const known = this.#hints.get(name) ?? new Map<RoomId, Hint>()
    this.#hints.set(name, known)
    noteHint(known, hint)
  }

  /** The address of this machine or router, as far as it can be told. */
  #hostOf({ peerId }: Session): string {
    const address = this.#engine.network.peers().find((peer) => peer.peerId === peerId)?.address
    return address?.split('/')[2] ?? ''
  }

  /** Who asked for the name hears of the room. */
  #tell(host: RoomHost): void {
    const name = host.nameHash
    for (const session of this.#engine.sessions.values()) {
      if (this.#asked.get(session.peerId)?.has(name) === true) session.sendFound(name, found([host]))
    }
  }

  /** A room of ours and another of its name are known now. */
  #settle(host: RoomHost, hint: Hint): void {
    const other = { room: hint.genesis.id, established: hint.established }
    if (yields({ room: host.id, provisional: host.provisional }, other)) return this.#yieldTo(host, hint.genesis)
    if (host.id === other.room || host.provisional || !hint.established || host.rivals.has(other.room)) return
    if (host.rivals.size >= MAX_RIVALS) return
    host.rivals.add(other.room)
    this.#engine.emit({ method: 'room', params: host.view('changed') })
    const text = `There is another room named ${host.name}: ${handleOf(host.name, other.room)}. Yours is shown as ${host.handle}.`
    this.#engine.emit({ method: 'notice', params: { room: host.id, code: 'same-name', text } })
  }

  #yieldTo(host: RoomHost, genesis: SignedRecord): void {
    const { store, self, emit } = this.#engine
    const own = store.timeline(host.id, SPOKEN_KINDS, MAX_MOVED_LINES + 1).filter((record) => record.author === self.identity)
    if (own.length > MAX_MOVED_LINES) return this.establish(host)
    const view = host.view('yielded')
    const successor = this.#entered(host, genesis)
    for (const stored of own) {
      const record = decodeStored(stored)
      if (record !== undefined) this.#rooms.post(successor, record.kind, record.payload)
    }
    if (!this.#rooms.forget(host, successor.id)) return this.#yieldLater(host, genesis)
    emit({ method: 'room', params: { ...view, joined: false, yieldedTo: successor.id } })
    const moved = own.length === 0 ? '' : own.length === 1 ? ' Your message moved along.' : ` Your ${own.length} messages moved along.`
    const text = `${host.name} was there already, made by somebody else: you are in it now.${moved}`
    emit({ method: 'notice', params: { room: successor.id, code: 'yielded', text } })
  }

  /** @throws {StoreError} when the disk refuses; nobody may tell of the room again, so it is tried again. */
  #entered(host: RoomHost, genesis: SignedRecord): RoomHost {
    try {
      return this.#rooms.enter(genesis)
    } catch (error) {
      this.#yieldLater(host, genesis)
      throw error
    }
  }

  #yieldLater(host: RoomHost, genesis: SignedRecord): void {
    this.#engine.clock.after(RETRY_MS, () => {
      if (this.#engine.hosts.get(host.id) === host && !this.#engine.life.ending) this.#yieldTo(host, genesis)
    })
  }
}

function isOpen(host: RoomHost): boolean {
  return host.machine.state.genesis.access === 'open'
}

function found(hosts: readonly RoomHost[]): Found {
  return hosts.slice(0, MAX_NAME_CANDIDATES).map((host) => ({ genesis: host.genesis.bytes, established: !host.provisional }))
}

/** `handles`: the likeliest first. */
function ambiguous(name: string, handles: readonly string[]): ApiError {
  const list = [...new Set(handles)]
  const more = list.length > MAX_SHOWN ? `, and ${list.length - MAX_SHOWN} more of which fewer tell` : ''
  const text = `There are ${list.length} rooms named ${name}: ${list.slice(0, MAX_SHOWN).join(', ')}${more}. Say which one you mean.`
  return new ApiError(REFUSED, 'ambiguous', text, { candidates: list })
}
