/** Records that were taken in and are not in the store yet, in front of those that are. */
import type { RecordId, SignedRecord } from '../record/record.ts'
import type { MessageReader } from './rights.ts'

export class Unwritten implements MessageReader {
  readonly #stored: MessageReader
  readonly #records = new Map<RecordId, SignedRecord>()

  constructor(stored: MessageReader) {
    this.#stored = stored
  }

  has(id: RecordId): boolean {
    return this.#records.has(id)
  }

  add(record: SignedRecord): void {
    this.#records.set(record.id, record)
  }

  /** These are in the store. */
  written(ids: readonly RecordId[]): never[] {
    for (const id of ids) this.#records.delete(id)
    return []
  }

  message(id: RecordId): SignedRecord | undefined {
    const record = this.#records.get(id)
    return record?.graph === 'message' ? record : this.#stored.message(id)
  }

  *messagesBy(author: string, fromUs: number, toUs: number): Generator<SignedRecord> {
    for (const record of this.#records.values()) {
      if (record.graph === 'message' && record.author === author && record.timeUs >= fromUs && record.timeUs < toUs) yield record
    }
    for (const record of this.#stored.messagesBy(author, fromUs, toUs)) if (!this.#records.has(record.id)) yield record
  }
}
