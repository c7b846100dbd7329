/**
 * How many messages of one author count in a time. Time is cut into fixed windows, and in each the first n by (time, id) count. So which ones count is
 * the same whatever arrives in what order; one that was refused stays refused; and refused ones change nothing for the others, so that
 * nobody need keep them. A token bucket has none of these properties.
 *
 * A message is counted in the window of the one limit that binds it (messages.ts): of two limits for one message, each would count what the other refuses.
 */
import type { Identity } from '../record/keys.ts'
import { compareRecords } from '../record/record.ts'
import type { RecordId } from '../record/record.ts'
import type { Rate } from './actions/policy.ts'

export interface Paced {
  readonly id: RecordId
  readonly timeUs: number
}

export interface Place {
  readonly counts: boolean
  /** One that counted, and does not any more since this one came before it. */
  readonly displaced: RecordId | undefined
  /** When the next window begins, ms: what is said then has room. */
  readonly nextMs: number
}

/** Windows kept in memory: those of a busy room within the last minutes. The others are read anew when something late falls into them. */
const MAX_WINDOWS = 4096
/** Ids of refused messages: so many children may name one, and show no gap. */
const MAX_REFUSED = 16_384

/** Those that count, of all the messages of one author that the limit binds: what {@link Pace} says, by definition. */
export function counted(messages: readonly Paced[], limit: Rate): ReadonlySet<RecordId> {
  const taken = new Map<number, number>()
  const ids = new Set<RecordId>()
  for (const message of [...messages].sort(compareRecords)) {
    const window = windowOf(message.timeUs, limit)
    const before = taken.get(window) ?? 0
    taken.set(window, before + 1)
    // RULE: In each window the first n of an author's messages by (time, id) count.
    if (before < limit.count) ids.add(message.id)
  }
  return ids
}

/** The stored messages of an author that this limit binds, from one time to another, µs, the second excluded. */
export type WindowReader = (author: Identity, limit: Rate, fromUs: number, toUs: number) => Iterable<Paced>

export class Pace {
  readonly #read: WindowReader
  /** The messages that count, in order, by author, limit and window. */
  readonly #windows = new Map<string, Paced[]>()
  readonly #refused = new Set<RecordId>()

  constructor(read: WindowReader) {
    this.#read = read
  }

  /** Whether a message was refused here for being too many: it is not to be asked for, and what names it as parent shows no gap. */
  refused(id: RecordId): boolean {
    return this.#refused.has(id)
  }

  /** Whether any was. */
  get hasRefused(): boolean {
    return this.#refused.size > 0
  }

  /** What {@link add} would say, with nothing changed: for the sender, before it signs. */
  ask(author: Identity, limit: Rate, message: Paced): Place {
    return place(this.#windowOf(author, limit, message.timeUs), limit, message).place
  }

  /** Takes a message in that is permitted otherwise, and binds to this limit. Said again, it changes nothing. */
  add(author: Identity, limit: Rate, message: Paced): Place {
    const window = this.#windowOf(author, limit, message.timeUs)
    const { at, place: found } = place(window, limit, message)
    if (!found.counts) this.#refuse(message.id)
    else if (window[at]?.id !== message.id) window.splice(at, 0, message)
    if (found.displaced === undefined) return found
    window.pop()
    this.#refuse(found.displaced)
    return found
  }

  #windowOf(author: Identity, limit: Rate, timeUs: number): Paced[] {
    const number = windowOf(timeUs, limit)
    const key = `${author} ${limit.count} ${limit.windowMs} ${number}`
    let window = this.#windows.get(key)
    if (window !== undefined) return window
    const fromUs = number * limit.windowMs * 1000
    const stored = [...this.#read(author, limit, fromUs, fromUs + limit.windowMs * 1000)]
    window = stored.sort(compareRecords).slice(0, limit.count)
    if (this.#windows.size >= MAX_WINDOWS) this.#windows.delete(this.#windows.keys().next().value!)
    this.#windows.set(key, window)
    return window
  }

  #refuse(id: RecordId): void {
    if (this.#refused.size >= MAX_REFUSED) this.#refused.delete(this.#refused.values().next().value!)
    this.#refused.add(id)
  }
}

function windowOf(timeUs: number, limit: Rate): number {
  return Math.floor(timeUs / (limit.windowMs * 1000))
}

function place(window: readonly Paced[], limit: Rate, message: Paced): { at: number; place: Place } {
  const found = window.findIndex((other) => compareRecords(message, other) <= 0)
  const at = found < 0 ? window.length : found
  const known = window[at]?.id === message.id
  const nextMs = (windowOf(message.timeUs, limit) + 1) * limit.windowMs
  const displaced = !known && window.length >= limit.count && at < limit.count ? window[limit.count - 1]!.id : undefined
  return { at, place: { counts: at < limit.count, displaced, nextMs } }
}
