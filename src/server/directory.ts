/**
 * The public list of rooms: only those whose owner asked for it, by a signed wish to this server, for as long as the wish lasts. Whose a room is, is
 * shown by its title; the server keeps the one that counts of those that it has seen.
 */
import type { Value } from '../core/record/codec.ts'
import { asArray, isArray, isBytes } from '../core/record/codec.ts'
import type { Identity } from '../core/record/keys.ts'
import { MAX_LISTED_PAGE, MAX_LISTED_PER_OWNER, MAX_LISTED_ROOMS, MAX_TITLES_BYTES } from '../core/record/limits.ts'
import { accept, refuse } from '../core/refusal.ts'
import type { Outcome } from '../core/refusal.ts'
import { readListing } from '../core/server/payloads.ts'
import { readStatement } from '../core/server/statement.ts'
import type { Statement } from '../core/server/statement.ts'
import { prevails, readTitle } from '../core/server/title.ts'
import type { Title } from '../core/server/title.ts'
import { parseRoomName } from '../core/text/names.ts'

/** What somebody shows who wants a room listed, or not any more. */
export interface Application {
  readonly genesis: Uint8Array
  /** The records that handed the room over, if any did. */
  readonly steps: readonly Uint8Array[]
  readonly wish: Uint8Array
}

interface Entry {
  readonly title: Title
  readonly genesis: Uint8Array
  readonly steps: readonly Uint8Array[]
  readonly wish: Statement
  /** False: taken out. It is remembered, or an earlier wish could be shown again. */
  readonly listed: boolean
}

export interface ListedEntry {
  readonly room: string
  readonly genesis: Uint8Array
  readonly title: Title
}

export interface DirectoryPage {
  readonly rooms: readonly ListedEntry[]
  readonly more: boolean
}

export class Directory {
  readonly #server: Identity
  /** Also those whose wish is over, while there is room: whose the room is by now shall not be forgotten. */
  readonly #entries = new Map<string, Entry>()

  constructor(server: Identity) {
    this.#server = server
  }

  size(nowMs: number): number {
    return this.#inForce(nowMs).length
  }

  take(application: Application, nowMs: number): Outcome<true> {
    const read = this.#read(application)
    if (!read.ok) return read
    if ((read.value.wish.expiresMs ?? 0) <= nowMs) return refuse('expired', 'The wish to list the room has expired.')
    const before = this.#entries.get(read.value.title.room)
    const entry = before === undefined ? read : succeed(before, read.value)
    if (!entry.ok) return entry
    const full = this.#makeRoom(entry.value, nowMs)
    if (full !== undefined) return full
    this.#entries.set(entry.value.title.room, entry.value)
    return accept(true)
  }

  /** In the order of ids, behind `after` or from the beginning, without the rooms of those who are `hidden`. */
  page(after: string | null, nowMs: number, hidden: (owner: Identity) => boolean): DirectoryPage {
    const all = this.#inForce(nowMs).filter(({ title }) => !hidden(title.owner) && (after === null || title.room > after))
    const sorted = all.sort((left, right) => (left.title.room < right.title.room ? -1 : 1))
    const rooms = sorted.slice(0, MAX_LISTED_PAGE).map(({ title, genesis }) => ({ room: title.room, genesis, title }))
    return { rooms, more: sorted.length > MAX_LISTED_PAGE }
  }

  save(): Value {
    return [...this.#entries.values()].map(({ genesis, wish, steps }) => [genesis, wish.bytes, steps])
  }

  /** What {@link save} gave; whatever cannot be read is left out. */
  restore(saved: Value | undefined): void {
    for (const item of isArray(saved) ? saved : []) {
      const [genesis, wish, steps = []] = asArray(item, 3) ?? asArray(item, 2) ?? []
      if (!isBytes(genesis) || !isBytes(wish) || !isArray(steps) || !steps.every((step) => isBytes(step))) continue
      const read = this.#read({ genesis, wish, steps })
      if (read.ok && this.#entries.size < MAX_LISTED_ROOMS) this.#entries.set(read.value.title.room, read.value)
    }
  }

  #inForce(nowMs: number): Entry[] {
    return [...this.#entries.values()].filter(({ listed, wish }) => listed && (wish.expiresMs ?? 0) > nowMs)
  }

  /** A refusal when there is none. What is over gives way, the longest over first. */
  #makeRoom({ title, steps, wish }: Entry, nowMs: number): Outcome<never> | undefined {
    const others = [...this.#entries.values()].filter((one) => one.title.room !== title.room)
    const isCurrent = (one: Entry): boolean => (one.wish.expiresMs ?? 0) > nowMs
    const [current, over] = [others.filter(isCurrent), others.filter((one) => !isCurrent(one))]
    if (current.filter((one) => one.wish.author === wish.author).length >= MAX_LISTED_PER_OWNER) {
      return refuse('too-many', `One person may list ${MAX_LISTED_PER_OWNER} rooms on a server.`)
    }
    over.sort((left, right) => (right.wish.expiresMs ?? 0) - (left.wish.expiresMs ?? 0))
    let bytes = sizeOf({ steps }) + current.reduce((sum, one) => sum + sizeOf(one), 0)
    if (current.length >= MAX_LISTED_ROOMS || bytes > MAX_TITLES_BYTES) {
      return refuse('too-many', 'The list of rooms of this server is full.')
    }
    const kept = new Set(current)
    for (const one of over) {
      bytes += sizeOf(one)
      if (kept.size + 1 >= MAX_LISTED_ROOMS || bytes > MAX_TITLES_BYTES) this.#entries.delete(one.title.room)
      else kept.add(one)
    }
    return undefined
  }

  #read({ genesis, wish: wishBytes, steps }: Application): Outcome<Entry> {
    const wish = readStatement(wishBytes)
    if (!wish.ok) return wish
    const listing = readListing(wish.value)
    if (!listing.ok) return listing
    const title = readTitle(genesis, steps)
    if (!title.ok) return title
    if (!parseRoomName(title.value.genesis.name).ok) return refuse('malformed', 'that is no room that can be listed')
    const { room, server, listed } = listing.value
    if (room !== title.value.room || server !== this.#server || title.value.owner !== wish.value.author) {
      return refuse('forged', 'Only who owns a room can have it listed, or taken out of the list.')
    }
    return accept({ title: title.value, genesis, steps, wish: wish.value, listed })
  }
}

/** What follows an entry when somebody shows another one for the same room. */
function succeed(before: Entry, shown: Entry): Outcome<Entry> {
  const isNewer = prevails(before.title, shown.title)
  if (!isNewer && before.title.owner !== shown.title.owner) {
    return refuse('not-owner', 'The room has another owner by now; only that one can have it listed, or taken out of the list.')
  }
  if (before.wish.author === shown.wish.author && before.wish.sequence > shown.wish.sequence) {
    return refuse('stale', 'A later wish for this room is known.')
  }
  return accept(isNewer ? shown : { ...shown, title: before.title, steps: before.steps })
}

function sizeOf({ steps }: Pick<Entry, 'steps'>): number {
  return steps.reduce((sum, { length }) => sum + length, 0)
}
