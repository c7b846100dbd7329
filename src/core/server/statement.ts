/**
 * What a server, its operator or the owner of a room says to whoever it concerns, signed: `cbor([body, signature])` with
 * `body = cbor([1, type, author, sequence, time, expires, payload])`, `id = sha256(body)`, signature over `"p2pchat server v1" ‖ 0 ‖ id`.
 * Statements are no records: they belong to no room, and have power over none.
 */
import { hash } from 'node:crypto'
import { accept, refuse } from '../refusal.ts'
import type { Outcome } from '../refusal.ts'
import { ascii, concatBytes, fromHex, toHex } from '../record/bytes.ts'
import { encode, isCount } from '../record/codec.ts'
import type { Value } from '../record/codec.ts'
import { identityFrom, isTimeOrNull } from '../record/fields.ts'
import { verifySignature } from '../record/keys.ts'
import type { Identity, Signer } from '../record/keys.ts'
import { MAX_FRAME_BYTES, MAX_STATEMENT_BYTES } from '../record/limits.ts'
import { readSignedBody } from '../record/signed-body.ts'

export const STATEMENT = {
  /** The operator tells everybody something. */
  announcement: 1,
  /** All bans of the server. */
  bans: 2,
  /** The servers that this one acts together with. */
  federation: 3,
  /** A call of an authorised identity to the server. */
  call: 4,
  /** The creator of a room wants it in the public list, or out of it. */
  listing: 5
} as const

export interface StatementFields {
  readonly type: number
  /** Of two statements of one author and type the higher one is the later. Whole milliseconds of its clock, or more. */
  readonly sequence: number
  readonly timeMs: number
  readonly expiresMs: number | null
  readonly payload: Value
}

export interface Statement extends StatementFields {
  readonly id: string
  readonly author: Identity
  readonly bytes: Uint8Array
}

const VERSION = 1
const DOMAIN = concatBytes(ascii('p2pchat server v1'), Uint8Array.of(0))

export function signStatement(signer: Signer, fields: StatementFields): Statement {
  const { type, sequence, timeMs, expiresMs, payload } = fields
  const body = encode([VERSION, type, signer.publicKey, sequence, timeMs, expiresMs, payload])
  const id = hash('sha256', body, 'hex')
  const bytes = encode([body, signer.sign(signed(id))])
  return { ...fields, id, author: signer.identity, bytes }
}

/** Checks size, form and signature. Never throws. Refuses with `too-long`, `malformed`, `newer` or `forged`. */
export function readStatement(bytes: Uint8Array): Outcome<Statement> {
  if (bytes.length > MAX_STATEMENT_BYTES) return refuse('too-long', 'the statement is too long')
  const read = readSignedBody(bytes, 7)
  if (!read.ok) return read
  const { body, fields: [version, type, by, sequence, timeMs, expiresMs, payload], signature } = read.value
  if (isCount(version) && version !== VERSION) return refuse('newer', 'the statement is of another version')
  const author = identityFrom(by)
  if (version !== VERSION || author === undefined || payload === undefined) return malformed()
  if (!isCount(type) || !isCount(sequence) || !isCount(timeMs) || !isTimeOrNull(timeMs) || !isTimeOrNull(expiresMs)) return malformed()
  const id = hash('sha256', body, 'hex')
  if (!verifySignature(author, signed(id), signature)) return refuse('forged', 'the statement is not signed by its author')
  return accept({ type, sequence, timeMs, expiresMs, payload, id, author, bytes })
}

/** The sequence of a statement that follows `last`, also on a server whose clock was set back or whose state was restored. */
export function nextSequence(last: number, nowMs: number): number {
  return Math.max(last + 1, nowMs)
}

/** Where a server's announcements and lists are gossiped among those who chose it. */
export function serverTopic(server: Identity): string {
  return `/p2pchat/server/1/${toHex(hash('sha256', concatBytes(ascii('p2pchat server topic v1\0'), fromHex(server)), 'buffer'))}`
}

/** Frames are bounded; a list that is longer goes by the streams alone. */
export function isGossiped(statement: Statement): boolean {
  return statement.bytes.length <= MAX_FRAME_BYTES
}

function signed(id: string): Uint8Array {
  return concatBytes(DOMAIN, fromHex(id))
}

function malformed(): Outcome<never> {
  return refuse('malformed', 'that is no statement')
}
