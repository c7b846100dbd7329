/** What was taken in and is not in the store yet, or discarded and still there, in front of what is. */
import type { RecordId, SignedRecord } from '../record/record.ts'
import type { MessageReader } from './rights.ts'

export class Unwritten implements MessageReader {
  readonly #stored: MessageReader
  readonly #records = new Map<RecordId, SignedRecord>()
  readonly #discarded = new Set<RecordId>()

  constructor(stored: MessageReader) {
    this.#stored = stored
  }

  has(id: RecordId): boolean {
    return this.#records.has(id)
  }

  /** Whether it is still in the store only because that was not written yet. */
  hasDiscarded(id: RecordId): boolean {
    return this.#discarded.has(id)
  }

  add(record: SignedRecord): void {
    this.#records.set(record.id, record)
    this.#discarded.delete(record.id)
  }

  discard(id: RecordId): void {
    this.#records.delete(id)
    this.#discarded.add(id)
  }

  /** The store has these, or has them no longer. */
  written(ids: readonly RecordId[]): never[] {
    for (const id of ids) {
      this.#records.delete(id)
      this.#discarded.delete(id)
    }
    return []
  }

  message(id: RecordId): SignedRecord | undefined {
    const record = this.#records.get(id)
    if (record === undefined && this.#discarded.has(id)) return undefined
    return record?.graph === 'message' ? record : this.#stored.message(id)
  }

  *messagesBy(author: string, fromUs: number, toUs: number): Generator<SignedRecord> {
    for (const record of this.#records.values()) {
      if (record.graph === 'message' && record.author === author && record.timeUs >= fromUs && record.timeUs < toUs) yield record
    }
    for (const record of this.#stored.messagesBy(author, fromUs, toUs)) {
      if (!this.#records.has(record.id) && !this.#discarded.has(record.id)) yield record
    }
  }
}
