/** Reads an archive as it comes, whatever it is: records out of it, and a sentence for each thing that is wrong. Holds a line of it at most. */
import { createHash } from 'node:crypto'
import { ascii, fromBase64, sameBytes } from '../record/bytes.ts'
import { MAX_RECORD_BYTES } from '../record/limits.ts'
import { decodeRecord } from '../record/record.ts'
import type { SignedRecord } from '../record/record.ts'
import { ARCHIVE_NAME, ARCHIVE_VERSION, END_WORD } from './format.ts'

export interface Flaw {
  /** From 1; 0 when it is about the whole. */
  readonly line: number
  /** Half a sentence that goes on after `line 7:` or `the file`. */
  readonly text: string
}

export interface ArchiveListener {
  /** @param text its line, as it stands there */
  record(record: SignedRecord, line: number, text: string): void
  flaw(flaw: Flaw): void
}

/** The largest record in base64. */
const MAX_LINE_BYTES = Math.ceil(MAX_RECORD_BYTES / 3) * 4
const LINE_FEED = 0x0a
const BREAK = Uint8Array.of(LINE_FEED)
const HEADER = ascii(`${ARCHIVE_NAME} ${ARCHIVE_VERSION}`)
/** With a version of nine digits. */
const MAX_HEADER_BYTES = ARCHIVE_NAME.length + 10
const ANY_HEADER = new RegExp(`^${ARCHIVE_NAME} \\d{1,9}$`)
const END = ascii(`${END_WORD} `)
const END_LINE = new RegExp(`^${END_WORD} (0|[1-9]\\d{0,15}) ([0-9a-f]{64})$`)
const LATIN1 = new TextDecoder('latin1')

export class ArchiveReader {
  readonly #listener: ArchiveListener
  readonly #hash = createHash('sha256')
  readonly #line = new Uint8Array(MAX_LINE_BYTES)
  #length = 0
  #isTooLong = false
  #number = 0
  #records = 0
  #hasEnded = false
  #isForeign = false

  constructor(listener: ArchiveListener) {
    this.#listener = listener
  }

  /** It is no archive that this program can read; nothing more comes of reading on. */
  get isForeign(): boolean {
    return this.#isForeign
  }

  feed(chunk: Uint8Array): void {
    for (let start = 0; start < chunk.length && !this.#isForeign; ) {
      const found = chunk.indexOf(LINE_FEED, start)
      const end = found < 0 ? chunk.length : found
      this.#keep(chunk.subarray(start, end), found >= 0)
      start = end + 1
    }
  }

  /** There is no more. */
  end(): void {
    if (this.#isForeign) return
    if (this.#number === 0 && this.#length === 0) this.#wrong(0, 'is empty')
    else if (this.#number === 0) this.#foreign('')
    else if (!this.#hasEnded || this.#length > 0) this.#wrong(0, 'is cut off: its last line is missing')
  }

  #keep(part: Uint8Array, isWhole: boolean): void {
    const fits = this.#length + part.length <= MAX_LINE_BYTES
    if (fits && !this.#isTooLong) this.#line.set(part, this.#length)
    else this.#isTooLong = true
    this.#length = Math.min(this.#length + part.length, MAX_LINE_BYTES)
    // Else a device that never ends its first line would be read for ever.
    if (this.#number === 0 && this.#length > MAX_HEADER_BYTES) this.#foreign('')
    else if (isWhole) this.#finish()
  }

  #finish(): void {
    const line = this.#line.subarray(0, this.#length)
    const isTooLong = this.#isTooLong
    this.#length = 0
    this.#isTooLong = false
    this.#number++
    if (this.#number === 1) this.#begin(line, isTooLong)
    else if (this.#hasEnded) this.#wrongOnce('goes on after its last line')
    else if (isTooLong) this.#wrong(this.#number, 'is longer than any record')
    else if (sameBytes(line.subarray(0, END.length), END)) this.#conclude(LATIN1.decode(line))
    else this.#take(line)
  }

  #begin(line: Uint8Array, isTooLong: boolean): void {
    if (isTooLong || !sameBytes(line, HEADER)) this.#foreign(LATIN1.decode(line))
    else this.#hashed(line)
  }

  #take(line: Uint8Array): void {
    this.#hashed(line)
    this.#records++
    const text = LATIN1.decode(line)
    const bytes = fromBase64(text)
    if (bytes === undefined || bytes.length === 0) return this.#wrong(this.#number, 'is not base64')
    const record = decodeRecord(bytes)
    if (record.ok) this.#listener.record(record.value, this.#number, text)
    else this.#wrong(this.#number, `is no record: ${record.message}`)
  }

  #conclude(text: string): void {
    this.#hasEnded = true
    const [, count, digest] = END_LINE.exec(text) ?? []
    if (count === undefined) this.#wrong(this.#number, 'is no proper last line')
    else if (Number(count) !== this.#records) this.#wrong(0, `has ${this.#records} records, and ${count} when it was written`)
    else if (digest !== this.#hash.digest('hex')) this.#wrong(0, 'was changed after it was written: its checksum does not fit')
  }

  #hashed(line: Uint8Array): void {
    this.#hash.update(line).update(BREAK)
  }

  #foreign(firstLine: string): void {
    this.#isForeign = true
    this.#wrong(0, ANY_HEADER.test(firstLine) ? 'was written by a later version of p2pchat' : 'is no export of p2pchat')
  }

  #wrongOnce(text: string): void {
    if (this.#isForeign) return
    this.#isForeign = true
    this.#wrong(0, text)
  }

  #wrong(line: number, text: string): void {
    this.#listener.flaw({ line, text })
  }
}
