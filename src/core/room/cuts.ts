/**
 * What lies before the cuts of a room's acts, as far back as was asked: one walk for each cut that goes on where it stopped, so that a page of old
 * messages does not walk the same way for each of them. An edge counts only if time rises along it: an author that dates its message before the
 * parents it names has these parents for no ancestors. So ancestors are always older, and a walk in the order of time meets each message after
 * all of its children.
 */
import { NewestFirst } from '../log/newest-first.ts'
import type { NodeReader, Node } from '../log/newest-first.ts'
import type { RecordId } from '../record/record.ts'

/** Cuts whose walks are kept, and the messages that these have met: beyond, all begin anew. */
const MAX_WALKS = 1024
const MAX_MET = 1_000_000
/** Older cuts of which a walk looks whether they lie before its own. */
const MAX_INNER = 3

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
      let met = 0
      for (const { size } of this.#walks.values()) met += size
      if (this.#walks.size >= MAX_WALKS || met > MAX_MET) this.#walks.clear()
      this.#walks.set(cut, (walk = new CutWalk(cut, this.#read, [...this.#walks.values()])))
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

/**
 * Goes back in the order of time, so that each message is met after all of its children. What lies before an older cut that lies before this one is left
 * to the walk of that: of hundreds of cuts, all of the history is gone through once.
 */
class CutWalk {
  readonly #read: NodeReader
  readonly #before = new Set<RecordId>()
  /** Missing messages, and the latest time of a child of each that lies before the cut, µs. */
  readonly #missing = new Map<RecordId, number>()
  #missingUs = -Infinity
  /** What was found and not gone behind yet. */
  readonly #next = new NewestFirst()
  readonly #cut: readonly RecordId[]
  /** The times of the newest and the oldest head, µs. */
  readonly #newestUs: number
  readonly #oldestUs: number
  /** A cut that lies before this one, and others that may, the nearest first. */
  #inner: CutWalk | undefined
  #maybeInner: readonly CutWalk[]

  constructor(cut: readonly RecordId[], read: NodeReader, others: readonly CutWalk[]) {
    this.#cut = cut
    this.#read = read
    for (const head of cut) this.#enter(head, Infinity)
    const times = cut.flatMap((head) => read(head)?.timeUs ?? [])
    this.#newestUs = latest(times)
    this.#oldestUs = times.length < cut.length ? -Infinity : Math.min(...times)
    const older = others.filter((other) => other.#newestUs <= this.#newestUs)
    this.#maybeInner = older.sort((left, right) => right.#newestUs - left.#newestUs).slice(0, MAX_INNER)
  }

  get size(): number {
    return this.#before.size
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
    const belowUs = this.#missing.size === 0 ? undefined : this.#missing.get(message.id)
    if (belowUs === undefined) return false
    this.#missing.delete(message.id)
    if (belowUs === this.#missingUs) this.#missingUs = latest(this.#missing.values())
    this.#found(message, belowUs)
    return true
  }

  reaches(message: Omit<Node, 'parents'>): 'yes' | 'no' | 'unknown' {
    const { id, timeUs } = message
    this.#findInner(timeUs)
    const inner = this.#inner?.reaches(message)
    if (inner === 'yes') return 'yes'
    this.#goBack(timeUs)
    if (this.#before.has(id) || (this.#missing.get(id) ?? -Infinity) > timeUs) return 'yes'
    // What is missing is older than its child, and all that lies before it is older still.
    return inner === 'unknown' || this.#missingUs > timeUs ? 'unknown' : 'no'
  }

  /** To all that is newer than that. */
  #goBack(timeUs: number): void {
    for (let next = this.#next.newest; next !== undefined && next.timeUs > timeUs; next = this.#next.newest) {
      this.#next.take()
      if (this.#inner?.reaches(next) === 'yes') continue
      for (const parent of next.parents) this.#enter(parent, next.timeUs)
    }
  }

  /** Only once the walk has to go that far anyway. */
  #findInner(timeUs: number): void {
    while (this.#inner === undefined && this.#maybeInner.length > 0) {
      const [other, ...more] = this.#maybeInner
      if (other === undefined || timeUs > other.#oldestUs) return
      this.#goBack(other.#oldestUs)
      if (other.#cut.every((head) => this.#before.has(head))) this.#inner = other
      this.#maybeInner = more
    }
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
