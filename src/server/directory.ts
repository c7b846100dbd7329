/** The public list of rooms: only those whose creator asked for it, by a signed wish to this server, for as long as the wish lasts. */
import type { Value } from '../core/record/codec.ts'
import { KIND } from '../core/record/kinds.ts'
import type { Identity } from '../core/record/keys.ts'
import { MAX_LISTED_GENESIS_BYTES, MAX_LISTED_PAGE, MAX_LISTED_PER_OWNER, MAX_LISTED_ROOMS } from '../core/record/limits.ts'
import { readGenesis } from '../core/record/payloads.ts'
import { decodeRecord, verifyRecord } from '../core/record/record.ts'
import { accept, refuse } from '../core/refusal.ts'
import type { Outcome } from '../core/refusal.ts'
import { readListing } from '../core/server/payloads.ts'
import { readStatement } from '../core/server/statement.ts'
import type { Statement } from '../core/server/statement.ts'
import { parseRoomName } from '../core/text/names.ts'

interface Entry {
  readonly room: string
  readonly genesis: Uint8Array
  readonly wish: Statement
  /** False: taken out. It is remembered until the earlier wish would have ended, or that one could be shown again. */
  readonly listed: boolean
}

export interface DirectoryPage {
  readonly rooms: readonly { readonly room: string; readonly genesis: Uint8Array }[]
  readonly more: boolean
}

export class Directory {
  readonly #server: Identity
  readonly #entries = new Map<string, Entry>()

  constructor(server: Identity) {
    this.#server = server
  }

  size(nowMs: number): number {
    return this.#inForce(nowMs).length
  }

  take(genesis: Uint8Array, wish: Uint8Array, nowMs: number): Outcome<true> {
    const entry = this.#read(genesis, wish)
    if (!entry.ok) return entry
    const { room, wish: { author, sequence, expiresMs } } = entry.value
    if ((expiresMs ?? 0) <= nowMs) return refuse('expired', 'The wish to list the room has expired.')
    const before = this.#entries.get(room)
    if (before !== undefined && before.wish.sequence > sequence) return refuse('stale', 'A later wish for this room is known.')
    if (before === undefined) {
      for (const [id, { wish: old }] of this.#entries) if ((old.expiresMs ?? 0) <= nowMs) this.#entries.delete(id)
      const own = [...this.#entries.values()].filter((one) => one.wish.author === author).length
      if (own >= MAX_LISTED_PER_OWNER) return refuse('too-many', `One person may list ${MAX_LISTED_PER_OWNER} rooms on a server.`)
      if (this.#entries.size >= MAX_LISTED_ROOMS) return refuse('too-many', 'The list of rooms of this server is full.')
    }
    this.#entries.set(room, entry.value)
    return accept(true)
  }

  /** In the order of ids, behind `after` or from the beginning, without the rooms of those who are `hidden`. */
  page(after: string | null, nowMs: number, hidden: (owner: Identity) => boolean): DirectoryPage {
    const all = this.#inForce(nowMs).filter((entry) => !hidden(entry.wish.author) && (after === null || entry.room > after))
    const sorted = all.sort((left, right) => (left.room < right.room ? -1 : 1))
    return { rooms: sorted.slice(0, MAX_LISTED_PAGE), more: sorted.length > MAX_LISTED_PAGE }
  }

  save(): Value {
    return [...this.#entries.values()].map(({ genesis, wish }) => [genesis, wish.bytes])
  }

  #inForce(nowMs: number): Entry[] {
    return [...this.#entries.values()].filter(({ listed, wish }) => listed && (wish.expiresMs ?? 0) > nowMs)
  }

  #read(genesis: Uint8Array, wish: Uint8Array): Outcome<Entry> {
    const statement = readStatement(wish)
    if (!statement.ok) return statement
    const listing = readListing(statement.value)
    if (!listing.ok) return listing
    const record = genesis.length > MAX_LISTED_GENESIS_BYTES ? refuse('too-long', 'the genesis is too long') : decodeRecord(genesis)
    if (!record.ok) return record
    const { id, kind, author, payload } = record.value
    const read = readGenesis(payload)
    if (kind !== KIND.genesis || !read.ok || !parseRoomName(read.value.name).ok) {
      return refuse('malformed', 'that is no room that can be listed')
    }
    const { room, server, listed } = listing.value
    if (room !== id || server !== this.#server || author !== statement.value.author || !verifyRecord(record.value)) {
      return refuse('forged', 'Only who created a room can have it listed.')
    }
    return accept({ room, genesis, wish: statement.value, listed })
  }
}
