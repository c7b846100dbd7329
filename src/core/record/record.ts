/**
 * Records: what people sign. `body = cbor([version, kind, room, author, time, prev, parents, auth, payload])`, `id = sha256(body)`, signature over
 * `"p2pchat record v1" ‖ 0 ‖ id`, on the wire `cbor([body, signature])`. The bytes received are kept and forwarded verbatim.
 */
import { hash } from 'node:crypto'
import { accept, refuse } from '../refusal.ts'
import type { Outcome } from '../refusal.ts'
import { ascii, concatBytes, fromHex, toHex } from './bytes.ts'
import { decode, encode, isArray, isBytes, isCount } from './codec.ts'
import type { Value } from './codec.ts'
import { isSmallOrder, KEY_BYTES, SIGNATURE_BYTES, verifySignature } from './keys.ts'
import type { Identity, Signer } from './keys.ts'
import { graphOf, KIND } from './kinds.ts'
import type { RecordGraph } from './kinds.ts'
import { MAX_AUTHORITY_PARENTS, MAX_MESSAGE_PARENTS, MAX_RECORD_BYTES, MAX_TIME_US } from './limits.ts'
import { checkPayload } from './payloads.ts'

export const RECORD_VERSION = 1
export const ID_BYTES = 32

/** SHA-256 of a record's body, lower-case hex. */
export type RecordId = string
/** The id of a room's genesis record. */
export type RoomId = string

export interface SignedRecord {
  readonly id: RecordId
  readonly kind: number
  readonly graph: RecordGraph
  /** For a genesis its own id. */
  readonly room: RoomId
  readonly author: Identity
  /** Microseconds since the epoch by the author's clock, above that of every parent. For display and sorting only. */
  readonly timeUs: number
  /** What this author wrote last in this room on this device. */
  readonly prev: RecordId | null
  /** Heads of the graph that it belongs to, ascending. */
  readonly parents: readonly RecordId[]
  /** Messages: the authority heads that its author knew, ascending. */
  readonly auth: readonly RecordId[]
  readonly payload: Value
  readonly signature: Uint8Array
  /** The wire form, verbatim. */
  readonly bytes: Uint8Array
}

export interface RecordFields {
  readonly kind: number
  /** Null for a genesis. */
  readonly room: RoomId | null
  readonly timeUs: number
  readonly prev: RecordId | null
  readonly parents: readonly RecordId[]
  readonly auth: readonly RecordId[]
  readonly payload: Value
}

const DOMAIN = concatBytes(ascii('p2pchat record v1'), Uint8Array.of(0))

/** Signs a record. The caller has checked the payload against its shape and limits. */
export function createRecord(signer: Signer, fields: RecordFields): SignedRecord {
  const parents = sortedIds(fields.parents)
  const auth = sortedIds(fields.auth)
  const body = encode([
    RECORD_VERSION,
    fields.kind,
    fields.room === null ? null : fromHex(fields.room),
    signer.publicKey,
    fields.timeUs,
    fields.prev === null ? null : fromHex(fields.prev),
    parents.map(fromHex),
    auth.map(fromHex),
    fields.payload
  ])
  const id = hash('sha256', body, 'hex')
  const signature = signer.sign(signedBytes(id))
  return {
    ...fields,
    id,
    graph: graphOf(fields.kind)!,
    room: fields.room ?? id,
    author: signer.identity,
    parents,
    auth,
    signature,
    bytes: encode([body, signature])
  }
}

/**
 * Reads a record from the wire: size, form, shape, limits, the payload of kinds that we know; everything but the signature, for which
 * see {@link verifyRecord}. Never throws.
 */
export function decodeRecord(bytes: Uint8Array): Outcome<SignedRecord> {
  if (bytes.length > MAX_RECORD_BYTES) return refuse('too-long', `a record has at most ${MAX_RECORD_BYTES} bytes`)
  const outer = split(bytes)
  if (outer === undefined) return malformed('not a body and a signature')
  const { body, signature } = outer
  const decoded = decode(body)
  if (!decoded.ok) return decoded
  const fields = isArray(decoded.value) ? decoded.value : []
  // The version first: a later one may have other fields.
  const [version] = fields
  if (isCount(version) && version !== RECORD_VERSION) return refuse('unknown-version', 'a version that this program does not know')
  if (fields.length !== 9) return malformed('a record has nine fields')
  const head = readHead(fields)
  if (!head.ok) return head
  const ancestry = readAncestry(fields, head.value.graph)
  if (ancestry === undefined) return malformed('prev, parents or auth are not ascending ids within the limit')
  const id = hash('sha256', body, 'hex')
  const { roomless, ...known } = head.value
  return checkPlace({ ...known, ...ancestry, id, room: roomless ? id : known.room, signature, bytes }, roomless)
}

/** Head of an array of two; of a byte string of up to 255 and of up to 65 535 bytes; of one of 64 bytes. */
const [PAIR, BYTES_8, BYTES_16] = [0x82, 0x58, 0x59]
const SIGNATURE_HEAD = Uint8Array.of(BYTES_8, SIGNATURE_BYTES)

/** Body and signature, of the one form that `[body, signature]` has: no body is shorter than 24 bytes, nor a record longer than 64 KiB. */
function split(bytes: Uint8Array): { body: Uint8Array; signature: Uint8Array } | undefined {
  const lengthBytes = bytes[1] === BYTES_8 ? 1 : bytes[1] === BYTES_16 ? 2 : 0
  const start = 2 + lengthBytes
  const end = bytes.length - SIGNATURE_BYTES - SIGNATURE_HEAD.length
  if (bytes[0] !== PAIR || lengthBytes === 0 || end < start) return undefined
  const length = lengthBytes === 1 ? bytes[2]! : bytes[2]! * 256 + bytes[3]!
  if (length !== end - start || length < (lengthBytes === 1 ? 24 : 256)) return undefined
  if (bytes[end] !== SIGNATURE_HEAD[0] || bytes[end + 1] !== SIGNATURE_HEAD[1]) return undefined
  return { body: bytes.subarray(start, end), signature: new Uint8Array(bytes.subarray(end + SIGNATURE_HEAD.length)) }
}

/** True when the author's signature over the id is good. */
export function verifyRecord(record: SignedRecord): boolean {
  return verifySignature(record.author, signedBytes(record.id), record.signature)
}

/** The order of messages: by time, then id. It respects causality, since a child's time is above its parents'. */
export function compareRecords(left: { timeUs: number; id: string }, right: { timeUs: number; id: string }): number {
  return left.timeUs - right.timeUs || (left.id < right.id ? -1 : left.id > right.id ? 1 : 0)
}

type Head = Pick<SignedRecord, 'kind' | 'graph' | 'room' | 'author' | 'timeUs' | 'payload'> & { readonly roomless: boolean }

function readHead([version, kind, room, author, timeUs, , , , payload]: readonly Value[]): Outcome<Head> {
  if (version !== RECORD_VERSION) return malformed('no such version')
  const graph = isCount(kind) ? graphOf(kind) : undefined
  if (!isCount(kind) || graph === undefined || payload === undefined) return malformed('no such kind')
  if (!isBytes(author, KEY_BYTES)) return malformed('the author is not a key')
  if (isSmallOrder(author)) return refuse('weak-key', 'the author has a key of small order')
  if (!isCount(timeUs, MAX_TIME_US)) return malformed('the time is out of range')
  if (room !== null && !isBytes(room, ID_BYTES)) return malformed('the room is not an id')
  return accept({ kind, graph, room: room === null ? '' : toHex(room), roomless: room === null, author: toHex(author), timeUs, payload })
}

type Ancestry = Pick<SignedRecord, 'prev' | 'parents' | 'auth'>

function readAncestry([, , , , , prev, parents, auth]: readonly Value[], graph: RecordGraph): Ancestry | undefined {
  if (prev !== null && !isBytes(prev, ID_BYTES)) return undefined
  const parentIds = readIds(parents, graph === 'authority' ? MAX_AUTHORITY_PARENTS : MAX_MESSAGE_PARENTS)
  const authIds = readIds(auth, MAX_AUTHORITY_PARENTS)
  if (parentIds === undefined || authIds === undefined) return undefined
  return { prev: prev === null ? null : toHex(prev), parents: parentIds, auth: authIds }
}

/** Each graph has its own form of ancestry; a record that mixes them is refused here, before anything relies on it. */
function checkPlace(record: SignedRecord, roomless: boolean): Outcome<SignedRecord> {
  const genesis = record.kind === KIND.genesis
  if (roomless !== genesis) return malformed('only a genesis has no room')
  if (genesis && (record.prev !== null || record.parents.length > 0)) return malformed('a genesis has no past')
  if (record.graph === 'authority') {
    if (record.auth.length > 0) return malformed('an authority record names its heads as parents')
    if (!genesis && record.parents.length === 0) return malformed('an authority record has parents')
  } else if (record.auth.length === 0) return malformed('a message names the authority heads that it knew')
  const payload = checkPayload(record.kind, record.payload)
  return payload.ok ? accept(record) : payload
}

function readIds(value: Value | undefined, most: number): RecordId[] | undefined {
  if (!isArray(value) || value.length > most) return undefined
  const ids: RecordId[] = []
  for (const item of value) {
    if (!isBytes(item, ID_BYTES)) return undefined
    const id = toHex(item)
    if (ids.length > 0 && ids[ids.length - 1]! >= id) return undefined
    ids.push(id)
  }
  return ids
}

function signedBytes(id: RecordId): Uint8Array {
  return concatBytes(DOMAIN, fromHex(id))
}

function sortedIds(ids: readonly RecordId[]): RecordId[] {
  return [...new Set(ids)].sort()
}

function malformed(what: string): Outcome<never> {
  return refuse('malformed', what)
}
