/**
 * What is kept of the records of an archive while it is checked: of messages a few numbers, so that a million of them fit in memory. Ids and
 * identities stand under numbers, each once.
 */
import { KIND } from '../record/kinds.ts'
import { MAX_ARCHIVE_AUTHORITY_BYTES, MAX_ARCHIVE_IDS } from '../record/limits.ts'
import { readLine } from '../record/payloads.ts'
import type { SignedRecord } from '../record/record.ts'

export interface Entry {
  readonly id: number
  readonly author: number
  readonly timeUs: number
  /** -1: none. */
  readonly prev: number
  readonly parents: readonly number[]
  readonly auth: readonly number[]
  readonly line: number
  /** Its own signature is good. */
  readonly isSigned: boolean
  /** Undefined for messages. */
  readonly act: SignedRecord | undefined
}

interface Nick {
  readonly nick: string
  readonly timeUs: number
}

const NO_BYTES = new Uint8Array(0)

export class Table {
  readonly entries: Entry[] = []
  readonly #numbers = new Map<string, number>()
  readonly #names: string[] = []
  readonly #byNumber: (Entry | undefined)[] = []
  readonly #lists = new Map<string, readonly number[]>()
  readonly #nicks = new Map<string, Nick>()
  #actBytes = 0

  /** More than this program takes into memory. */
  get isFull(): boolean {
    return this.#names.length >= MAX_ARCHIVE_IDS || this.#actBytes >= MAX_ARCHIVE_AUTHORITY_BYTES
  }

  nameOf(number: number): string {
    return this.#names[number]!
  }

  entryOf(id: number): Entry | undefined {
    return this.#byNumber[id]
  }

  numberOf(id: string): number | undefined {
    return this.#numbers.get(id)
  }

  /** The name that an author went by last. */
  nickOf(identity: string): string | undefined {
    return this.#nicks.get(identity)?.nick
  }

  has(id: string): boolean {
    return this.#byNumber[this.#numbers.get(id) ?? -1] !== undefined
  }

  /** A record that is not here. */
  add(record: SignedRecord, line: number, isSigned: boolean): void {
    const id = this.#number(record.id)
    const isAct = record.graph === 'authority'
    const entry: Entry = {
      id,
      author: this.#number(record.author),
      timeUs: record.timeUs,
      prev: record.prev === null ? -1 : this.#number(record.prev),
      parents: record.parents.map((parent) => this.#number(parent)),
      auth: this.#list(record.auth),
      line,
      isSigned,
      act: isAct ? { ...record, bytes: NO_BYTES } : undefined
    }
    this.entries.push(entry)
    this.#byNumber[id] = entry
    if (isAct) this.#actBytes += record.bytes.length
    else this.#hear(record)
  }

  #hear(record: SignedRecord): void {
    const line = record.kind === KIND.say || record.kind === KIND.action ? readLine(record.payload) : undefined
    const known = this.#nicks.get(record.author)
    if (line?.ok !== true || (known !== undefined && known.timeUs >= record.timeUs)) return
    this.#nicks.set(record.author, { nick: line.value.nick, timeUs: record.timeUs })
  }

  #number(name: string): number {
    let number = this.#numbers.get(name)
    if (number !== undefined) return number
    number = this.#names.length
    this.#names.push(name)
    this.#byNumber.push(undefined)
    this.#numbers.set(name, number)
    return number
  }

  /** Most messages name the same authority heads as the one before. */
  #list(ids: readonly string[]): readonly number[] {
    const numbers = ids.map((id) => this.#number(id))
    const key = numbers.join(' ')
    const known = this.#lists.get(key)
    if (known !== undefined) return known
    this.#lists.set(key, numbers)
    return numbers
  }
}
