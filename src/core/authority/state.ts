/**
 * What the authority records of a room say: a pure function of the set of records. In this version the genesis is the only kind that has an
 * effect; every other is kept, passed on, and changes nothing.
 */
import { hash } from 'node:crypto'
import { fromHex, toHex } from '../record/bytes.ts'
import { encode } from '../record/codec.ts'
import type { Identity } from '../record/keys.ts'
import { readGenesis } from '../record/payloads.ts'
import type { Genesis } from '../record/payloads.ts'
import type { RoomId, SignedRecord } from '../record/record.ts'

export interface RoomState {
  readonly room: RoomId
  readonly genesis: Genesis
  readonly createdMs: number
  readonly owner: Identity
  readonly generation: number
  /** Hex. */
  readonly commitment: string
  readonly admins: readonly Identity[]
  readonly topic: string
  readonly closed: boolean
}

/** @throws {RangeError} when the record is not a genesis that was decoded: a bug, not input. */
export function stateOf(genesis: SignedRecord): RoomState {
  const payload = readGenesis(genesis.payload)
  if (!payload.ok) throw new RangeError('not a genesis')
  return {
    room: genesis.id,
    genesis: payload.value,
    createdMs: Math.floor(genesis.timeUs / 1000),
    owner: genesis.author,
    generation: 0,
    commitment: toHex(payload.value.commitment),
    admins: [],
    topic: payload.value.topic,
    closed: false
  }
}

/** Whether an identity may hold the room's keys and read its history. */
export function isPermitted(state: RoomState, identity: Identity): boolean {
  return state.genesis.access === 'open' || identity === state.owner
}

export function roleOf(state: RoomState, identity: Identity): 'owner' | 'admin' | 'member' {
  if (identity === state.owner) return 'owner'
  return state.admins.includes(identity) ? 'admin' : 'member'
}

/** SHA-256 over the canonical encoding of the state, as RIGHTS lists it; nothing in it depends on the present. Hex. */
export function stateHash(state: RoomState): string {
  const sorted = [...state.admins].sort().map(fromHex)
  const settings = [['topic', state.topic]]
  const ownership = [fromHex(state.owner), state.generation, fromHex(state.commitment)]
  // Removals, mutes and admissions have no kind with an effect yet: three empty sets.
  return hash('sha256', encode([fromHex(state.room), ...ownership, sorted, [], [], [], settings, state.closed]), 'hex')
}
