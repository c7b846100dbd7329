/** The `server.*` methods on a node that is none itself: what it knows of its servers, and calls to those that authorise its person. */
import { utf8Length } from '../core/record/bytes.ts'
import { MAX_CONSOLE_CALL_BYTES, MAX_LISTED_ROOMS, MAX_LISTING_MS } from '../core/record/limits.ts'
import { KIND } from '../core/record/kinds.ts'
import { readGenesis } from '../core/record/payloads.ts'
import { decodeRecord, verifyRecord } from '../core/record/record.ts'
import { callPayload, listingPayload } from '../core/server/payloads.ts'
import { signStatement, STATEMENT } from '../core/server/statement.ts'
import { ApiError, REFUSED } from './api.ts'
import type { Params, Result } from './api.ts'
import type { ListedRoom, ServerMethod, ServerView } from './api-server.ts'
import type { Self } from './context.ts'
import type { Clock } from './ports.ts'
import type { RoomHost } from './room-host.ts'
import type { ServerSession } from './server-session.ts'
import type { Servers } from './servers.ts'
import { printOf } from './views.ts'

export interface ServerDeskComponents {
  readonly servers: Servers
  readonly self: Self
  readonly clock: Clock
  /** The room that people call so. @throws {ApiError} */
  readonly resolve: (room: string) => RoomHost
}

type LocalMethod = 'server.rooms' | 'server.list' | 'server.known' | 'server.announcements'
type Local = { [M in LocalMethod]: (params: Params<M>) => Result<M> | Promise<Result<M>> }

/** Entries of what a server answers. It is shown, so it must be no more than words and numbers, and lists of them. */
const MAX_ANSWER_ITEMS = 10_000

export class ServerDesk {
  readonly #parts: ServerDeskComponents
  readonly #local: Local = {
    'server.rooms': ({ server }) => this.#rooms(server),
    'server.list': ({ room, listed }) => this.#list(room, listed),
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

  async #rooms(named: string | undefined): Promise<ListedRoom[]> {
    const session = this.#session(named)
    const rooms = new Map<string, ListedRoom>()
    for (let after: string | null = null; rooms.size < MAX_LISTED_ROOMS;) {
      const answer = await session.ask({ type: 'directory', after })
      if (answer.type !== 'rooms') break
      const before = rooms.size
      for (const { genesis, nodes } of answer.rooms) {
        const room = listedRoom(genesis, nodes)
        if (room !== undefined) rooms.set(room.id, room)
        after = room?.id ?? after
      }
      if (!answer.more || rooms.size === before) break
    }
    return [...rooms.values()]
  }

  async #list(room: string, listed: boolean): Promise<{ servers: number }> {
    const host = this.#parts.resolve(room)
    const { servers, self, clock } = this.#parts
    if (host.genesis.author !== self.identity) {
      throw new ApiError(REFUSED, 'not-owner', 'Only who created a room can put it into the public list of a server.')
    }
    let done = 0
    let refusal: unknown
    for (const session of servers.sessions.values()) {
      const nowMs = clock.nowMs()
      const payload = listingPayload({ room: host.id, server: session.identity ?? '', listed })
      const wish = { type: STATEMENT.listing, sequence: nowMs, timeMs: nowMs, expiresMs: nowMs + MAX_LISTING_MS, payload }
      try {
        await session.ask({ type: 'list', genesis: host.genesis.bytes, wish: signStatement(self.signer, wish).bytes })
        done++
      } catch (error) {
        refusal = error
      }
    }
    if (done === 0 && refusal instanceof ApiError) throw refusal
    if (done === 0) throw new ApiError(REFUSED, 'not-found', 'No server is connected; choose one with --bootstrap.')
    return { servers: done }
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
  return [peerId, identity, printOf(identity), nick].includes(named) || (named.length >= 6 && peerId.endsWith(named))
}

function listedRoom(bytes: Uint8Array, nodes: number): ListedRoom | undefined {
  const record = decodeRecord(bytes)
  if (!record.ok || record.value.kind !== KIND.genesis) return undefined
  const genesis = readGenesis(record.value.payload)
  if (!genesis.ok || !verifyRecord(record.value)) return undefined
  const { name, access, topic } = genesis.value
  return { id: record.value.id, name, access, topic, owner: record.value.author, nodes }
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
