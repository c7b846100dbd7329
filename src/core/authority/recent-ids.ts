/** A bounded set of ids. The oldest gives way. */
import type { RecordId } from '../record/record.ts'

export class RecentIds {
  readonly #capacity: number
  readonly #ids = new Set<RecordId>()

  constructor(capacity: number) {
    this.#capacity = capacity
  }

  has(id: RecordId): boolean {
    return this.#ids.has(id)
  }

  add(id: RecordId): void {
    if (this.#ids.size >= this.#capacity && !this.#ids.has(id)) this.#ids.delete(this.#ids.values().next().value!)
    this.#ids.add(id)
  }
}
