/**
 * What lies before a cut in the message graph, of which only the heads are in memory: the rest is read, and no more of it than is newer than what is
 * asked about. For that an edge counts only if time rises along it: an author that dates its message before the parents it names has
 * these parents for no ancestors. So ancestors are always older, and a walk in the order of time meets each message after all of its children.
 */
import type { RecordId } from '../record/record.ts'
import { NewestFirst } from './newest-first.ts'
import type { Node } from './newest-first.ts'

export type { Node }

/** Undefined for messages that are not here. */
export type NodeReader = (id: RecordId) => Node | undefined

/**
 * Whether a message is one of these heads or an ancestor of one. `unknown`: not as far as is known here, but something in between is missing;
 * until it comes, it counts as no. Reads what lies before the heads and is not older than the message.
 */
export function liesBefore(message: Omit<Node, 'parents'>, heads: readonly RecordId[], read: NodeReader): 'yes' | 'no' | 'unknown' {
  if (heads.includes(message.id)) return 'yes'
  const walk = new Walk(read)
  for (const head of heads) walk.enter(head, Infinity, true)
  for (let next = walk.take(); next !== undefined && next.timeUs > message.timeUs; next = walk.take()) {
    if (next.parents.includes(message.id)) return 'yes'
    for (const parent of next.parents) walk.enter(parent, next.timeUs, true)
  }
  return walk.isMissingSome ? 'unknown' : 'no'
}

/**
 * The messages at or before `heads` that are neither in nor before the cut, newest first. Reads them, and what lies before the cut and is newer than the
 * oldest of them: after a cut that was made lately, little.
 */
export function* beyond(heads: Iterable<RecordId>, cut: readonly RecordId[], read: NodeReader): Generator<Node> {
  const walk = new Walk(read)
  for (const head of heads) walk.enter(head, Infinity, false)
  for (const head of cut) walk.enter(head, Infinity, true)
  while (walk.left > 0) {
    const next = walk.take()!
    const isBefore = walk.isBefore(next.id)
    if (!isBefore) yield next
    for (const parent of next.parents) walk.enter(parent, next.timeUs, isBefore)
  }
}

interface Entry {
  readonly node: Node
  /** Whether it lies before the cut, as far as it was entered by now. */
  isBefore: boolean
}

/** Messages by time, the newest first, each once. */
class Walk {
  /** Messages entered and not taken that are not known to lie before the cut. */
  left = 0
  isMissingSome = false
  readonly #read: NodeReader
  readonly #heap = new NewestFirst()
  readonly #entries = new Map<RecordId, Entry>()

  constructor(read: NodeReader) {
    this.#read = read
  }

  isBefore(id: RecordId): boolean {
    return this.#entries.get(id)?.isBefore === true
  }

  /** @param belowUs the time of the child that leads here: it must be above this one's */
  enter(id: RecordId, belowUs: number, isBefore: boolean): void {
    let entry = this.#entries.get(id)
    const node = entry?.node ?? this.#read(id)
    if (node === undefined) this.isMissingSome = true
    if (node === undefined || node.timeUs >= belowUs) return
    if (entry === undefined) {
      entry = { node, isBefore }
      this.#entries.set(id, entry)
      if (!isBefore) this.left++
      this.#heap.push(node)
    } else if (isBefore && !entry.isBefore) {
      entry.isBefore = true
      this.left--
    }
  }

  /** The newest that was not taken yet. All that leads to it has been taken. */
  take(): Node | undefined {
    const top = this.#heap.take()
    if (top !== undefined && !this.isBefore(top.id)) this.left--
    return top
  }
}
