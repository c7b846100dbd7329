/** The `server.*` methods on a node that is none itself: what it knows of its servers, and calls to those that authorise its person. */
import { utf8Length } from '../core/record/bytes.ts'
import { MAX_ANSWER_ITEMS, MAX_CONSOLE_CALL_BYTES } from '../core/record/limits.ts'
import { callPayload } from '../core/server/payloads.ts'
import { signStatement, STATEMENT } from '../core/server/statement.ts'
import { nameKey } from '../core/text/name-key.ts'
import { ApiError, REFUSED } from './api.ts'
import type { Params, Result } from './api.ts'
import type { ServerMethod, ServerView } from './api-server.ts'
import type { RoomHost } from './room-host.ts'
import { listedRooms, whereListed, wishListed } from './server-listing.ts'
import type { ListingComponents } from './server-listing.ts'
import type { ServerSession } from './server-session.ts'
import type { Servers } from './servers.ts'
import { printOf } from './views.ts'

export interface ServerDeskComponents extends ListingComponents {
  readonly servers: Servers
  /** The room that people call so. @throws {ApiError} */
  readonly resolve: (room: string) => RoomHost
}

type LocalMethod = 'server.rooms' | 'server.list' | 'server.listed' | 'server.known' | 'server.announcements'
type Local = { [M in LocalMethod]: (params: Params<M>) => Result<M> | Promise<Result<M>> }

export class ServerDesk {
  readonly #parts: ServerDeskComponents
  readonly #local: Local = {
    'server.rooms': ({ server }) => listedRooms(this.#session(server)),
    'server.list': ({ room, listed, server }) => wishListed(this.#parts.resolve(room), listed, this.#meant(server), this.#parts),
    'server.listed': ({ room }) => whereListed(this.#parts.resolve(room).id, this.#meant(undefined)),
    'server.known': () => knownServers(this.#parts.servers, this.#parts.clock.nowMs()),
    'server.announcements': () => this.#parts.servers.announcements()
  }

  constructor(parts: ServerDeskComponents) {
    this.#parts = parts
  }

  async call<M extends ServerMethod>(method: M, params: Params<M>): Promise<Result<M>> {
    const local = (this.#local as Partial<Record<ServerMethod, (params: Params<M>) => unknown>>)[method]
    if (local !== undefined) return (await local(params)) as Result<M>
    const { server, ...rest } = params as { server?: string }
    return (await this.#remote(this.#session(server), method, rest)) as Result<M>
  }

  /** The one of that name, or all that are connected. */
  #meant(named: string | undefined): ServerSession[] {
    if (named !== undefined) return [this.#session(named)]
    const sessions = [...this.#parts.servers.sessions.values()]
    if (sessions.length === 0) this.#session(undefined)
    return sessions
  }

  /** The connected server that is meant: by PeerId, its end, identity, fingerprint or nick; the only one, if there is one. */
  #session(named: string | undefined): ServerSession {
    const sessions = [...this.#parts.servers.sessions.values()]
    const fits = sessions.filter((session) => named === undefined || isCalled(session, named))
    if (fits.length === 1) return fits[0]!
    const ids = (fits.length === 0 ? sessions : fits).map(({ peerId }) => peerId)
    if (fits.length > 1) {
      const text = `There are ${fits.length} servers: ${ids.join(', ')}. Say which one you mean.`
      throw new ApiError(REFUSED, 'ambiguous', text, { candidates: ids })
    }
    if (named === undefined) throw new ApiError(REFUSED, 'not-found', 'No server is connected; choose one with --bootstrap.')
    const known = ids.length === 0 ? 'none is' : `these are: ${ids.join(', ')}`
    throw new ApiError(REFUSED, 'not-found', `No server of that name is connected; ${known}.`)
  }

  async #remote(session: ServerSession, method: ServerMethod, params: object): Promise<unknown> {
    const { self, clock } = this.#parts
    const call = JSON.stringify({ method, params })
    if (utf8Length(call) > MAX_CONSOLE_CALL_BYTES) {
      throw new ApiError(REFUSED, 'too-long', `A call to a server has at most ${MAX_CONSOLE_CALL_BYTES} bytes.`)
    }
    const statement = signStatement(self.signer, {
      type: STATEMENT.call,
      sequence: ++session.calls,
      timeMs: clock.nowMs(),
      expiresMs: null,
      payload: callPayload({ server: session.identity ?? '', challenge: session.challenge, call })
    })
    const answer = await session.ask({ type: 'call', call: statement.bytes })
    const value: unknown = answer.type === 'result' ? parsed(answer.json) : undefined
    if (!isPlain(value)) throw new ApiError(REFUSED, 'malformed', 'The server gave an answer that is none.')
    return value
  }
}

/** The servers that were met or named, chosen ones first. */
export function knownServers({ trust, sessions }: Servers, nowMs: number): ServerView[] {
  const friends = trust.friends().map(({ peerId, identity }) => {
    return { peerId, identity, nick: sessions.get(peerId)?.nick ?? printOf(identity) }
  })
  return [...trust.chosen(), ...friends].map(({ peerId, identity, nick }) => ({
    peerId,
    identity,
    fingerprint: printOf(identity),
    nick,
    connected: sessions.has(peerId),
    chosen: trust.isChosen(peerId),
    bans: trust.book.bans(identity, nowMs).length
  }))
}

function isCalled({ peerId, identity, nick }: ServerSession, named: string): boolean {
  if (identity === undefined) return false
  const isNamed = [identity, printOf(identity), nick].some((one) => nameKey(one) === nameKey(named))
  return isNamed || peerId === named || (named.length >= 6 && peerId.endsWith(named))
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json) as unknown
  } catch {
    return undefined
  }
}

/** True, a flat object, or a list of flat objects. */
function isPlain(value: unknown): boolean {
  if (value === true) return true
  return Array.isArray(value) ? value.length <= MAX_ANSWER_ITEMS && value.every(isFlat) : isFlat(value)
}

function isFlat(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  return Object.values(value).every((field) => typeof field !== 'object' || field === null)
}
