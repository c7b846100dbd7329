/** The payloads of the kinds that this version knows: one reader each, and one table. Those of the actions stand with the actions. */
import { ACTIONS } from '../authority/actions/index.ts'
import { accept, refuse } from '../refusal.ts'
import type { Outcome } from '../refusal.ts'
import { asArray, isBytes, isCount } from './codec.ts'
import type { Value } from './codec.ts'
import { ACCESS, COMMITMENT_BYTES, isText } from './fields.ts'
import type { Access } from './fields.ts'
import { KIND } from './kinds.ts'
import { MAX_NICK_BYTES, MAX_ROOM_NAME_BYTES, MAX_TEXT_BYTES, MAX_TOPIC_BYTES } from './limits.ts'

/** A line of conversation, said or done. `[nick, text, replyTo | null]` */
export interface Line {
  /** The name that the author went by; a claim. */
  readonly nick: string
  readonly text: string
  /** Id of a message, 32 bytes. */
  readonly replyTo: Uint8Array | null
}

/** What a room is. `[name, access, topic, commitment, nonce]` */
export interface Genesis {
  readonly name: string
  readonly access: Access
  readonly topic: string
  /** SHA-256 of the first reclaim key. */
  readonly commitment: Uint8Array
  readonly nonce: Uint8Array
}

/** That somebody is there. `[nick, state, missing]`; the record's parents are the message heads that its author holds. */
export interface PresenceClaim {
  readonly nick: string
  readonly state: 'online' | 'idle' | 'offline'
  /** How many records before those heads it knows to be missing: only without any does it hold all of their past. */
  readonly missing: number
}

const PRESENCE = ['online', 'idle', 'offline'] as const
export const NONCE_BYTES = 16

export function readLine(payload: Value): Outcome<Line> {
  const [nick, text, replyTo] = asArray(payload, 3) ?? []
  if (!isText(nick, MAX_NICK_BYTES)) return bad('the nick')
  if (typeof text !== 'string' || text === '') return bad('the text')
  if (!isText(text, MAX_TEXT_BYTES)) return refuse('too-long', `a message has at most ${MAX_TEXT_BYTES} bytes; send a longer one as a file`)
  if (replyTo !== null && !isBytes(replyTo, 32)) return bad('the reply')
  return accept({ nick, text, replyTo })
}

export function readGenesis(payload: Value): Outcome<Genesis> {
  const [name, access, topic, commitment, nonce] = asArray(payload, 5) ?? []
  if (!isText(name, MAX_ROOM_NAME_BYTES) || name === '') return bad('the name')
  if (!isCount(access, ACCESS.length - 1)) return bad('the access')
  if (!isText(topic, MAX_TOPIC_BYTES)) return bad('the topic')
  if (!isBytes(commitment, COMMITMENT_BYTES) || !isBytes(nonce, NONCE_BYTES)) return bad('the commitment or nonce')
  return accept({ name, access: ACCESS[access]!, topic, commitment, nonce })
}

export function readPresence(payload: Value): Outcome<PresenceClaim> {
  const [nick, state, missing] = asArray(payload, 3) ?? []
  if (!isText(nick, MAX_NICK_BYTES)) return bad('the nick')
  if (!isCount(state, PRESENCE.length - 1)) return bad('the state')
  if (!isCount(missing)) return bad('the count of what is missing')
  return accept({ nick, state: PRESENCE[state]!, missing })
}

export function linePayload(line: Line): Value {
  return [line.nick, line.text, line.replyTo]
}

export function genesisPayload(genesis: Genesis): Value {
  return [genesis.name, ACCESS.indexOf(genesis.access), genesis.topic, genesis.commitment, genesis.nonce]
}

export function presencePayload(presence: PresenceClaim): Value {
  return [presence.nick, PRESENCE.indexOf(presence.state), presence.missing]
}

const READERS: ReadonlyMap<number, (payload: Value) => Outcome<unknown>> = new Map<number, (payload: Value) => Outcome<unknown>>([
  [KIND.say, readLine],
  [KIND.action, readLine],
  [KIND.genesis, readGenesis],
  [KIND.presence, readPresence],
  ...ACTIONS.map((action): [number, (payload: Value) => Outcome<unknown>] => [action.kind, (payload) => action.read(payload)])
])

/** Accepts the payload of a known kind that has its shape, and any payload of a kind that is not known. */
export function checkPayload(kind: number, payload: Value): Outcome<unknown> {
  return READERS.get(kind)?.(payload) ?? accept(payload)
}

function bad(what: string): Outcome<never> {
  return refuse('malformed', `${what} of the record is not valid`)
}
