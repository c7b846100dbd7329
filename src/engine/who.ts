/** Whom a person or program means: an identity, a fingerprint, or a nick. Always settled before anything is signed. */
import { isHex } from '../core/record/bytes.ts'
import { nameKey } from '../core/text/name-key.ts'
import type { Identity } from '../core/record/keys.ts'
import { SPOKEN_KINDS } from '../core/record/kinds.ts'
import { ApiError, REFUSED } from './api.ts'
import type { Person } from './api.ts'
import type { Engine } from './context.ts'
import type { RoomHost } from './room-host.ts'
import { decodeStored, messageView, person, printOf } from './views.ts'

/** Messages whose authors are looked at when nobody else is meant. */
const MAX_AUTHORS_OF = 1_000

/** The nick that somebody goes by, with the fingerprint where another one goes by it too. */
export function nameOf({ self }: Pick<Engine, 'self'>, { roster }: Pick<RoomHost, 'roster'>, identity: Identity): string {
  const nickOf = (one: Identity): string => person(one, one === self.identity ? self.nick : (roster.get(one)?.nick ?? '')).nick
  const nick = nickOf(identity)
  const others = [self.identity, ...roster.all().map((member) => member.identity)].filter((other) => other !== identity)
  return others.some((other) => nameKey(nickOf(other)) === nameKey(nick)) ? `${nick} (${printOf(identity)})` : nick
}

/** @throws {ApiError} `not-found`, `ambiguous` with the fingerprints of who could be meant */
export function resolveWho(engine: Engine, host: RoomHost, who: string): Identity {
  const word = nameKey(who)
  const present = knownIn(engine, host)
  const isKnown = isHex(word, 32) ? present.has(word) : matching(present, word).length > 0
  const known = isKnown ? present : authorsIn(engine, host)
  if (isHex(word, 32)) {
    if (known.has(word) || engine.store.newestBy(host.id, word) !== undefined) return word
    throw new ApiError(REFUSED, 'not-found', 'Nobody with that identity was ever seen in this room.')
  }
  const found = matching(known, word)
  if (found.length === 1) return found[0]!
  if (found.length === 0) throw new ApiError(REFUSED, 'not-found', `Nobody in this room is called ${shown(who)}.`)
  const candidates = found.map(printOf)
  const text = `${found.length} people in this room are called ${shown(who)}; say which by fingerprint: ${candidates.join(', ')}.`
  throw new ApiError(REFUSED, 'ambiguous', text, { candidates })
}

function matching(known: ReadonlyMap<Identity, string>, word: string): Identity[] {
  const byPrint = [...known.keys()].filter((identity) => printOf(identity) === word)
  const byNick = [...known].filter(([identity, nick]) => nameKey(person(identity, nick).nick) === word).map(([identity]) => identity)
  return byPrint.length > 0 ? byPrint : byNick
}

/** Those who said something that can be read here, though nobody remembers to have seen them. */
function authorsIn({ store }: Engine, host: RoomHost): Map<Identity, string> {
  const known = new Map<Identity, string>()
  for (const stored of store.timeline(host.id, SPOKEN_KINDS, MAX_AUTHORS_OF)) {
    const record = decodeStored(stored)
    const view = record === undefined ? undefined : messageView(record)
    if (view !== undefined) known.set(stored.author, view.from.nick)
  }
  return known
}

/** Everybody that this node knows to have been in the room, and their nicks. */
function knownIn({ self, sessions }: Engine, host: RoomHost): Map<Identity, string> {
  const known = new Map<Identity, string>([[self.identity, self.nick]])
  for (const { identity, nick } of host.roster.all()) known.set(identity, nick)
  for (const session of sessions.values()) {
    if (session.identity !== undefined && session.isLinked(host) && !known.has(session.identity)) known.set(session.identity, session.nick)
  }
  for (const act of host.machine.rights.authority.book.acts) {
    for (const identity of [act.author, act.deed.target ?? act.author]) if (!known.has(identity)) known.set(identity, '')
  }
  return known
}

/** Those whom the records of a room name, as authors or targets. */
export function namedIn(engine: Engine, host: RoomHost): Person[] {
  const known = knownIn(engine, host)
  const named = new Set(host.machine.rights.authority.book.acts.flatMap(({ author, deed }) => [author, deed.target ?? author]))
  return [...named].sort().map((identity) => person(identity, known.get(identity) ?? ''))
}

function shown(who: string): string {
  return JSON.stringify(who.length > 64 ? `${who.slice(0, 64)}…` : who)
}
