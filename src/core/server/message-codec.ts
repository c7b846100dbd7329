/** How a table of shapes becomes a codec of messages `cbor([code, …])`. Both directions of the server stream are made with it. */
import { accept, refuse } from '../refusal.ts'
import type { Outcome } from '../refusal.ts'
import { decode, encode, isArray, isCount } from '../record/codec.ts'
import type { Value } from '../record/codec.ts'

interface Message {
  readonly type: string
}
type OfType<M extends Message, T> = Extract<M, { type: T }>

interface Shape<M> {
  readonly code: number
  write(message: M): readonly Value[]
  /** Undefined when the fields are not of this shape. More fields than it knows are passed over. */
  read(fields: readonly Value[]): Omit<M, 'type'> | undefined
}

export type Shapes<M extends Message> = { readonly [T in M['type']]: Shape<OfType<M, T>> }

export interface Codec<M extends Message> {
  /** Every type there is. */
  readonly types: readonly M['type'][]
  encode(message: M): Uint8Array
  /** Never throws. Refuses with `too-long`, `malformed`, …, and with `unknown-type` what a later version may say. */
  decode(bytes: Uint8Array): Outcome<M>
}

/** Message, list, entry, list of addresses, with one to spare. */
const MAX_DEPTH = 5

export function createCodec<M extends Message>(shapes: Shapes<M>, maxBytes: number): Codec<M> {
  const table = shapes as Readonly<Record<string, Shape<Message>>>
  const byCode = new Map(Object.entries(table).map(([type, shape]) => [shape.code, type]))
  return {
    types: Object.keys(shapes),
    encode(message) {
      const shape = table[message.type]!
      return encode([shape.code, ...shape.write(message)])
    },
    decode(bytes) {
      if (bytes.length > maxBytes) return refuse('too-long', 'the message is too long')
      const decoded = decode(bytes, MAX_DEPTH)
      if (!decoded.ok) return decoded
      const [code, ...fields] = isArray(decoded.value) ? decoded.value : []
      if (!isCount(code)) return refuse('malformed', 'that is no message')
      const type = byCode.get(code)
      if (type === undefined) return refuse('unknown-type', 'a message of a type that this program does not know')
      const read = table[type]!.read(fields)
      return read === undefined ? refuse('malformed', `a malformed ${type} message`) : accept({ type, ...read } as unknown as M)
    }
  }
}
