/** What statements say: one writer and one reader for each type. Readers check all that the receiver relies on. */
import { accept, refuse } from '../refusal.ts'
import type { Outcome } from '../refusal.ts'
import { fromHex, isHex } from '../record/bytes.ts'
import { asArray, isArray } from '../record/codec.ts'
import type { Value } from '../record/codec.ts'
import { identityFrom, idFrom, isReason, isText, isTimeOrNull, readList } from '../record/fields.ts'
import type { Identity } from '../record/keys.ts'
import {
  MAX_ADDRESS_BYTES, MAX_ANNOUNCEMENT_BYTES, MAX_ANNOUNCEMENT_MS, MAX_CONSOLE_CALL_BYTES, MAX_FEDERATED, MAX_LISTING_MS, MAX_NICK_BYTES,
  MAX_PEER_ADDRESSES, MAX_SERVER_BANS
} from '../record/limits.ts'
import { STATEMENT } from './statement.ts'
import type { Statement } from './statement.ts'

/** In base58: 52 characters for the keys that we use; others are a little shorter or longer. */
const PEER_ID = /^[1-9A-HJ-NP-Za-km-z]{46,64}$/u

/** `[nick, text]` */
export interface Announcement {
  /** What the operator goes by; a claim. */
  readonly nick: string
  readonly text: string
}

/** `[[who, until | null, reason], …]`, sorted by `who`: an identity in hex, or a PeerId. */
export interface ServerBan {
  readonly who: string
  /** ms; null: for ever. */
  readonly untilMs: number | null
  readonly reason: string
}

/** `[[identity, PeerId, addresses], …]` */
export interface FederatedServer {
  readonly identity: Identity
  readonly peerId: string
  readonly addresses: readonly string[]
}

/** `[server, challenge, call]`: bound to one server and one connection; the statement's sequence counts the calls on it. */
export interface ConsoleCall {
  readonly server: Identity
  /** What the server said in its hello on this connection, hex. */
  readonly challenge: string
  /** JSON: `{"method": …, "params": …}`, as on the server's own interface. */
  readonly call: string
}

/** `[room, server, listed]` */
export interface Listing {
  readonly room: string
  readonly server: Identity
  readonly listed: boolean
}

export function isPeerIdText(text: string): boolean {
  return PEER_ID.test(text)
}

/** What a ban may name. */
export function isBanTarget(who: string): boolean {
  return isHex(who, 32) || isPeerIdText(who)
}

export function announcementPayload({ nick, text }: Announcement): Value {
  return [nick, text]
}

export function readAnnouncement(statement: Statement): Outcome<Announcement> {
  const [nick, text] = asArray(statement.payload, 2) ?? []
  const { timeMs, expiresMs } = statement
  const lasts = expiresMs !== null && expiresMs > timeMs && expiresMs - timeMs <= MAX_ANNOUNCEMENT_MS
  const valid = statement.type === STATEMENT.announcement && lasts
  if (!valid || !isText(nick, MAX_NICK_BYTES) || !isText(text, MAX_ANNOUNCEMENT_BYTES) || text === '') return bad('announcement')
  return accept({ nick, text })
}

export function bansPayload(bans: readonly ServerBan[]): Value {
  const sorted = bans.toSorted((left, right) => (left.who < right.who ? -1 : 1))
  return sorted.map(({ who, untilMs, reason }) => [who, untilMs, reason])
}

export function readBans(statement: Statement): Outcome<ServerBan[]> {
  const { payload, type } = statement
  if (type !== STATEMENT.bans || !isArray(payload) || payload.length > MAX_SERVER_BANS) return bad('list of bans')
  const bans: ServerBan[] = []
  for (const item of payload) {
    const [who, untilMs, reason] = asArray(item, 3) ?? []
    if (typeof who !== 'string' || !isBanTarget(who) || untilMs === undefined || !isTimeOrNull(untilMs) || !isReason(reason)) {
      return bad('list of bans')
    }
    const last = bans.at(-1)
    if (last !== undefined && last.who >= who) return bad('list of bans')
    bans.push({ who, untilMs, reason })
  }
  return accept(bans)
}

export function federationPayload(servers: readonly FederatedServer[]): Value {
  return servers.map(({ identity, peerId, addresses }) => [fromHex(identity), peerId, addresses])
}

export function readFederation(statement: Statement): Outcome<FederatedServer[]> {
  const { payload, type } = statement
  if (type !== STATEMENT.federation || !isArray(payload) || payload.length > MAX_FEDERATED) return bad('list of servers')
  const servers: FederatedServer[] = []
  for (const item of payload) {
    const [by, peerId, addresses] = asArray(item, 3) ?? []
    const identity = identityFrom(by)
    const list = readAddresses(addresses)
    if (identity === undefined || typeof peerId !== 'string' || !isPeerIdText(peerId) || list === undefined) return bad('list of servers')
    servers.push({ identity, peerId, addresses: list })
  }
  return accept(servers)
}

export function callPayload({ server, challenge, call }: ConsoleCall): Value {
  return [fromHex(server), fromHex(challenge), call]
}

export function readCall(statement: Statement): Outcome<ConsoleCall> {
  const [to, nonce, call] = asArray(statement.payload, 3) ?? []
  const server = identityFrom(to)
  const challenge = idFrom(nonce)
  if (statement.type !== STATEMENT.call || server === undefined || challenge === undefined) return bad('call')
  return isText(call, MAX_CONSOLE_CALL_BYTES) ? accept({ server, challenge, call }) : bad('call')
}

export function listingPayload({ room, server, listed }: Listing): Value {
  return [fromHex(room), fromHex(server), listed]
}

export function readListing(statement: Statement): Outcome<Listing> {
  const [id, to, listed] = asArray(statement.payload, 3) ?? []
  const room = idFrom(id)
  const server = identityFrom(to)
  const { timeMs, expiresMs, type } = statement
  const ends = expiresMs !== null && expiresMs > timeMs && expiresMs - timeMs <= MAX_LISTING_MS
  const named = type === STATEMENT.listing && room !== undefined && server !== undefined
  if (!named || typeof listed !== 'boolean' || !ends) return bad('listing')
  return accept({ room, server, listed })
}

export function readAddresses(value: Value | undefined): string[] | undefined {
  return readList(value, MAX_PEER_ADDRESSES, (item) => (isText(item, MAX_ADDRESS_BYTES) ? item : undefined))
}

function bad(what: string): Outcome<never> {
  return refuse('malformed', `that is no valid ${what}`)
}
