/**
 * How many messages of one author count in a time. Each message that is limited has a window: the one of its limit, on a grid since 1970, in which its time
 * lies; no window goes over midnight (UTC). By (time, id), a message counts iff fewer than its limit's count of those that count come before it in its window,
 * whatever limit each of these has. So limits that change do not add up, and which messages count is the same whatever arrives in what order. What was
 * refused changes nothing for the others, so that nobody need keep it; while all windows have one length, it also stays refused. A token bucket has none of
 * these properties.
 */
import type { Identity } from '../record/keys.ts'
import { compareRecords } from '../record/record.ts'
import type { RecordId } from '../record/record.ts'
import type { Rate } from './actions/policy.ts'

export interface Paced {
  readonly id: RecordId
  readonly timeUs: number
  readonly limit: Rate
}

export interface Place {
  readonly counts: boolean
  /** Those that counted, and do not any more since this one came before them. */
  readonly displaced: readonly RecordId[]
  /** Of what was refused, some may count now: windows have several lengths here. */
  readonly frees: boolean
  /** When the next window begins, ms: what is said then has room. */
  readonly nextMs: number
}

/** Spans of time kept in memory: those of a busy room within the last minutes. The others are read anew when something late falls into them. */
const MAX_SPANS = 4096
const MAX_SPAN_MESSAGES = 262_144
/** Ids of refused messages: so many children may name one, and show no gap. */
const MAX_REFUSED = 16_384
const DAY_US = 86_400_000_000

/** The window of a message, µs, its end excluded. */
function windowOf({ timeUs, limit }: Pick<Paced, 'timeUs' | 'limit'>): { readonly fromUs: number; readonly toUs: number } {
  const widthUs = limit.windowMs * 1000
  const startUs = Math.floor(timeUs / widthUs) * widthUs
  const dayUs = Math.floor(timeUs / DAY_US) * DAY_US
  return { fromUs: Math.max(startUs, dayUs), toUs: Math.min(startUs + widthUs, dayUs + DAY_US) }
}

/** Those that count, of all messages of one author that have a limit, in order: what {@link Pace} says, by definition. */
export function counted<M extends Paced>(messages: readonly M[]): M[] {
  const counting: M[] = []
  for (const message of [...messages].sort(compareRecords)) {
    // RULE: A message counts iff fewer than its limit's count of its author's messages that count come before it in its window.
    if (counting.length - firstFrom(counting, windowOf(message).fromUs) < message.limit.count) counting.push(message)
  }
  return counting
}

/** The stored messages of an author that have a limit, from one time to another, µs, the second excluded. */
export type PacedReader = (author: Identity, fromUs: number, toUs: number) => readonly Paced[]

/** All messages of an author in a time that no window crosses, and those of them that count; both in order. */
interface Span {
  readonly author: Identity
  readonly fromUs: number
  readonly toUs: number
  readonly messages: Paced[]
  counting: Paced[]
}

export class Pace {
  readonly #read: PacedReader
  readonly #longestUs: number
  /** By author, in order. */
  readonly #spans = new Map<Identity, Span[]>()
  /** The least recently read first. */
  readonly #inUse = new Set<Span>()
  #size = 0
  readonly #refused = new Set<RecordId>()
  /** The length of all windows so far, ms, or `mixed`. What was refused has one too, and is nowhere else any more. */
  #lengths: number | 'none' | 'mixed' = 'none'

  /** @param longestMs the longest window that a limit in the room has */
  constructor(read: PacedReader, longestMs: number) {
    this.#read = read
    this.#longestUs = longestMs * 1000
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
  ask(author: Identity, message: Paced): Place {
    return place(this.#spanOf(author, message), message, this.#lengthsWith(message)).place
  }

  /** Takes a message in that is permitted otherwise. Said again, it changes nothing. */
  add(author: Identity, message: Paced): Place {
    const span = this.#spanOf(author, message)
    this.#lengths = this.#lengthsWith(message)
    const { place: found, counting } = place(span, message, this.#lengths)
    if (!found.counts) this.#refuse(message.id)
    if (!found.counts || isIn(span.messages, message)) return found
    if (found.frees) this.#refused.clear()
    for (const id of found.displaced) this.#refuse(id)
    span.messages.splice(placeIn(span.messages, message), 0, message)
    this.#size++
    if (counting === undefined) span.counting.push(message)
    else span.counting = counting
    return found
  }

  /** A message that does not count is not stored any more. */
  remove(author: Identity, { id, timeUs }: Pick<Paced, 'id' | 'timeUs'>): void {
    for (const span of this.#spans.get(author) ?? []) {
      if (timeUs < span.fromUs || timeUs >= span.toUs) continue
      const at = placeIn(span.messages, { id, timeUs })
      if (span.messages[at]?.id !== id) continue
      span.messages.splice(at, 1)
      this.#size--
    }
  }

  #lengthsWith({ limit }: Paced): number | 'mixed' {
    return this.#lengths === 'none' || this.#lengths === limit.windowMs ? limit.windowMs : 'mixed'
  }

  #spanOf(author: Identity, message: Paced): Span {
    const { fromUs, toUs } = windowOf(message)
    const spans = this.#spans.get(author) ?? []
    const found = spans[lastFrom(spans, fromUs)]
    if (found !== undefined && found.toUs >= toUs) {
      this.#inUse.delete(found)
      this.#inUse.add(found)
      return found
    }
    const span = this.#load(author, fromUs, toUs)
    for (const other of [...spans]) if (other.fromUs < span.toUs && other.toUs > span.fromUs) this.#drop(other)
    this.#keep(span)
    return span
  }

  /** Goes on until no window of a message within reaches beyond, and none of a message beyond reaches within. */
  #load(author: Identity, firstFromUs: number, firstToUs: number): Span {
    const dayEndUs = (Math.floor(firstFromUs / DAY_US) + 1) * DAY_US
    for (let [fromUs, toUs] = [firstFromUs, firstToUs]; ;) {
      const near = this.#read(author, fromUs, Math.min(toUs + this.#longestUs, dayEndUs))
      let [firstUs, lastUs] = [fromUs, toUs]
      for (const message of [...near].sort(compareRecords)) {
        const window = windowOf(message)
        if (window.fromUs >= lastUs) continue
        firstUs = Math.min(firstUs, window.fromUs)
        lastUs = Math.max(lastUs, window.toUs)
      }
      if (firstUs === fromUs && lastUs === toUs) {
        const messages = near.filter(({ timeUs }) => timeUs < toUs).sort(compareRecords)
        return { author, fromUs, toUs, messages, counting: counted(messages) }
      }
      ;[fromUs, toUs] = [firstUs, lastUs]
    }
  }

  #keep(span: Span): void {
    const spans = this.#spans.get(span.author) ?? []
    this.#spans.set(span.author, spans)
    spans.splice(lastFrom(spans, span.fromUs) + 1, 0, span)
    this.#inUse.add(span)
    this.#size += span.messages.length
    for (const oldest of this.#inUse) {
      if (oldest === span || (this.#inUse.size <= MAX_SPANS && this.#size <= MAX_SPAN_MESSAGES)) return
      this.#drop(oldest)
    }
  }

  #drop(span: Span): void {
    const spans = this.#spans.get(span.author)!
    spans.splice(spans.indexOf(span), 1)
    if (spans.length === 0) this.#spans.delete(span.author)
    this.#inUse.delete(span)
    this.#size -= span.messages.length
  }

  #refuse(id: RecordId): void {
    if (this.#refused.size >= MAX_REFUSED) this.#refused.delete(this.#refused.values().next().value!)
    this.#refused.add(id)
  }
}

/** What becomes of a message, and which count with it: those that did and then the message, where it is not said. */
function place({ messages, counting }: Span, message: Paced, lengths: number | 'mixed'): { place: Place; counting: Paced[] | undefined } {
  const { fromUs, toUs } = windowOf(message)
  const nextMs = Math.ceil(toUs / 1000)
  const without = (counts: boolean): Place => ({ counts, displaced: [], frees: false, nextMs })
  if (isIn(messages, message)) return { place: without(isIn(counting, message)), counting }
  const at = placeIn(counting, message)
  if (at - firstFrom(counting, fromUs) >= message.limit.count) return { place: without(false), counting }
  // Nothing comes after it whose place it could take.
  if (at === counting.length && placeIn(messages, message) === messages.length) return { place: without(true), counting: undefined }
  const after = counted([...messages, message])
  const still = new Set(after.map(({ id }) => id))
  const displaced = counting.filter(({ id }) => !still.has(id)).map(({ id }) => id)
  const frees = displaced.length > 0 && lengths === 'mixed'
  return { place: { counts: true, displaced, frees, nextMs }, counting: after }
}

function isIn(messages: readonly Paced[], message: Paced): boolean {
  return messages[placeIn(messages, message)]?.id === message.id
}

/** The first place whose message does not sort before this one. */
function placeIn(messages: readonly Paced[], message: Pick<Paced, 'id' | 'timeUs'>): number {
  return lowest(messages.length, (n) => compareRecords(messages[n]!, message) >= 0)
}

/** The first place whose message is not before the time. */
function firstFrom(messages: readonly Paced[], fromUs: number): number {
  return lowest(messages.length, (n) => messages[n]!.timeUs >= fromUs)
}

/** The last place whose span begins at the time or before; -1 if none does. */
function lastFrom(spans: readonly Span[], fromUs: number): number {
  return lowest(spans.length, (n) => spans[n]!.fromUs > fromUs) - 1
}

/** The smallest number below `size` of which it is true, and of all above; `size` if of none. */
function lowest(size: number, is: (n: number) => boolean): number {
  let [low, high] = [0, size]
  while (low < high) {
    const middle = (low + high) >>> 1
    if (is(middle)) high = middle
    else low = middle + 1
  }
  return low
}
