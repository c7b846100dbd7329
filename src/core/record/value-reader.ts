/**
 * Reads canonical CBOR in one pass: each item's head says type and length, and is refused unless it is the shortest. One pass is
 * what a flood costs; decoding with a general decoder, encoding again and comparing took three times as long.
 */
import type { Value } from './codec.ts'

/** How an item cannot be read. Only {@link ValueReader} throws it, and only codec.ts catches it. */
export class Malformed extends Error {
  readonly reason: 'malformed' | 'not-canonical' | 'too-deep'

  constructor(reason: Malformed['reason'], message: string) {
    super(message)
    this.reason = reason
  }
}

const TEXT = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const TWO_TO_32 = 2 ** 32

export class ValueReader {
  readonly #bytes: Uint8Array
  readonly #maxDepth: number
  #at = 0
  #depth = 0

  constructor(bytes: Uint8Array, maxDepth: number) {
    this.#bytes = bytes
    this.#maxDepth = maxDepth
  }

  get ended(): boolean {
    return this.#at === this.#bytes.length
  }

  /** The next item. @throws {Malformed} */
  read(): Value {
    const head = this.#byte()
    const major = head >> 5
    if (major === 7) return simple(head)
    if (major === 5 || major === 6) throw foreign()
    const argument = this.#argument(head & 31)
    switch (major) {
      case 0:
        return argument
      case 1:
        // -1 - n would be no safe integer for the largest n.
        if (argument === Number.MAX_SAFE_INTEGER) throw foreign()
        return -1 - argument
      case 2:
        return new Uint8Array(this.#take(argument))
      case 3:
        return text(this.#take(argument))
      default:
        return this.#array(argument)
    }
  }

  #array(length: number): Value[] {
    // Every item has at least a byte, so that a length is believed only as far as there are bytes.
    if (length > this.#bytes.length - this.#at) throw new Malformed('malformed', 'it ends before its items do')
    if (length > 0 && ++this.#depth > this.#maxDepth) throw new Malformed('too-deep', `it nests deeper than ${this.#maxDepth} levels`)
    const items: Value[] = []
    for (let n = 0; n < length; n++) items.push(this.read())
    if (length > 0) this.#depth--
    return items
  }

  /** The number in or behind a head: a value, or a length. */
  #argument(info: number): number {
    if (info < 24) return info
    if (info === 24) return shortest(this.#byte(), 24)
    if (info === 25) return shortest(this.#uint(2), 0x100)
    if (info === 26) return shortest(this.#uint(4), 0x10000)
    if (info > 27) throw new Malformed('malformed', 'it has a length of no known form')
    const number = this.#uint(4) * TWO_TO_32 + this.#uint(4)
    if (number > Number.MAX_SAFE_INTEGER) throw foreign()
    return shortest(number, TWO_TO_32)
  }

  #byte(): number {
    const byte = this.#bytes[this.#at++]
    if (byte === undefined) throw new Malformed('malformed', 'it ends too soon')
    return byte
  }

  #uint(count: number): number {
    let number = 0
    for (let i = 0; i < count; i++) number = number * 256 + this.#byte()
    return number
  }

  #take(count: number): Uint8Array {
    const end = this.#at + count
    if (end > this.#bytes.length) throw new Malformed('malformed', 'it ends too soon')
    const taken = this.#bytes.subarray(this.#at, end)
    this.#at = end
    return taken
  }
}

function simple(head: number): Value {
  if (head === 0xf6) return null
  if (head === 0xf5) return true
  if (head === 0xf4) return false
  throw foreign()
}

function text(bytes: Uint8Array): string {
  try {
    return TEXT.decode(bytes)
  } catch {
    throw new Malformed('malformed', 'it holds text that is not UTF-8')
  }
}

function shortest(number: number, least: number): number {
  if (number < least) throw new Malformed('not-canonical', 'it has a number that is longer than it need be')
  return number
}

function foreign(): Malformed {
  return new Malformed('not-canonical', 'it holds a type that is not used here')
}
