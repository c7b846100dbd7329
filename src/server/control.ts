/** The `server.*` methods on the server itself: what its operator can do. None of it touches a room. */
import { hash, timingSafeEqual } from 'node:crypto'
import { isHex, utf8Length } from '../core/record/bytes.ts'
import { isReason } from '../core/record/fields.ts'
import { fingerprint } from '../core/record/keys.ts'
import type { Identity } from '../core/record/keys.ts'
import {
  MAX_ANNOUNCEMENT_BYTES, MAX_ANNOUNCEMENT_MS, MAX_CODE_GUESSERS, MAX_CODE_TRIES, MAX_OPERATORS, MAX_SERVER_BANS
} from '../core/record/limits.ts'
import { isBanTarget, isPeerIdText } from '../core/server/payloads.ts'
import type { Statement } from '../core/server/statement.ts'
import { nameKey } from '../core/text/name-key.ts'
import { ApiError, INVALID_PARAMS, REFUSED } from '../engine/api.ts'
import type { Params, Result } from '../engine/api.ts'
import type { AnnouncementView, OperatorView, ServerMethod, ServerStats } from '../engine/api-server.ts'
import type { Clock } from '../engine/ports.ts'
import { knownServers } from '../engine/server-desk.ts'
import { announcementView } from '../engine/views.ts'
import type { Alliance } from './alliance.ts'
import { listedRooms } from './listed.ts'
import type { Gate } from './gate.ts'
import type { Guest } from './guest.ts'
import type { Rendezvous } from './rendezvous.ts'
import type { ServerState } from './state.ts'

/** An announcement lasts a day when nothing else is said. */
const DEFAULT_ANNOUNCEMENT_MS = 24 * 3600 * 1000
/** What is smaller was meant as a time from now: as a date it would be long ago. */
const LEAST_DATE_MS = 1_000_000_000_000

export interface ControlComponents {
  readonly peerId: string
  readonly state: ServerState
  readonly gate: Gate
  readonly rendezvous: Rendezvous
  readonly alliance: Alliance
  readonly identity: Identity
  readonly clock: Clock
  readonly nick: () => string
  /** Connected, and admitted. */
  readonly guests: () => readonly Guest[]
  /** By what name those who were here lately are known, by identity. */
  readonly known: ReadonlyMap<string, string>
  /** A statement of ours is new: it goes to everybody. */
  readonly publish: (statement: Statement) => void
  /** Looks anew who may stay. */
  readonly recheck: () => void
  readonly stats: () => ServerStats
  /** The code without which nobody from afar ends the server. */
  readonly code: string
  readonly shutdown: () => void
}

/** From afar, who calls; undefined for the operator on the machine itself. */
type Caller = Guest | undefined
type Table = { [M in ServerMethod]: (params: Params<M>, caller: Caller) => Result<M> }

export class Control {
  readonly #parts: ControlComponents
  readonly #wrongCodes = new Map<string, number>()
  readonly #table: Table = {
    'server.announce': ({ text, expires }) => this.#announce(text, expires),
    'server.ban': ({ who, duration, reason }) => this.#ban(who, duration, reason ?? ''),
    'server.unban': ({ who }) => this.#unban(who),
    'server.bans': () => this.#parts.state.bans().map(({ who, untilMs, reason }) => {
      return { who, nick: this.#nickOf(who), until: untilMs, reason }
    }),
    'server.kick': ({ who }) => this.#kick(who),
    'server.users': () => this.#parts.guests().map(({ identity, nick, peerId, address, sinceMs }) => {
      return { identity: identity ?? '', nick, peerId, address, since: sinceMs }
    }),
    'server.allow': ({ who }) => this.#allow(who),
    'server.disallow': ({ who }) => this.#disallow(who),
    'server.operators': () => this.#operators(),
    'server.federate': ({ address }) => this.#parts.alliance.federate(address),
    'server.unfederate': ({ who }) => this.#parts.alliance.unfederate(who),
    'server.federation': () => this.#parts.alliance.list(),
    'server.shutdown': ({ code }, caller) => this.#shutdown(code, caller),
    'server.stats': () => this.#parts.stats(),
    'server.rooms': () => listedRooms(this.#parts.state.directory, this.#parts.rendezvous, this.#parts.clock.nowMs()),
    'server.unlist': ({ room, undo }) => (undo === true ? this.#letIn(room) : this.#unlist(room)),
    'server.list': () => notHere('A room is listed by its owner, from the node that is in it.'),
    'server.listed': () => notHere('Whether a room is listed is asked by who is in it; here, server.rooms shows the list.'),
    'server.known': () => knownServers(this.#parts.alliance.federation.servers, this.#parts.clock.nowMs()),
    'server.announcements': () => this.#announcements()
  }

  constructor(parts: ControlComponents) {
    this.#parts = parts
  }

  run<M extends ServerMethod>(method: M, params: Params<M>, caller?: Guest): Result<M> {
    const { server } = params as { server?: string }
    if (server !== undefined && server !== this.#parts.peerId) notHere('This is another server; leave out which one, or call that one.')
    return this.#table[method](params, caller)
  }

  #announce(text: string, expires: number | undefined): Result<'server.announce'> {
    const { state, clock, nick, publish } = this.#parts
    const said = text.trim()
    if (said === '') throw new ApiError(INVALID_PARAMS, 'wrong-arguments', 'An announcement needs a text.')
    if (utf8Length(said) > MAX_ANNOUNCEMENT_BYTES) {
      throw new ApiError(REFUSED, 'too-long', `An announcement has at most ${MAX_ANNOUNCEMENT_BYTES} bytes.`)
    }
    const nowMs = clock.nowMs()
    const asked = expires ?? DEFAULT_ANNOUNCEMENT_MS
    const expiresMs = asked < LEAST_DATE_MS ? nowMs + asked : asked
    if (expiresMs <= nowMs || expiresMs > nowMs + MAX_ANNOUNCEMENT_MS) {
      throw new ApiError(INVALID_PARAMS, 'wrong-arguments', 'An announcement expires in the future, and within 30 days.')
    }
    const statement = state.announce(nick(), said.toWellFormed(), expiresMs)
    publish(statement)
    return { id: statement.id, time: statement.timeMs, expires: expiresMs }
  }

  #announcements(): AnnouncementView[] {
    const { state, alliance, identity, peerId, clock } = this.#parts
    const own = state.book.announcements(identity, clock.nowMs())
    const views = own.map(({ nick, text, statement }) => announcementView(peerId, nick, text, statement))
    return [...views, ...alliance.federation.servers.announcements()].sort((left, right) => left.time - right.time)
  }

  #ban(named: string, durationMs: number | undefined, reason: string): Result<'server.ban'> {
    const { state, clock, publish, recheck, alliance } = this.#parts
    const who = this.#resolve(named)
    const why = reason.trim().toWellFormed()
    if (!isReason(why)) throw new ApiError(REFUSED, 'too-long', 'A reason has at most 256 bytes.')
    if (who === this.#parts.identity || who === this.#parts.peerId) throw new ApiError(REFUSED, 'outranked', 'That is this server itself.')
    if (this.#isOperator(who)) {
      throw new ApiError(REFUSED, 'outranked', 'That identity is authorised here; take that away first by disallow.')
    }
    if (alliance.includes(who)) throw new ApiError(REFUSED, 'outranked', 'That is a server which is named here; unfederate it first.')
    const others = state.bans().filter((ban) => ban.who !== who)
    if (others.length >= MAX_SERVER_BANS) {
      throw new ApiError(REFUSED, 'too-many', `There are ${MAX_SERVER_BANS} bans already; lift some, or admit by list.`)
    }
    const untilMs = durationMs === undefined ? null : Math.min(clock.nowMs() + durationMs, 4_102_444_800_000)
    const nick = this.#nickOf(who)
    if (nick !== '') state.nicks.set(who, nick)
    publish(state.setBans([...others, { who, untilMs, reason: why }]))
    recheck()
    return { who, nick, until: untilMs, reason: why }
  }

  #unban(named: string): true {
    const { state, publish } = this.#parts
    const bans = state.bans()
    // Also as the list of bans shortens it.
    const end = named.replace(/^…/u, '')
    const fits = bans.filter(({ who }) => {
      if (isHex(who, 32)) return [who, fingerprint(who)].includes(nameKey(named))
      return who === named || (end.length >= 8 && who.endsWith(end))
    })
    const key = nameKey(named)
    const called = fits.length > 0 ? fits : bans.filter(({ who }) => key !== '' && nameKey(this.#nickOf(who)) === key)
    if (called.length > 1) {
      const candidates = called.map(({ who }) => who)
      const text = `${called.length} bans fit that: ${candidates.join(', ')}. Say which one you mean.`
      throw new ApiError(REFUSED, 'ambiguous', text, { candidates })
    }
    const [target] = called
    if (target === undefined) throw new ApiError(REFUSED, 'not-found', 'There is no such ban; bans lists them.')
    publish(state.setBans(bans.filter((ban) => ban !== target)))
    return true
  }

  /** By what name somebody is known: as they say now, or said when they were banned. */
  #nickOf(who: string): string {
    const guest = this.#parts.guests().find(({ identity, peerId }) => identity === who || peerId === who)
    return guest?.nick ?? this.#parts.state.nicks.get(who) ?? this.#parts.known.get(who) ?? ''
  }

  #unlist(named: string): true {
    const { state, rendezvous, clock } = this.#parts
    const { id } = one(named, listedRooms(state.directory, rendezvous, clock.nowMs()), 'on the public list; list rooms shows it')
    state.directory.unlist(id)
    state.save()
    return true
  }

  #letIn(named: string): true {
    const { state } = this.#parts
    const { id } = one(named, [...state.directory.unlisted].map(([id, name]) => ({ id, name })), 'among those that were taken out')
    state.directory.unlisted.delete(id)
    state.save()
    return true
  }

  #kick(named: string): true {
    const { gate, recheck } = this.#parts
    const who = this.#resolve(named)
    if (!this.#parts.guests().some((guest) => guest.identity === who || guest.peerId === who)) throw notFound(named)
    gate.kick(who)
    recheck()
    return true
  }

  #operators(): OperatorView[] {
    const { state: { operators }, guests } = this.#parts
    return operators.all().map((identity) => {
      const nick = guests().find((guest) => guest.identity === identity)?.nick ?? ''
      return { identity, nick, by: operators.configured.has(identity) ? 'configuration' : 'console' }
    })
  }

  /** Also by the PeerId of a node that is connected. */
  #isOperator(who: string): boolean {
    const { state: { operators }, guests } = this.#parts
    const of = guests().find(({ peerId }) => peerId === who)?.identity
    return operators.has(who) || (of !== undefined && operators.has(of))
  }

  #allow(named: string): true {
    const { state, clock, identity } = this.#parts
    const who = this.#resolve(named)
    if (!isHex(who, 32)) throw new ApiError(REFUSED, 'not-found', 'An identity is authorised, not a node; p2pchat id shows it.')
    if (state.book.ban(identity, who, clock.nowMs()) !== undefined) {
      throw new ApiError(REFUSED, 'banned', 'That identity is banned here; unban it first.')
    }
    if (state.operators.allowed.size >= MAX_OPERATORS && !state.operators.has(who)) {
      throw new ApiError(REFUSED, 'too-many', `At most ${MAX_OPERATORS} identities can be authorised; disallow one first.`)
    }
    state.operators.allowed.add(who)
    state.save()
    return true
  }

  #disallow(named: string): true {
    const { state: { operators }, state, recheck } = this.#parts
    const who = operators.all().find((one) => one === named || fingerprint(one) === named) ?? this.#resolve(named)
    if (operators.configured.has(who)) {
      const text = 'That identity is authorised by the configuration (operator); take it out there, then reload (SIGHUP) or start anew.'
      throw new ApiError(REFUSED, 'configured', text)
    }
    if (!operators.allowed.delete(who)) {
      throw new ApiError(REFUSED, 'not-found', 'That identity is not authorised here; list operators shows who is.')
    }
    state.save()
    recheck()
    return true
  }

  #shutdown(code: string | undefined, caller: Caller): true {
    if (caller !== undefined || code !== undefined) this.#checkCode(code ?? '', caller)
    this.#parts.shutdown()
    return true
  }

  /** Counts by identity, so that another node or connection of the same person gives no further tries. */
  #checkCode(code: string, caller: Caller): void {
    const who = caller?.identity ?? ''
    const wrong = this.#wrongCodes.get(who) ?? 0
    if (wrong >= MAX_CODE_TRIES) {
      throw new ApiError(REFUSED, 'locked-out', 'Too many wrong codes; the server can be ended on its own machine.')
    }
    const [given, right] = [code, this.#parts.code].map((one) => hash('sha256', one, 'buffer')) as [Buffer, Buffer]
    if (timingSafeEqual(given, right)) return
    if (this.#wrongCodes.size >= MAX_CODE_GUESSERS) throw new ApiError(REFUSED, 'locked-out', 'Too many wrong codes were tried.')
    this.#wrongCodes.set(who, wrong + 1)
    const left = MAX_CODE_TRIES - wrong - 1
    throw new ApiError(REFUSED, 'bad-code', `That is not the code that the server printed when it started; ${left} tries are left.`)
  }

  /** An identity or PeerId: as it is, or of whoever is connected under that fingerprint or nick. */
  #resolve(named: string): string {
    if (isHex(named.toLowerCase(), 32)) return named.toLowerCase()
    if (isPeerIdText(named) && isBanTarget(named)) return named
    const guest = this.#connected(named)
    if (guest?.identity !== undefined) return guest.identity
    // Whoever was here a moment ago can be meant as well.
    const key = nameKey(named)
    const gone = [...this.#parts.known].filter(([, nick]) => key !== '' && nameKey(nick) === key).map(([identity]) => identity)
    if (gone.length > 1) throw severalCalled(gone)
    if (gone[0] === undefined) throw notFound(named)
    return gone[0]
  }

  #connected(named: string): Guest | undefined {
    const guests = this.#parts.guests()
    const key = nameKey(named)
    const fits = guests.filter(({ identity, nick, peerId }) => {
      if (identity === undefined) return false
      return peerId === named || [identity, nick, fingerprint(identity)].some((name) => nameKey(name) === key)
    })
    const identities = [...new Set(fits.map(({ identity }) => identity!))]
    if (identities.length < 2) return fits[0]
    throw severalCalled(identities)
  }
}

function severalCalled(identities: readonly string[]): ApiError {
  const text = `${identities.length} people are called that here: ${identities.join(', ')}.`
  return new ApiError(REFUSED, 'ambiguous', text, { candidates: [...identities] })
}

/** The room that is meant, by its id or by its name in whatever spelling. @throws {ApiError} */
function one<Room extends { readonly id: string; readonly name: string }>(named: string, rooms: readonly Room[], where: string): Room {
  const fits = rooms.filter(({ id, name }) => id === named.toLowerCase() || nameKey(name) === nameKey(named))
  if (fits.length > 1) {
    const candidates = fits.map(({ id }) => id)
    throw new ApiError(REFUSED, 'ambiguous', `${fits.length} rooms are called that: ${candidates.join(', ')}.`, { candidates })
  }
  const [room] = fits
  if (room === undefined) throw new ApiError(REFUSED, 'not-found', `No room called ${JSON.stringify(named)} is ${where}.`)
  return room
}

function notFound(named: string): ApiError {
  return new ApiError(REFUSED, 'not-found', `Nobody who is connected is called ${JSON.stringify(named)}; list users shows who is there.`)
}

function notHere(message: string): never {
  throw new ApiError(REFUSED, 'not-here', message)
}
