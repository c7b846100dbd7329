/** What the authority records of a room say, as a value: a pure function of the set of records. */
import { hash } from 'node:crypto'
import { fromHex, toHex } from '../record/bytes.ts'
import { encode } from '../record/codec.ts'
import type { Value } from '../record/codec.ts'
import type { Access } from '../record/fields.ts'
import type { Identity } from '../record/keys.ts'
import type { Genesis } from '../record/payloads.ts'
import type { RecordId, RoomId, SignedRecord } from '../record/record.ts'
import { Authority } from './authority.ts'
import type { Rank } from './rules.ts'

/** A removal or mute that nothing has lifted. */
export interface Sanction {
  readonly target: Identity
  readonly record: RecordId
  /** The rank of who imposed it: who lifts it ranks no lower. */
  readonly rank: Rank
  /** When it ends, µs; null: never. It stands here after that, too: a state knows no present. */
  readonly untilUs: number | null
}

export interface RoomState {
  readonly room: RoomId
  readonly genesis: Genesis
  readonly createdMs: number
  readonly owner: Identity
  readonly generation: number
  /** Hex. */
  readonly commitment: string
  readonly admins: readonly Identity[]
  readonly removals: readonly Sanction[]
  readonly mutes: readonly Sanction[]
  /** Who was let in, in private rooms, whether removed for a time or not. */
  readonly admitted: ReadonlySet<Identity>
  readonly access: Access
  readonly topic: string
  /** What policies have set. */
  readonly settings: ReadonlyMap<string, Value>
  readonly closed: boolean
}

/** The state of a room of which the genesis is all there is. @throws {RangeError} when the record is not a genesis that was decoded: a bug, not input. */
export function stateOf(genesis: SignedRecord): RoomState {
  return new Authority(genesis).state
}

/** Whether an identity may, at that time, hold the room's keys and read its history. Without a time no sanction is over. */
export function isPermitted(state: RoomState, identity: Identity, nowMs = 0): boolean {
  if (state.access !== 'open' && !state.admitted.has(identity) && identity !== state.owner) return false
  return !state.removals.some((removal) => removal.target === identity && isInForce(removal, nowMs))
}

/** Whether what an identity says is hidden at that time. @public */
export function isMuted(state: RoomState, identity: Identity, nowMs: number): boolean {
  return state.mutes.some((mute) => mute.target === identity && isInForce(mute, nowMs))
}

export function roleOf(state: RoomState, identity: Identity): 'owner' | 'admin' | 'member' {
  if (identity === state.owner) return 'owner'
  return state.admins.includes(identity) ? 'admin' : 'member'
}

/** SHA-256 over the canonical encoding of the state, as RIGHTS lists it; nothing in it depends on the present. Hex. */
export function stateHash(state: RoomState): string {
  const people = (identities: Iterable<Identity>): Value => [...identities].sort().map(fromHex)
  const sanctions = (list: readonly Sanction[]): Value => sorted(list.map(({ target, rank, untilUs }) => [fromHex(target), rank, untilUs]))
  const settings = new Map<string, Value>([['topic', state.topic], ...state.settings])
  return hash('sha256', encode([
    fromHex(state.room),
    fromHex(state.owner),
    state.generation,
    fromHex(state.commitment),
    people(state.admins),
    sanctions(state.removals),
    sanctions(state.mutes),
    people(state.admitted),
    sorted([...settings]),
    state.closed
  ]), 'hex')
}

/** In the order of their encodings, each once. */
function sorted(values: readonly Value[]): Value {
  const byEncoding = new Map(values.map((value) => [toHex(encode(value)), value]))
  return [...byEncoding].sort(([left], [right]) => (left < right ? -1 : 1)).map(([, value]) => value)
}

function isInForce({ untilUs }: Sanction, nowMs: number): boolean {
  return untilUs === null || untilUs >= nowMs * 1000
}
