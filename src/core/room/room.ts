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
import { MAX_AUTHORITY_PARENTS, MAX_FUTURE_MS, MAX_MEMBERS, MAX_MESSAGE_PARENTS, MAX_PRESENCE_AGE_MS } from '../record/limits.ts'
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
  | { readonly type: 'announce'; readonly nick: string; readonly state: PresenceClaim['state'] }
  /** What a gossip frame held. */
  | { readonly type: 'gossip'; readonly bytes: Uint8Array }
  /** Records that a member handed over. */
  | { readonly type: 'sync'; readonly records: readonly Uint8Array[] }
  | { readonly type: 'tick' }
  /** These are in the store. */
  | { readonly type: 'written'; readonly ids: readonly RecordId[] }

export type RoomEffect =
  | { readonly type: 'persist'; readonly record: SignedRecord; readonly verified: boolean; readonly own: boolean }
  /** Seal it and gossip it. */
  | { readonly type: 'publish'; readonly record: SignedRecord }
  /** A line of conversation is new. */
  | { readonly type: 'line'; readonly record: SignedRecord; readonly own: boolean; readonly synced: boolean }
  | { readonly type: 'presence'; readonly identity: string; readonly claim: PresenceClaim; readonly heads: readonly RecordId[] }
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
  /** The same, or held back here: it need not be asked for. */
  knows(id: RecordId): boolean
  /** True while time alone can change something: gaps to ask for, records parked. */
  readonly restless: boolean
}

const SPOKEN: ReadonlySet<number> = new Set(SPOKEN_KINDS)

export function createRoom(init: RoomInit, signer: Signer, reader: RoomReader): Room {
  return new RoomMachine(init, signer, reader)
}

class RoomMachine implements Room {
  readonly id: RoomId
  readonly state: RoomState
  readonly graph: RecordGraphState
  readonly #signer: Signer
  readonly #reader: RoomReader
  readonly #authority: Set<RecordId>
  readonly #authorityHeads: Set<RecordId>
  readonly #parking = createParking()
  readonly #gaps = createGapWatch()
  /** Accepted, and not in the store yet. */
  readonly #unwritten = new Set<RecordId>()
  /** When the last presence of each author was said, by its clock. */
  readonly #heardUs = new Map<string, number>()
  #lastOwn: RecordId | null

  constructor(init: RoomInit, signer: Signer, reader: RoomReader) {
    this.id = init.genesis.id
    this.state = stateOf(init.genesis)
    this.graph = loadGraph(init.saved)
    this.#signer = signer
    this.#reader = reader
    this.#lastOwn = init.lastOwn
    this.#authority = new Set(init.authority.map((record) => record.id))
    this.#authorityHeads = new Set(this.#authority)
    for (const record of init.authority) for (const parent of record.parents) this.#authorityHeads.delete(parent)
  }

  get authorityHeads(): RecordId[] {
    return [...this.#authorityHeads].sort().slice(0, MAX_AUTHORITY_PARENTS)
  }

  get restless(): boolean {
    return this.graph.gaps.size > 0 || this.#parking.size > 0 || this.#gaps.shown > 0
  }

  has(id: RecordId): boolean {
    return this.#unwritten.has(id) || this.graph.heads.has(id) || this.#authority.has(id) || this.#reader.has(id)
  }

  handle(input: RoomInput, nowMs: number): RoomEffect[] {
    switch (input.type) {
      case 'post':
        return this.#post(input.kind, input.payload, nowMs)
      case 'announce':
        return this.#announce(input.nick, input.state, nowMs)
      case 'gossip':
        return this.#gossip(input.bytes, nowMs)
      case 'sync':
        return withoutVerdicts(this.#sync(input.records, nowMs))
      case 'tick':
        return withoutVerdicts(this.#tick(nowMs))
      case 'written':
        for (const id of input.ids) this.#unwritten.delete(id)
        return []
    }
  }

  #post(kind: number, payload: Value, nowMs: number): RoomEffect[] {
    // What was said while this clock was far ahead is named again when its time has come: now, nobody could show what names it.
    const untilUs = (nowMs + MAX_FUTURE_MS) * 1000
    const record = createRecord(this.#signer, {
      kind,
      room: this.id,
      timeUs: Math.max(nowMs * 1000, this.graph.newestUs(untilUs) + 1),
      prev: this.#lastOwn,
      parents: this.graph.parents(MAX_MESSAGE_PARENTS, untilUs),
      auth: this.authorityHeads,
      payload
    })
    this.#lastOwn = record.id
    const [persist, ...shown] = withoutVerdicts(this.#apply({ record, verified: true }, true, false))
    return persist === undefined ? [] : [persist, { type: 'publish', record }, ...shown]
  }

  #announce(nick: string, state: PresenceClaim['state'], nowMs: number): RoomEffect[] {
    const claim = { nick, state, missing: this.graph.gaps.size }
    const record = createRecord(this.#signer, {
      kind: KIND.presence,
      room: this.id,
      timeUs: nowMs * 1000,
      prev: null,
      parents: this.graph.parents(MAX_MESSAGE_PARENTS, Infinity),
      auth: this.authorityHeads,
      payload: presencePayload(claim)
    })
    return [{ type: 'publish', record }]
  }

  #gossip(bytes: Uint8Array, nowMs: number): RoomEffect[] {
    const decoded = decodeRecord(bytes)
    // What a later version says is not for us to judge.
    if (!decoded.ok) return [verdict(decoded.reason === 'unknown-version' ? 'ignore' : 'reject', decoded.message)]
    const record = decoded.value
    if (record.room !== this.id) return [verdict('reject', 'it belongs to another room')]
    if (!this.#mayWrite(record)) return [verdict('reject', 'its author is not in the room')]
    if (this.knows(record.id)) return [verdict('ignore', 'known already')]
    if (!verifyRecord(record)) return [verdict('reject', 'the signature is wrong')]
    if (record.graph === 'ephemeral') return this.#presence(record, nowMs)
    return this.#consider({ record, verified: true }, false, nowMs)
  }

  #sync(records: readonly Uint8Array[], nowMs: number): RoomEffect[] {
    const view = { known: (id: RecordId) => this.knows(id), vouched: (id: RecordId, author: string) => this.#reader.vouched(id, author) }
    const { admitted, faults } = admitBatch(this.id, records, view)
    const effects: RoomEffect[] = faults.map((why) => ({ type: 'misbehaviour', why }))
    for (const entry of admitted) {
      if (!this.#mayWrite(entry.record)) continue
      effects.push(...(entry.record.graph === 'ephemeral' ? this.#presence(entry.record, nowMs) : this.#consider(entry, true, nowMs)))
    }
    return effects
  }

  #tick(nowMs: number): RoomEffect[] {
    const { due, changed } = this.#gaps.check(this.graph.gaps, nowMs)
    const wanted = this.#gaps.dueNow(this.#parking.wanted(), nowMs)
    const effects: RoomEffect[] = [...this.#release(nowMs), ...fetch([...due, ...wanted])]
    if (changed !== undefined) effects.push({ type: 'gap', missing: changed })
    return effects
  }

  /** Presence counts while it is fresh, and only if it is newer than what its author said before: replayed, it says nothing. */
  #presence(record: SignedRecord, nowMs: number): RoomEffect[] {
    const ageMs = nowMs - record.timeUs / 1000
    if (ageMs < -MAX_FUTURE_MS || ageMs > MAX_PRESENCE_AGE_MS) return [verdict('ignore', 'it is not of the present')]
    if (record.kind !== KIND.presence) return [verdict('accept', '')]
    const claim = readPresence(record.payload)
    if (!claim.ok) return [verdict('reject', claim.message)]
    if (record.timeUs <= (this.#heardUs.get(record.author) ?? 0)) return [verdict('ignore', 'something newer was heard')]
    if (!this.#mayRemember(record.author, nowMs)) return [verdict('ignore', 'more people speak than can be kept apart')]
    this.#heardUs.set(record.author, record.timeUs)
    return [verdict('accept', ''), { type: 'presence', identity: record.author, claim: claim.value, heads: record.parents }]
  }

  /** Forgets those whose presence could not count any more anyway; never others, since theirs could then be said again by anybody. */
  #mayRemember(author: string, nowMs: number): boolean {
    if (this.#heardUs.has(author) || this.#heardUs.size < MAX_MEMBERS) return true
    for (const [other, timeUs] of this.#heardUs) if (nowMs - timeUs / 1000 > MAX_PRESENCE_AGE_MS) this.#heardUs.delete(other)
    return this.#heardUs.size < MAX_MEMBERS
  }

  /** Who may sign an authority record is for the authority rules to say: an invited person admits itself. */
  #mayWrite(record: SignedRecord): boolean {
    return record.graph === 'authority' || isPermitted(this.state, record.author)
  }

  /** Stored, about to be, or held back. */
  knows(id: RecordId): boolean {
    return this.has(id) || this.#parking.has(id)
  }

  /** Applies a record that is authentic, or parks it until it can be judged. */
  #consider(entry: Admissible, synced: boolean, nowMs: number): RoomEffect[] {
    const { record } = entry
    const dueMs = record.timeUs / 1000 - MAX_FUTURE_MS
    const needed = record.graph === 'authority' ? record.parents : record.auth
    const missing = new Set(needed.filter((needs) => !this.#authority.has(needs)))
    if (missing.size === 0 && dueMs <= nowMs) {
      const applied = this.#apply(entry, false, synced)
      // What waits for its time is looked at by the tick: going through all that waits with each message would let a liar make each one dear.
      return record.graph === 'authority' ? [...applied, ...this.#release(nowMs)] : applied
    }
    this.#parking.park({ ...entry, record: detached(record), missing, dueMs: dueMs > nowMs ? dueMs : 0 })
    const why = missing.size > 0 ? 'it relies on authority records that are not here' : 'it is from the future'
    return [verdict('ignore', why)]
  }

  /** What no longer waits; it arrived earlier, so the verdict on it is given already. */
  #release(nowMs: number): RoomEffect[] {
    const effects: RoomEffect[] = []
    for (let free = this.#free(nowMs); free.length > 0; free = this.#free(nowMs)) {
      for (const entry of free) effects.push(...withoutVerdicts(this.#apply(entry, false, true)))
    }
    return effects
  }

  #free(nowMs: number): Parked[] {
    return this.#parking.size === 0 ? [] : this.#parking.release((needs) => this.#authority.has(needs), nowMs)
  }

  #apply(entry: Admissible, own: boolean, synced: boolean): RoomEffect[] {
    const { record } = entry
    if (record.graph === 'authority') {
      this.#authority.add(record.id)
      this.#authorityHeads.add(record.id)
      for (const parent of record.parents) this.#authorityHeads.delete(parent)
    } else this.graph.add(record, (id) => this.has(id))
    this.#unwritten.add(record.id)
    const effects: RoomEffect[] = [verdict('accept', ''), { type: 'persist', record, verified: entry.verified, own }]
    if (SPOKEN.has(record.kind)) effects.push({ type: 'line', record, own, synced })
    return effects
  }
}

/** The same record in memory of its own: what came may be a view into a batch a thousand times as large. */
function detached(record: SignedRecord): SignedRecord {
  const copy = decodeRecord(record.bytes.slice())
  return copy.ok ? copy.value : record
}

function withoutVerdicts(effects: RoomEffect[]): RoomEffect[] {
  return effects.filter((effect) => effect.type !== 'verdict')
}

function verdict(value: 'accept' | 'ignore' | 'reject', why: string): RoomEffect {
  return { type: 'verdict', verdict: value, why }
}

function fetch(ids: readonly RecordId[]): RoomEffect[] {
  return ids.length > 0 ? [{ type: 'fetch', ids }] : []
}
