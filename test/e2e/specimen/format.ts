/**
 * The formats of docs/SPEC.md, sections 2 to 8, written from its text and from nothing else: what a second implementation would have to write.
 * It shares no code with src, so that a test against a real node shows that the text is enough.
 */
import { createCipheriv, createDecipheriv, createHash, createHmac, createPrivateKey, createPublicKey, randomBytes, sign, verify } from 'node:crypto'
import type { KeyObject } from 'node:crypto'

export type Item = null | boolean | number | string | Uint8Array | readonly Item[]

export interface Author {
  readonly key: KeyObject
  readonly identity: Buffer
}

export interface Record {
  readonly id: Buffer
  readonly bytes: Buffer
}

export const KIND = { say: 1, presence: 128 }

export function encode(item: Item): Buffer {
  if (item === null) return Buffer.of(0xf6)
  if (typeof item === 'boolean') return Buffer.of(item ? 0xf5 : 0xf4)
  if (typeof item === 'number') return head(0, item)
  if (typeof item === 'string') return Buffer.concat([head(3, Buffer.byteLength(item)), Buffer.from(item)])
  if (item instanceof Uint8Array) return Buffer.concat([head(2, item.length), item])
  return Buffer.concat([head(4, item.length), ...item.map(encode)])
}

function head(major: number, argument: number): Buffer {
  if (argument < 24) return Buffer.of((major << 5) | argument)
  const size = [8, 16, 32, 64].findIndex((bits) => argument < 2 ** bits)
  const written = Buffer.alloc(9)
  written.writeBigUInt64BE(BigInt(argument), 1)
  const width = 2 ** size
  written[8 - width] = (major << 5) | (24 + size)
  return written.subarray(8 - width)
}

/** Throws for what is not canonical: the rule in one sentence is that encoding again gives the same bytes. */
export function decode(bytes: Uint8Array): Item {
  const buffer = Buffer.from(bytes)
  const { item, end } = itemAt(buffer, 0)
  if (end !== buffer.length || !encode(item).equals(buffer)) throw new Error(`not canonical: ${buffer.toString('hex')}`)
  return item
}

function itemAt(bytes: Buffer, at: number): { item: Item; end: number } {
  const [major, info] = [bytes.readUInt8(at) >> 5, bytes.readUInt8(at) & 31]
  const simple = new Map<number, Item>([[20, false], [21, true], [22, null]])
  if (major === 7 && simple.has(info)) return { item: simple.get(info)!, end: at + 1 }
  const width = info < 24 ? 0 : 2 ** (info - 24)
  const argument = width === 0 ? info : width === 8 ? Number(bytes.readBigUInt64BE(at + 1)) : bytes.readUIntBE(at + 1, width)
  const start = at + 1 + width
  if (major === 0) return { item: argument, end: start }
  if (major === 2) return { item: bytes.subarray(start, start + argument), end: start + argument }
  if (major === 3) return { item: bytes.toString('utf8', start, start + argument), end: start + argument }
  if (major !== 4) throw new Error(`no such type: ${major}`)
  const list: Item[] = []
  let end = start
  while (list.length < argument) {
    const next = itemAt(bytes, end)
    list.push(next.item)
    end = next.end
  }
  return { item: list, end }
}

export function list(item: Item | undefined): readonly Item[] {
  if (!Array.isArray(item)) throw new Error('not an array')
  return item as readonly Item[]
}

export function bytesOf(item: Item | undefined): Buffer {
  if (!(item instanceof Uint8Array)) throw new Error('not bytes')
  return Buffer.from(item)
}

export const H = (bytes: Uint8Array): Buffer => createHash('sha256').update(bytes).digest()

const ED25519 = { secret: Buffer.from('302e020100300506032b657004220420', 'hex'), public: Buffer.from('302a300506032b6570032100', 'hex') }

export function newAuthor(): Author {
  const key = createPrivateKey({ key: Buffer.concat([ED25519.secret, randomBytes(32)]), format: 'der', type: 'pkcs8' })
  return { key, identity: Buffer.from(createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(-32)) }
}

const BINDING = Buffer.from('p2pchat binding v1\0')
const RECORD = Buffer.from('p2pchat record v1\0')

function signed(by: Item | undefined, message: Buffer, signature: Item | undefined): boolean {
  const key = createPublicKey({ key: Buffer.concat([ED25519.public, bytesOf(by)]), format: 'der', type: 'spki' })
  return verify(null, message, key, bytesOf(signature))
}

/** Section 3. */
export function makeBinding({ key, identity }: Author, peerId: string): Buffer {
  const body = encode([1, identity, peerId, 'specimen', randomBytes(32), Date.now()])
  return encode([body, sign(null, Buffer.concat([BINDING, body]), key)])
}

/** The identity that a node speaks for. */
export function readBinding(binding: Item | undefined, peerId: string): string {
  const [body, signature] = list(decode(bytesOf(binding)))
  const [version, identity, named] = list(decode(bytesOf(body)))
  if (version !== 1 || named !== peerId || !signed(identity, Buffer.concat([BINDING, bytesOf(body)]), signature)) throw new Error('a bad binding')
  return bytesOf(identity).toString('hex')
}

export interface Fields {
  readonly kind: number
  readonly timeUs: number
  readonly prev: Buffer | null
  readonly parents: readonly Buffer[]
  readonly payload: Item
  /** The genesis alone, if not given. */
  readonly auth?: readonly Buffer[]
}

/** Section 4, for the message graph and presence. */
export function makeRecord({ key, identity }: Author, room: Buffer, fields: Fields): Record {
  const { kind, timeUs, prev, parents, payload, auth = [room] } = fields
  const ascending = [...parents].sort((left, right) => Buffer.compare(left, right))
  const body = encode([1, kind, room, identity, timeUs, prev, ascending, auth, payload])
  const id = H(body)
  return { id, bytes: encode([body, sign(null, Buffer.concat([RECORD, id]), key)]) }
}

/** The nine fields and the id of a record whose signature is good. */
export function readRecord(record: Uint8Array): { id: Buffer; fields: readonly Item[] } {
  const [body, signature] = list(decode(record))
  const fields = list(decode(bytesOf(body)))
  const id = H(bytesOf(body))
  if (fields.length !== 9 || !signed(fields[3], Buffer.concat([RECORD, id]), signature)) throw new Error('a bad record')
  return { id, fields }
}

/** Section 7. */
export const NAMES = {
  topic: (room: Buffer) => `/p2pchat/1/${createHmac('sha256', room).update('p2pchat topic v1').digest('hex')}`,
  proof: (room: Buffer, from: string, to: string) => createHmac('sha256', room).update(`p2pchat member v1\0${from}\0${to}`).digest(),
  ofName: (key: string) => H(Buffer.from(`p2pchat name v1\0${key}`)),
  ofId: (room: Buffer) => H(Buffer.concat([Buffer.from('p2pchat id v1\0'), room]))
}

/** Section 8. `epoch` is `[key, heads, time]` as it was handed over. */
export class Sealer {
  readonly #key: Buffer
  readonly #id: Buffer
  readonly #room: Buffer

  constructor(room: Buffer, epoch: Item | undefined) {
    const [key, heads, time] = list(epoch)
    this.#key = bytesOf(key)
    this.#id = H(encode(['p2pchat epoch v1', room, this.#key, list(heads), time!])).subarray(0, 16)
    this.#room = room
  }

  seal(record: Buffer): Buffer {
    const nonce = randomBytes(12)
    const cipher = createCipheriv('chacha20-poly1305', this.#key, nonce, { authTagLength: 16 })
    cipher.setAAD(this.#associated(), { plaintextLength: record.length })
    const text = Buffer.concat([cipher.update(record), cipher.final()])
    return encode([1, this.#id, nonce, Buffer.concat([text, cipher.getAuthTag()])])
  }

  open(frame: Uint8Array): Buffer {
    const [version, id, nonce, sealed] = list(decode(frame))
    if (version !== 1 || !bytesOf(id).equals(this.#id)) throw new Error('another version or epoch')
    const text = bytesOf(sealed)
    const decipher = createDecipheriv('chacha20-poly1305', this.#key, bytesOf(nonce), { authTagLength: 16 })
    decipher.setAAD(this.#associated(), { plaintextLength: text.length - 16 })
    decipher.setAuthTag(text.subarray(-16))
    return Buffer.concat([decipher.update(text.subarray(0, -16)), decipher.final()])
  }

  #associated(): Buffer {
    return Buffer.concat([Buffer.from('840150', 'hex'), this.#id, this.#room])
  }
}
