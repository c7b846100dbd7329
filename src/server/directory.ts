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
  /** From which host the wish came, as a tag that does not tell which; empty if it is not known. */
  readonly from: string
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

  /** Rooms that the operator took out, and that are not listed again before the operator lets them: their names by id. */
  readonly unlisted = new Map<string, string>()

  size(nowMs: number): number {
    return this.#inForce(nowMs).length
  }

  /** `from`: a tag of the host that it comes from. When the list is full, the host with the most rooms on it loses the one that came last. */
  take(application: Application, nowMs: number, from = ''): Outcome<true> {
    const read = this.#read(application, from)
    if (!read.ok) return read
    if (read.value.listed && this.unlisted.has(read.value.title.room)) {
      return refuse('unlisted', 'The operator of this server does not want the room on its list.')
    }
    if ((read.value.wish.expiresMs ?? 0) <= nowMs) return refuse('expired', 'The wish to list the room has expired.')
    const before = this.#entries.get(read.value.title.room)
    const entry = before === undefined ? read : succeed(before, read.value)
    if (!entry.ok) return entry
    const full = this.#makeRoom(entry.value, nowMs)
    if (full !== undefined) return full
    this.#entries.set(entry.value.title.room, entry.value)
    return accept(true)
  }

  /** Takes a room out of the list, and keeps it out until it is let in again. False when it is not on it. */
  unlist(room: string): boolean {
    const entry = this.#entries.get(room)
    if (entry === undefined) return false
    this.#entries.delete(room)
    this.unlisted.set(room, entry.title.genesis.name)
    for (const one of this.unlisted.keys()) if (this.unlisted.size > MAX_LISTED_ROOMS) this.unlisted.delete(one)
    return true
  }

  /** In the order of ids, behind `after` or from the beginning, without the rooms of those who are `hidden`. */
  page(after: string | null, nowMs: number, hidden: (owner: Identity) => boolean): DirectoryPage {
    const all = this.#inForce(nowMs).filter(({ title }) => !hidden(title.owner) && (after === null || title.room > after))
    const sorted = all.sort((left, right) => (left.title.room < right.title.room ? -1 : 1))
    const rooms = sorted.slice(0, MAX_LISTED_PAGE).map(({ title, genesis }) => ({ room: title.room, genesis, title }))
    return { rooms, more: sorted.length > MAX_LISTED_PAGE }
  }

  save(): Value {
    return [...this.#entries.values()].map(({ genesis, wish, steps, from }) => [genesis, wish.bytes, steps, from])
  }

  /** What {@link save} gave; whatever cannot be read is left out. */
  restore(saved: Value | undefined): void {
    for (const item of isArray(saved) ? saved : []) {
      const [genesis, wish, steps = [], from = ''] = asArray(item, 4) ?? asArray(item, 3) ?? asArray(item, 2) ?? []
      if (!isBytes(genesis) || !isBytes(wish) || typeof from !== 'string') continue
      if (!isArray(steps) || !steps.every((step) => isBytes(step))) continue
      const read = this.#read({ genesis, wish, steps }, from)
      if (read.ok && this.#entries.size < MAX_LISTED_ROOMS) this.#entries.set(read.value.title.room, read.value)
    }
  }

  #inForce(nowMs: number): Entry[] {
    return [...this.#entries.values()].filter(({ listed, wish }) => listed && (wish.expiresMs ?? 0) > nowMs)
  }

  /** A refusal when there is none. What is over gives way, the longest over first. */
  #makeRoom(entry: Entry, nowMs: number): Outcome<never> | undefined {
    const { title, wish } = entry
    const others = [...this.#entries.values()].filter((one) => one.title.room !== title.room)
    const isCurrent = (one: Entry): boolean => (one.wish.expiresMs ?? 0) > nowMs
    const [current, over] = [others.filter(isCurrent), others.filter((one) => !isCurrent(one))]
    if (current.filter((one) => one.wish.author === wish.author).length >= MAX_LISTED_PER_OWNER) {
      return refuse('too-many', `One person may list ${MAX_LISTED_PER_OWNER} rooms on a server.`)
    }
    over.sort((left, right) => (right.wish.expiresMs ?? 0) - (left.wish.expiresMs ?? 0))
    const kept = this.#makeWay(entry, current)
    if (kept === undefined) return refuse('too-many', 'The list is full, and your network has as many rooms on it as any other.')
    let bytes = sizeOf(entry) + [...kept].reduce((sum, one) => sum + sizeOf(one), 0)
    for (const one of over) {
      bytes += sizeOf(one)
      if (kept.size + 1 >= MAX_LISTED_ROOMS || bytes > MAX_TITLES_BYTES) this.#entries.delete(one.title.room)
      else kept.add(one)
    }
    return undefined
  }

  /** Of those in force, the ones that stay: while there is no room, the host with the most loses the last of its rooms. Undefined if that is the newcomer's. */
  #makeWay(entry: Entry, current: readonly Entry[]): Set<Entry> | undefined {
    const kept = new Set(current)
    const overBy = (): boolean => kept.size >= MAX_LISTED_ROOMS || sizeOf(entry) + sum(kept) > MAX_TITLES_BYTES
    while (overBy()) {
      const byHolder = new Map<string, Entry[]>()
      for (const one of kept) byHolder.set(holderOf(one), [...byHolder.get(holderOf(one)) ?? [], one])
      const weight = kept.size >= MAX_LISTED_ROOMS ? (entries: readonly Entry[]) => entries.length : sum
      const own = byHolder.get(holderOf(entry)) ?? []
      const [greatest] = [...byHolder.values()].sort((left, right) => weight(right) - weight(left))
      if (greatest === undefined || weight([...own, entry]) >= weight(greatest)) return undefined
      const last = greatest.at(-1)!
      kept.delete(last)
      this.#entries.delete(last.title.room)
    }
    return kept
  }

  #read({ genesis, wish: wishBytes, steps }: Application, from: string): Outcome<Entry> {
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
    return accept({ title: title.value, genesis, steps, wish: wish.value, listed, from })
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

/** Who holds a place: a host, or, where that is not known, whoever asked for it. */
function holderOf({ from, wish }: Entry): string {
  return from === '' ? wish.author : from
}

function sum(entries: Iterable<Entry>): number {
  let bytes = 0
  for (const entry of entries) bytes += sizeOf(entry)
  return bytes
}

function sizeOf({ steps }: Pick<Entry, 'steps'>): number {
  return steps.reduce((sum, { length }) => sum + length, 0)
}
