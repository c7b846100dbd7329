/**
 * A room in a file: text, one record a line. The first line names the format, then come the records in base64 (the genesis first, the authority graph
 * with parents before children, the messages by time), then a last line with their number and the hash of all that stands before it, so that a file
 * which was cut off or changed anywhere is known for it. Whoever has the records needs nobody's word: each is signed.
 */
import { createHash } from 'node:crypto'

export const ARCHIVE_NAME = 'p2pchat export'
export const ARCHIVE_VERSION = 1
/** `end COUNT SHA256`: the hash in hex, over all bytes before this line. */
export const END_WORD = 'end'

/** Puts the text of an archive together, piece by piece. */
export class ArchiveWriter {
  readonly #hash = createHash('sha256')
  #count = 0

  get count(): number {
    return this.#count
  }

  begin(): string {
    return this.#hashed(`${ARCHIVE_NAME} ${ARCHIVE_VERSION}\n`)
  }

  /** @param records base64 */
  lines(records: readonly string[]): string {
    this.#count += records.length
    return this.#hashed(records.map((record) => `${record}\n`).join(''))
  }

  end(): string {
    return `${END_WORD} ${this.#count} ${this.#hash.digest('hex')}\n`
  }

  #hashed(text: string): string {
    this.#hash.update(text)
    return text
  }
}
