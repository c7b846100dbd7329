/**
 * What lies before the cuts of a room's acts, as far back as was asked: the same as `liesBefore` of authority/ancestry.ts says, found by one walk for each
 * cut that goes on where it stopped, so that a page of old messages does not walk the same way for each of them.
 */
import type { NodeReader, Node } from '../authority/ancestry.ts'
import { NewestFirst } from '../authority/newest-first.ts'
import type { RecordId } from '../record/record.ts'

/** Cuts whose walks are kept: those of the acts that are asked about again and again. */
const MAX_WALKS = 32

export class Cuts {
  readonly #read: NodeReader
  /** By the array of heads, which its act keeps. */
  readonly #walks = new Map<readonly RecordId[], CutWalk>()

  constructor(read: NodeReader) {
    this.#read = read
  }

  /** `unknown`: not as far as is known here, but something in between is missing. */
  isBefore(message: Omit<Node, 'parents'>, cut: readonly RecordId[]): 'yes' | 'no' | 'unknown' {
    if (cut.length === 0) return 'no'
    let walk = this.#walks.get(cut)
    if (walk === undefined) {
      if (this.#walks.size >= MAX_WALKS) this.#walks.delete(this.#walks.keys().next().value!)
      this.#walks.set(cut, (walk = new CutWalk(cut, this.#read)))
    }
    return walk.reaches(message)
  }

  /** Whether the message is missing on the way back from some cut: then it is needed for what it names, whether it counts or not. */
  lacks(id: RecordId): boolean {
    for (const walk of this.#walks.values()) if (walk.lacks(id)) return true
    return false
  }

  /** What is missing on the way back from cuts, at most so many. */
  lacking(most: number): RecordId[] {
    const ids = new Set<RecordId>()
    for (const walk of this.#walks.values()) for (const id of walk.lacking(most - ids.size)) ids.add(id)
    return [...ids]
  }

  /** A message came in. True when it was missing. */
  came(message: Node): boolean {
    let wasMissing = false
    for (const walk of this.#walks.values()) wasMissing = walk.came(message) || wasMissing
    return wasMissing
  }
}

/** Goes back in the order of time, so that each message is met after all of its children. */
class CutWalk {
  readonly #read: NodeReader
  readonly #before = new Set<RecordId>()
  /** Missing messages, and the latest time of a child of each that lies before the cut, µs. */
  readonly #missing = new Map<RecordId, number>()
  #missingUs = -Infinity
  /** What was found and not gone behind yet. */
  readonly #next = new NewestFirst()

  constructor(cut: readonly RecordId[], read: NodeReader) {
    this.#read = read
    for (const head of cut) this.#enter(head, Infinity)
  }

  lacks(id: RecordId): boolean {
    return this.#missing.has(id)
  }

  *lacking(most: number): Generator<RecordId> {
    let left = most
    for (const id of this.#missing.keys()) {
      if (left-- <= 0) return
      yield id
    }
  }

  came(message: Node): boolean {
    const belowUs = this.#missing.get(message.id)
    if (belowUs === undefined) return false
    this.#missing.delete(message.id)
    if (belowUs === this.#missingUs) this.#missingUs = latest(this.#missing.values())
    this.#found(message, belowUs)
    return true
  }

  reaches({ id, timeUs }: Omit<Node, 'parents'>): 'yes' | 'no' | 'unknown' {
    for (let next = this.#next.newest; next !== undefined && next.timeUs > timeUs; next = this.#next.newest) {
      this.#next.take()
      for (const parent of next.parents) this.#enter(parent, next.timeUs)
    }
    if (this.#before.has(id) || (this.#missing.get(id) ?? -Infinity) > timeUs) return 'yes'
    // What is missing is older than its child, and all that lies before it is older still.
    return this.#missingUs > timeUs ? 'unknown' : 'no'
  }

  #enter(id: RecordId, belowUs: number): void {
    if (this.#before.has(id)) return
    const node = this.#read(id)
    if (node !== undefined) return this.#found(node, belowUs)
    this.#missing.set(id, Math.max(belowUs, this.#missing.get(id) ?? -Infinity))
    this.#missingUs = Math.max(this.#missingUs, belowUs)
  }

  #found({ id, timeUs, parents }: Node, belowUs: number): void {
    if (timeUs >= belowUs) return
    this.#before.add(id)
    this.#next.push({ id, timeUs, parents })
  }
}

function latest(times: Iterable<number>): number {
  let latestUs = -Infinity
  for (const timeUs of times) latestUs = Math.max(latestUs, timeUs)
  return latestUs
}
