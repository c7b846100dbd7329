/** Finding the person that a word on the command line means, and showing people. */
import { fingerprint } from '../core/record/keys.ts'
import { nameKey } from '../core/text/name-key.ts'
import { sanitiseLine } from '../core/text/sanitise.ts'
import { ApiError, REFUSED, type NodeClient, type Person, type RoomStateView } from '../engine/api.ts'

/** Shorter starts of an identity would match by accident. */
const MIN_IDENTITY_DIGITS = 8
const IDENTITY = /^[0-9a-f]{64}$/u

/** `nick` alone where it is unambiguous among `others`, else with the fingerprint. */
export function memberName(member: Person, others: readonly Person[]): string {
  const nick = sanitiseLine(member.nick)
  const twins = others.filter((other) => nameKey(other.nick) === nameKey(nick))
  return twins.length > 1 ? `${nick} (${member.fingerprint})` : nick
}

/**
 * The one of these people whose nick, fingerprint or identity (its start, 8 digits at least) is `word`. Throws ApiError `not-found` or `ambiguous`.
 * @param absent the sentence for when nobody is.
 */
export function findMember<P extends Person>(people: readonly P[], word: string, absent?: string): P {
  const found = peopleCalled(people, word)
  const [first] = found
  if (first === undefined) {
    throw new ApiError(REFUSED, 'not-found', absent ?? `Nobody here is called ${sanitiseLine(word)}; /who lists who is.`)
  }
  if (found.length === 1) return first
  const candidates = found.map((person) => person.fingerprint)
  const message = `${found.length} people here are called ${sanitiseLine(word)}; say which by fingerprint: ${candidates.join(', ')}.`
  throw new ApiError(REFUSED, 'ambiguous', message, { candidates })
}

/** All whom the word may mean; by key before by nick, so that nobody can take another's fingerprint for a nick. */
export function peopleCalled<P extends Person>(people: readonly P[], word: string): P[] {
  const wanted = nameKey(word)
  const byKey = people.filter((person) => isKeyOf(person, wanted))
  return byKey.length > 0 ? byKey : people.filter((person) => nameKey(person.nick) === wanted)
}

function isKeyOf(person: Person, wanted: string): boolean {
  if (person.fingerprint.toLowerCase() === wanted) return true
  return wanted.length >= MIN_IDENTITY_DIGITS && person.identity.startsWith(wanted)
}

/** Who an act shall be against, before it is signed. A whole identity is taken as it is: it may be of somebody never seen here. */
export async function findTarget(client: NodeClient, room: string, word: string): Promise<string> {
  const identity = nameKey(word)
  if (IDENTITY.test(identity)) return identity
  const members = await client.call('room.members', { room })
  if (peopleCalled(members, word).length > 0) return findMember(members, word).identity
  const people = namedIn(await client.call('room.state', { room }))
  return findMember(people, word).identity
}

/** Who is under a sanction and is called so; somebody else of that name only when nobody is, as one whom a kick keeps out. */
export async function findSanctioned(client: NodeClient, room: string, sanction: 'banned' | 'muted', word: string): Promise<string> {
  const identity = nameKey(word)
  if (IDENTITY.test(identity)) return identity
  const [members, state] = await Promise.all([client.call('room.members', { room }), client.call('room.state', { room })])
  const known = new Map<string, Person>([...namedIn(state), ...members].map((person) => [person.identity, person]))
  const sanctioned = state[sanction].map((one) => known.get(one) ?? nameless(one))
  if (peopleCalled(sanctioned, word).length > 0) return findMember(sanctioned, word).identity
  const names = sanctioned.map((person) => `${sanitiseLine(person.nick)} (${person.fingerprint})`)
  const list = names.length === 0 ? `Nobody is ${sanction}.` : `${sanction === 'banned' ? 'Banned' : 'Muted'}: ${names.join(', ')}.`
  return findMember([...known.values()], word, `Nobody here is called ${sanitiseLine(word)}. ${list}`).identity
}

/** Those whom a room's records name, whether they are members or not. */
export function namedIn(state: RoomStateView): Person[] {
  const people = state.people ?? []
  const known = new Set(people.map(({ identity }) => identity))
  const others = new Set([state.owner, ...state.admins, ...state.banned, ...state.muted].filter((identity) => !known.has(identity)))
  return [...people, ...[...others].map(nameless)]
}

/** Somebody of whom no nick is known goes by the fingerprint. */
function nameless(identity: string): Person {
  const print = fingerprint(identity)
  return { identity, fingerprint: print, nick: print }
}
