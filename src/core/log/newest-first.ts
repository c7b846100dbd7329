/** Messages of which the newest is taken first: a binary heap. */
import { compareRecords } from '../record/record.ts'
import type { RecordId } from '../record/record.ts'

export interface Node {
  readonly id: RecordId
  readonly timeUs: number
  readonly parents: readonly RecordId[]
}

/** Undefined for messages that are not here. */
export type NodeReader = (id: RecordId) => Node | undefined

export class NewestFirst {
  readonly #heap: Node[] = []

  get newest(): Node | undefined {
    return this.#heap[0]
  }

  push(node: Node): void {
    let at = this.#heap.push(node) - 1
    while (at > 0) {
      const above = (at - 1) >> 1
      if (compareRecords(this.#heap[above]!, node) >= 0) break
      this.#heap[at] = this.#heap[above]!
      at = above
    }
    this.#heap[at] = node
  }

  take(): Node | undefined {
    const [top, last] = [this.#heap[0], this.#heap.pop()]
    if (top !== undefined && last !== undefined && last !== top) this.#sink(last)
    return top
  }

  #sink(node: Node): void {
    let at = 0
    for (;;) {
      let below = at * 2 + 1
      if (below >= this.#heap.length) break
      if (below + 1 < this.#heap.length && compareRecords(this.#heap[below + 1]!, this.#heap[below]!) > 0) below++
      if (compareRecords(node, this.#heap[below]!) >= 0) break
      this.#heap[at] = this.#heap[below]!
      at = below
    }
    this.#heap[at] = node
  }
}
