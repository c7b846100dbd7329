/** Hex and byte comparisons, without Node's Buffer: the core has no platform globals. */

const HEX_PATTERN = /^(?:[0-9a-f]{2})*$/
const DIGITS = Uint8Array.from('0123456789abcdef', (char) => char.charCodeAt(0))
const NO_DIGIT = 255
/** What each ASCII character stands for. */
const VALUES = new Uint8Array(128).fill(NO_DIGIT)
DIGITS.forEach((char, value) => (VALUES[char] = value))
const LATIN1 = new TextDecoder('latin1')

/** Through the bytes of the text, since a string put together from 32 pieces is taken apart again by whoever looks it up. */
export function toHex(bytes: Uint8Array): string {
  const text = new Uint8Array(bytes.length * 2)
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at]!
    text[at * 2] = DIGITS[byte >> 4]!
    text[at * 2 + 1] = DIGITS[byte & 15]!
  }
  return LATIN1.decode(text)
}

/** The bytes of a lower-case hex string. @throws {RangeError} on anything else: callers check what comes from outside first. */
export function fromHex(hex: string): Uint8Array {
  const bytes = new Uint8Array(hex.length >> 1)
  let all = hex.length & 1 ? NO_DIGIT : 0
  for (let at = 0; at < bytes.length; at++) {
    const high = VALUES[hex.charCodeAt(at * 2)] ?? NO_DIGIT
    const low = VALUES[hex.charCodeAt(at * 2 + 1)] ?? NO_DIGIT
    all |= high | low
    bytes[at] = high * 16 + low
  }
  if (all > 15) throw new RangeError('not lower-case hex')
  return bytes
}

/** True for lower-case hex of exactly `byteLength` bytes. */
export function isHex(text: string, byteLength: number): boolean {
  return text.length === byteLength * 2 && HEX_PATTERN.test(text)
}

export function sameBytes(left: Uint8Array, right: Uint8Array): boolean {
  if (left.length !== right.length) return false
  for (let at = 0; at < left.length; at++) if (left[at] !== right[at]) return false
  return true
}

export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array {
  let length = 0
  for (const part of parts) length += part.length
  const joined = new Uint8Array(length)
  let at = 0
  for (const part of parts) {
    joined.set(part, at)
    at += part.length
  }
  return joined
}

/** The bytes of an ASCII string: domain separators and the like. */
export function ascii(text: string): Uint8Array {
  return Uint8Array.from(text, (char) => char.charCodeAt(0))
}

/** Bytes that a string takes in UTF-8. A lone surrogate counts as the three bytes of U+FFFD. */
export function utf8Length(text: string): number {
  let length = 0
  for (const char of text) {
    const point = char.codePointAt(0)!
    length += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4
  }
  return length
}

const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567'

/** RFC 4648 base32 in lower case without padding: what people read out and type. */
export function toBase32(bytes: Uint8Array): string {
  let text = ''
  let bits = 0
  let buffer = 0
  for (const byte of bytes) {
    buffer = (buffer << 8) | byte
    bits += 8
    while (bits >= 5) {
      bits -= 5
      text += BASE32[(buffer >> bits) & 31]!
    }
    buffer &= (1 << bits) - 1
  }
  return bits > 0 ? text + BASE32[(buffer << (5 - bits)) & 31]! : text
}

/** Undoes {@link toBase32}; undefined for characters outside the alphabet or left-over bits that are not zero. */
export function fromBase32(text: string): Uint8Array | undefined {
  const bytes = new Uint8Array(Math.floor((text.length * 5) / 8))
  let bits = 0
  let buffer = 0
  let at = 0
  for (const char of text) {
    const value = BASE32.indexOf(char)
    if (value < 0) return undefined
    buffer = (buffer << 5) | value
    bits += 5
    if (bits >= 8) {
      bits -= 8
      bytes[at++] = (buffer >> bits) & 255
      buffer &= (1 << bits) - 1
    }
  }
  return buffer === 0 && bits < 5 ? bytes : undefined
}

const BASE64 = ascii('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/')
const SEXTETS = new Uint8Array(128).fill(NO_DIGIT)
BASE64.forEach((char, value) => (SEXTETS[char] = value))
const PAD = 0x3d

/** RFC 4648 base64 with padding. */
export function toBase64(bytes: Uint8Array): string {
  const text = new Uint8Array(Math.ceil(bytes.length / 3) * 4).fill(PAD)
  for (let from = 0, to = 0; from < bytes.length; from += 3, to += 4) {
    const left = bytes.length - from
    const group = bytes[from]! * 65_536 + (left > 1 ? bytes[from + 1]! * 256 : 0) + (left > 2 ? bytes[from + 2]! : 0)
    text[to] = BASE64[group >> 18]!
    text[to + 1] = BASE64[(group >> 12) & 63]!
    if (left > 1) text[to + 2] = BASE64[(group >> 6) & 63]!
    if (left > 2) text[to + 3] = BASE64[group & 63]!
  }
  return LATIN1.decode(text)
}

/** Undoes {@link toBase64}; undefined for any text that it does not give: each sequence of bytes has one. */
export function fromBase64(text: string): Uint8Array | undefined {
  const pads = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0
  if (text.length % 4 !== 0) return undefined
  const bytes = new Uint8Array((text.length / 4) * 3 - pads)
  const digits = text.length - pads
  let all = 0
  let buffer = 0
  let at = 0
  for (let from = 0; from < digits; from++) {
    const value = SEXTETS[text.charCodeAt(from)] ?? NO_DIGIT
    all |= value
    buffer = ((from & 3) === 0 ? 0 : buffer << 6) | value
    if ((from & 3) === 3) {
      bytes[at] = buffer >> 16
      bytes[at + 1] = (buffer >> 8) & 255
      bytes[at + 2] = buffer & 255
      at += 3
    }
  }
  if (pads === 1) {
    bytes[at] = buffer >> 10
    bytes[at + 1] = (buffer >> 2) & 255
  } else if (pads === 2) bytes[at] = buffer >> 4
  const rest = pads === 1 ? buffer & 3 : pads === 2 ? buffer & 15 : 0
  return all > 63 || rest !== 0 ? undefined : bytes
}
