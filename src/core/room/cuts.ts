/**
 * What lies before the cuts of a room's acts, as far back as was asked: the same as `liesBefore` of authority/ancestry.ts says, found by one walk for each
 * cut that goes on where it stopped, so that a page of old messages does not walk the same way for each of them.
 */
import type { NodeReader, Node } from '../authority/ancestry.ts'
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

  /** Messages came in that may be some of those that were missing. False when nothing was. */
  renew(): boolean {
    const lacking = [...this.#walks].filter(([, walk]) => walk.isMissingSome)
    for (const [cut] of lacking) this.#walks.delete(cut)
    return lacking.length > 0
  }
}

/** Goes back in the order of time, so that each message is met after all of its children. */
class CutWalk {
  readonly #read: NodeReader
  readonly #before = new Set<RecordId>()
  /** Missing messages, and the latest time of a child of each that lies before the cut, µs. */
  readonly #missing = new Map<RecordId, number>()
  #missingUs = -Infinity
  /** What was found and not gone behind yet, the latest last. */
  readonly #next: Node[] = []

  constructor(cut: readonly RecordId[], read: NodeReader) {
    this.#read = read
    for (const head of cut) this.#enter(head, Infinity)
  }

  get isMissingSome(): boolean {
    return this.#missing.size > 0
  }

  reaches({ id, timeUs }: Omit<Node, 'parents'>): 'yes' | 'no' | 'unknown' {
    for (let next = this.#next.at(-1); next !== undefined && next.timeUs > timeUs; next = this.#next.at(-1)) {
      this.#next.pop()
      for (const parent of next.parents) this.#enter(parent, next.timeUs)
    }
    if (this.#before.has(id) || (this.#missing.get(id) ?? -Infinity) > timeUs) return 'yes'
    // What is missing is older than its child, and all that lies before it is older still.
    return this.#missingUs > timeUs ? 'unknown' : 'no'
  }

  #enter(id: RecordId, belowUs: number): void {
    if (this.#before.has(id)) return
    const node = this.#read(id)
    if (node === undefined) {
      this.#missing.set(id, Math.max(belowUs, this.#missing.get(id) ?? -Infinity))
      this.#missingUs = Math.max(this.#missingUs, belowUs)
    }
    if (node === undefined || node.timeUs >= belowUs) return
    this.#before.add(id)
    let at = this.#next.length
    while (at > 0 && this.#next[at - 1]!.timeUs > node.timeUs) at--
    this.#next.splice(at, 0, { id, timeUs: node.timeUs, parents: node.parents })
  }
}
