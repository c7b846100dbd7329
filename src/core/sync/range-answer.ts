import { refuse } from '../refusal.ts'
import type { Refusal } from '../refusal.ts'
import { IdList } from './id-list.ts'
import { ID_BYTES } from './id-sum.ts'
import type { ItemRanges } from './item-set.ts'
import { boundBetween, END, malformed, MODE_FINGERPRINT, MODE_ID_LIST, RangeReader, RangeWriter, START } from './range-codec.ts'
import type { Bound } from './range-codec.ts'

/** Into how many fingerprints a differing range is split. Part of no rule of the protocol; all implementations take 16. */
const BUCKETS = 16
/** A range with fewer items is sent as a list: two items a bucket would cost as much as the ids. */
const LIST_BELOW_ITEMS = BUCKETS * 2
/** What is kept free in a frame for closing it: a last id and its bound, a skip and the fingerprint of the rest, at most 142 bytes. */
const CLOSING_BYTES = 200
/**
 * Ranges in one message. A full frame has at most 55 000 fingerprints of 19 bytes; an answer has no more lists than that, and a skip
 * between any two of them.
 */
export const MAX_RECONCILE_RANGES = 131_072
/** Ids that one round tells to be missing at the other side; what is beyond comes with the next. As many as a frame of 1 MiB has. */
export const MAX_HAVE_PER_ROUND = 32_768
/** What an initiator learns in one round. */
export class Differences {
  readonly have: Uint8Array[] = []
  readonly need: Uint8Array[] = []
  /** How many ids the other side was seen to lack, whether they are kept in `have` or not. */
  lacking = 0
  readonly #keepHave: boolean

  constructor(keepHave: boolean) {
    this.#keepHave = keepHave
  }

  /** False, and nothing is taken, when this round has told enough. */
  addHave(view: DataView, offset: number): boolean {
    if (this.#keepHave && this.have.length >= MAX_HAVE_PER_ROUND) return false
    if (this.#keepHave) this.have.push(new Uint8Array(view.buffer, view.byteOffset + offset, ID_BYTES).slice())
    this.lacking += 1
    return true
  }
}

/** Reads all of a message without acting on it, so that a malformed one has no effect at all. `offset` is behind the version byte. */
export function checkRanges(message: Uint8Array, offset: number): Refusal | undefined {
  const reader = new RangeReader(message, offset)
  let ranges = 0
  while (reader.next()) {
    ranges += 1
    if (ranges > MAX_RECONCILE_RANGES) {
      return refuse('too-many-ranges', `The reconciliation message has more than ${MAX_RECONCILE_RANGES} ranges.`)
    }
  }
  return reader.fault
}

/** The first message of an exchange. */
export function openingMessage(set: ItemRanges): Uint8Array {
  const writer = new RangeWriter()
  writeSplit(set, writer, 0, set.size, END)
  return writer.message()
}

/**
 * Answers one checked message. Bounds ascend, so that its ranges are disjoint: all fingerprints together add up each own id at most once,
 * those of the answer once more, the closing one at most once more; the lists look up each own id at most once. Writing ends at the
 * frame's limit.
 */
export class RangeAnswer {
  readonly #set: ItemRanges
  readonly #message: Uint8Array
  readonly #reader: RangeReader
  readonly #frameBytes: number
  readonly #differences: Differences | undefined
  readonly #writer = new RangeWriter()
  /** Up to where the message was answered. */
  #bound = START
  #rank = 0
  /** Ranges before #bound which need no answer, but a skip if anything is written behind them. */
  #skipping = false
  #closed = false

  /** With `differences` as the initiator, who writes no lists in answer to lists but learns from them. */
  constructor(set: ItemRanges, message: Uint8Array, offset: number, frameSizeLimit: number, differences: Differences | undefined) {
    this.#set = set
    this.#message = message
    this.#reader = new RangeReader(message, offset)
    this.#frameBytes = frameSizeLimit - CLOSING_BYTES
    this.#differences = differences
  }

  /** The answer; of one byte, the version, when there is nothing left to say. */
  write(): Uint8Array {
    while (!this.#closed && this.#reader.next()) {
      const upper = this.#set.lowerBound(this.#reader.bound.timeUs, this.#reader.bound.prefix)
      if (this.#reader.mode === MODE_FINGERPRINT) this.#compareFingerprint(upper)
      else if (this.#reader.mode !== MODE_ID_LIST) this.#pass(upper)
      else if (this.#differences === undefined) this.#answerList(upper)
      else this.#learnFromList(upper, this.#differences)
    }
    if (this.#reader.fault !== undefined) throw new Error(malformed('it was not checked').message)
    return this.#writer.message()
  }

  #compareFingerprint(upper: number): void {
    const own = this.#set.fingerprint(this.#rank, upper)
    if (own.every((byte, i) => byte === this.#message[this.#reader.payloadOffset + i])) {
      this.#pass(upper)
      return
    }
    const mark = this.#writer.mark()
    const skipping = this.#skipping
    this.#writeSkip()
    writeSplit(this.#set, this.#writer, this.#rank, upper, this.#reader.bound)
    if (this.#writer.length > this.#frameBytes) {
      // The rest begins where this range does, and what was passed before it is skipped: so the closing fingerprint stands for exactly the
      // range it is sent with. (The reference counts it from where this range ends; both are understood.)
      this.#writer.rewind(mark)
      this.#skipping = skipping
      this.#close()
      return
    }
    this.#advance(upper)
  }

  #answerList(upper: number): void {
    const room = Math.floor((this.#frameBytes - this.#writer.length) / ID_BYTES) + 1
    const ids = Math.min(upper - this.#rank, room)
    const end = this.#rank + ids
    const bound = end < upper ? { timeUs: this.#set.timeAt(end), prefix: this.#set.idAt(end) } : this.#reader.bound
    this.#writeSkip()
    this.#writer.idList(bound, ids, (target, offset) => {
      this.#set.copyIds(this.#rank, end, target, offset)
    })
    this.#advance(end, bound)
    if (this.#writer.length > this.#frameBytes) this.#close()
  }

  #learnFromList(upper: number, differences: Differences): void {
    const list = new IdList(this.#message, this.#reader.payloadOffset, this.#reader.ids, upper - this.#rank)
    let stop = upper
    this.#set.scanIds(this.#rank, upper, (view, offset, rank) => {
      if (list.strike(view, offset) || stop < upper) return
      if (!differences.addHave(view, offset)) stop = rank
    })
    for (const id of list.left()) differences.need.push(id)
    if (stop === upper) {
      this.#pass(upper)
      return
    }
    this.#pass(stop, { timeUs: this.#set.timeAt(stop), prefix: this.#set.idAt(stop) })
    this.#close()
  }

  /** Ends the message with one fingerprint for everything from here on. */
  #close(): void {
    this.#closed = true
    if (this.#bound.timeUs === Infinity) return
    this.#writeSkip()
    this.#writer.fingerprint(END, this.#set.fingerprint(this.#rank, this.#set.size))
  }

  #writeSkip(): void {
    if (this.#skipping) this.#writer.skip(this.#bound)
    this.#skipping = false
  }

  #pass(upper: number, bound = this.#reader.bound): void {
    this.#skipping = true
    this.#rank = upper
    this.#bound = bound
  }

  #advance(upper: number, bound = this.#reader.bound): void {
    this.#rank = upper
    this.#bound = bound
  }
}

function writeSplit(set: ItemRanges, writer: RangeWriter, lower: number, upper: number, bound: Bound): void {
  const items = upper - lower
  if (items < LIST_BELOW_ITEMS) {
    writer.idList(bound, items, (target, offset) => {
      set.copyIds(lower, upper, target, offset)
    })
    return
  }
  let from = lower
  for (let bucket = 0; bucket < BUCKETS; bucket++) {
    const to = from + Math.floor(items / BUCKETS) + (bucket < items % BUCKETS ? 1 : 0)
    const end = to === upper ? bound : boundBetween(itemAt(set, to - 1), itemAt(set, to))
    writer.fingerprint(end, set.fingerprint(from, to))
    from = to
  }
}

function itemAt(set: ItemRanges, rank: number): Bound {
  return { timeUs: set.timeAt(rank), prefix: set.idAt(rank) }
}
