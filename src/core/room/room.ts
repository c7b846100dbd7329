/**
 * One room as a state machine: records in, effects out. Pure: time comes in with the input, storage is asked through a synchronous reader, and
 * what should happen is returned. What it accepts is a function of the set of records, never of their order.
 */
import { loadGraph } from '../log/graph.ts'
import type { RecordGraphState } from '../log/graph.ts'
import { createParking } from '../log/parking.ts'
import type { Parked } from '../log/parking.ts'
import type { Value } from '../record/codec.ts'
import type { Signer } from '../record/keys.ts'
import { KIND, SPOKEN_KINDS } from '../record/kinds.ts'
import { MAX_AUTHORITY_PARENTS, MAX_FUTURE_MS, MAX_MESSAGE_PARENTS } from '../record/limits.ts'
import { presencePayload, readPresence } from '../record/payloads.ts'
import type { PresenceClaim } from '../record/payloads.ts'
import { createRecord, decodeRecord, verifyRecord } from '../record/record.ts'
import type { RecordId, RoomId, SignedRecord } from '../record/record.ts'
import { isPermitted, stateOf } from '../authority/state.ts'
import type { RoomState } from '../authority/state.ts'
import { admitBatch } from './batch.ts'
import type { Admissible } from './batch.ts'
import { createGapWatch } from './gap-watch.ts'

/** What the machine may ask of what is stored. */
export interface RoomReader {
  has(id: RecordId): boolean
  /** True when a stored record of this author names the id as its `prev`. */
  vouched(id: RecordId, author: string): boolean
}

export interface RoomInit {
  readonly genesis: SignedRecord
  /** All authority records that are stored, the genesis included. */
  readonly authority: readonly SignedRecord[]
  /** The message graph as {@link Room.save} gave it; empty for a new room. */
  readonly saved: Uint8Array
  /** The record that this node wrote last here. */
  readonly lastOwn: RecordId | null
}

export type RoomInput =
  /** This node's person says or does something. */
  | { readonly type: 'post'; readonly kind: number; readonly payload: Value }
  /** This node says that it is there. */
  | { readonly type: 'announce'; readonly claim: PresenceClaim }
  /** What a gossip frame held. */
  | { readonly type: 'gossip'; readonly bytes: Uint8Array }
  /** Records that a member handed over. */
  | { readonly type: 'sync'; readonly records: readonly Uint8Array[] }
  | { readonly type: 'tick' }
  /** All that was to be persisted is in the store. */
  | { readonly type: 'written' }

export type RoomEffect =
  | { readonly type: 'persist'; readonly record: SignedRecord; readonly verified: boolean; readonly own: boolean }
  /** Seal it and gossip it. */
  | { readonly type: 'publish'; readonly record: SignedRecord }
  /** A line of conversation is new. */
  | { readonly type: 'line'; readonly record: SignedRecord; readonly own: boolean; readonly synced: boolean }
  | { readonly type: 'presence'; readonly identity: string; readonly claim: PresenceClaim; readonly heads: readonly RecordId[]; readonly timeMs: number }
  /** The fate of the one record of a `gossip` input. */
  | { readonly type: 'verdict'; readonly verdict: 'accept' | 'ignore' | 'reject'; readonly why: string }
  /** Ask members for these. */
  | { readonly type: 'fetch'; readonly ids: readonly RecordId[] }
  /** So many records are known to be missing. */
  | { readonly type: 'gap'; readonly missing: number }
  /** The giver of a `sync` input sent something that no honest node sends. */
  | { readonly type: 'misbehaviour'; readonly why: string }

export interface Room {
  readonly id: RoomId
  readonly state: RoomState
  readonly graph: RecordGraphState
  readonly authorityHeads: readonly RecordId[]
  handle(input: RoomInput, nowMs: number): RoomEffect[]
  has(id: RecordId): boolean
  /** True while time alone can change something: gaps to ask for, records parked. */
  readonly restless: boolean
}

const SPOKEN: ReadonlySet<number> = new Set(SPOKEN_KINDS)

export function createRoom(init: RoomInit, signer: Signer, reader: RoomReader): Room {
  const id = init.genesis.id
  const state = stateOf(init.genesis)
  const graph = loadGraph(init.saved)
  const authority = new Set(init.authority.map((record) => record.id))
  const authorityHeads = new Set(authority)
  for (const record of init.authority) for (const parent of record.parents) authorityHeads.delete(parent)
  const parking = createParking()
  const gaps = createGapWatch()
  const unwritten = new Map<RecordId, SignedRecord>()
  let lastOwn = init.lastOwn

  const has = (record: RecordId): boolean => unwritten.has(record) || graph.heads.has(record) || authority.has(record) || reader.has(record)
  const heads = (): RecordId[] => [...authorityHeads].sort().slice(0, MAX_AUTHORITY_PARENTS)

  function post(kind: number, payload: Value, nowMs: number): RoomEffect[] {
    const timeUs = Math.max(nowMs * 1000, graph.newestUs() + 1)
    const record = createRecord(signer, {
      kind,
      room: id,
      timeUs,
      prev: lastOwn,
      parents: graph.parents(MAX_MESSAGE_PARENTS),
      auth: heads(),
      payload
    })
    lastOwn = record.id
    return [...apply({ record, verified: true }, true, false), { type: 'publish', record }]
  }

  function announce(claim: PresenceClaim, nowMs: number): RoomEffect[] {
    const parents = graph.parents(MAX_MESSAGE_PARENTS)
    const payload = presencePayload(claim)
    const record = createRecord(signer, { kind: KIND.presence, room: id, timeUs: nowMs * 1000, prev: null, parents, auth: heads(), payload })
    return [{ type: 'publish', record }]
  }

  function gossip(bytes: Uint8Array, nowMs: number): RoomEffect[] {
    const decoded = decodeRecord(bytes)
    if (!decoded.ok) return [verdict('reject', decoded.message)]
    const record = decoded.value
    if (record.room !== id) return [verdict('reject', 'it belongs to another room')]
    // Who may sign an authority record is for the authority rules to say: an invited person admits itself.
    if (record.graph !== 'authority' && !isPermitted(state, record.author)) return [verdict('reject', 'its author is not in the room')]
    if (has(record.id) || parking.has(record.id)) return [verdict('ignore', 'known already')]
    if (!verifyRecord(record)) return [verdict('reject', 'the signature is wrong')]
    if (record.graph === 'ephemeral') return presence(record, nowMs)
    return consider({ record, verified: true }, false, nowMs)
  }

  function presence(record: SignedRecord, nowMs: number): RoomEffect[] {
    const timeMs = Math.floor(record.timeUs / 1000)
    if (timeMs > nowMs + MAX_FUTURE_MS) return [verdict('ignore', 'it is from the future')]
    if (record.kind !== KIND.presence) return [verdict('accept', '')]
    const claim = readPresence(record.payload)
    if (!claim.ok) return [verdict('reject', claim.message)]
    return [verdict('accept', ''), { type: 'presence', identity: record.author, claim: claim.value, heads: record.parents, timeMs }]
  }

  function sync(records: readonly Uint8Array[], nowMs: number): RoomEffect[] {
    const { admitted, faults } = admitBatch(id, records, { known: (record) => has(record) || parking.has(record), vouched: reader.vouched })
    const effects: RoomEffect[] = faults.map((why) => ({ type: 'misbehaviour', why }))
    for (const entry of admitted) {
      if (entry.record.graph === 'ephemeral') effects.push(...presence(entry.record, nowMs))
      else effects.push(...consider(entry, true, nowMs))
    }
    return effects.filter((effect) => effect.type !== 'verdict')
  }

  /** Applies a record that is authentic, or parks it until it can be judged. */
  function consider(entry: Admissible, synced: boolean, nowMs: number): RoomEffect[] {
    const { record } = entry
    const dueMs = record.timeUs / 1000 - MAX_FUTURE_MS
    const needed = record.graph === 'authority' ? record.parents : record.auth
    const missing = new Set(needed.filter((needs) => !authority.has(needs)))
    if (missing.size === 0 && dueMs <= nowMs) return [...apply(entry, false, synced), ...release(nowMs)]
    parking.park({ ...entry, missing, dueMs: dueMs > nowMs ? dueMs : 0 })
    return [verdict('ignore', missing.size > 0 ? 'it relies on authority records that are not here' : 'it is from the future'), ...fetch([...missing])]
  }

  function release(nowMs: number): RoomEffect[] {
    const effects: RoomEffect[] = []
    for (let free = waiters(nowMs); free.length > 0; free = waiters(nowMs)) {
      for (const entry of free) effects.push(...apply(entry, false, true))
    }
    return effects
  }

  function waiters(nowMs: number): Parked[] {
    return parking.size === 0 ? [] : parking.release((needs) => authority.has(needs), nowMs)
  }

  function apply(entry: Admissible, own: boolean, synced: boolean): RoomEffect[] {
    const { record } = entry
    if (record.graph === 'authority') {
      authority.add(record.id)
      authorityHeads.add(record.id)
      for (const parent of record.parents) authorityHeads.delete(parent)
    } else if (!graph.add(record, has)) return [verdict('ignore', 'too many records are missing before it')]
    unwritten.set(record.id, record)
    const effects: RoomEffect[] = [verdict('accept', ''), { type: 'persist', record, verified: entry.verified, own }]
    if (SPOKEN.has(record.kind)) effects.push({ type: 'line', record, own, synced })
    return effects
  }

  function tick(nowMs: number): RoomEffect[] {
    const { due, changed } = gaps.check(graph.gaps, nowMs)
    const effects: RoomEffect[] = [...release(nowMs), ...fetch([...due, ...gaps.dueNow(parking.wanted(), nowMs)])]
    if (changed !== undefined) effects.push({ type: 'gap', missing: changed })
    return effects.filter((effect) => effect.type !== 'verdict')
  }

  return {
    id,
    state,
    graph,
    get authorityHeads() {
      return heads()
    },
    has,
    get restless() {
      return graph.gaps.size > 0 || parking.size > 0 || gaps.shown > 0
    },

    handle(input, nowMs) {
      switch (input.type) {
        case 'post':
          return post(input.kind, input.payload, nowMs).filter((effect) => effect.type !== 'verdict')
        case 'announce':
          return announce(input.claim, nowMs)
        case 'gossip':
          return gossip(input.bytes, nowMs)
        case 'sync':
          return sync(input.records, nowMs)
        case 'tick':
          return tick(nowMs)
        case 'written':
          unwritten.clear()
          return []
      }
    }
  }
}

function verdict(value: 'accept' | 'ignore' | 'reject', why: string): RoomEffect {
  return { type: 'verdict', verdict: value, why }
}

function fetch(ids: readonly RecordId[]): RoomEffect[] {
  return ids.length > 0 ? [{ type: 'fetch', ids }] : []
}
