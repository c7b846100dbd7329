/** Messages of Kademlia by hand (protobuf, as in the libp2p specification), so that a liar can say anything. */

export const KAD_PROTOCOL = '/p2pchat/kad/1.0.0'
export const ADD_PROVIDER = 2

export interface KadPeer {
  /** A multihash. */
  readonly id: Uint8Array
  readonly addresses: readonly Uint8Array[]
}

export interface KadMessage {
  readonly type: number
  readonly key: Uint8Array
  readonly closer?: readonly KadPeer[]
  readonly providers?: readonly KadPeer[]
}

export function encodeKad({ type, key, closer = [], providers = [] }: KadMessage): Uint8Array {
  return Buffer.concat([
    Buffer.from([1 << 3, type]), field(2, key),
    ...closer.map((peer) => field(8, encodePeer(peer))), ...providers.map((peer) => field(9, encodePeer(peer)))
  ])
}

/** What is asked, and about which key. */
export function decodeKad(bytes: Uint8Array): { type: number; key: Uint8Array } {
  let type = 0
  let key: Uint8Array = new Uint8Array()
  for (let at = 0; at < bytes.length;) {
    const tag = bytes[at++]!
    if ((tag & 7) === 0) {
      const [value, next] = varint(bytes, at)
      if (tag >> 3 === 1) type = value
      at = next
      continue
    }
    const [length, start] = varint(bytes, at)
    if (tag >> 3 === 2) key = bytes.slice(start, start + length)
    at = start + length
  }
  return { type, key }
}

export function varintBytes(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...varintBytes(value >>> 7)]
}

export function varint(bytes: Uint8Array, from: number): [value: number, next: number] {
  let value = 0
  for (let at = from, shift = 0; ; at++, shift += 7) {
    const byte = bytes[at] ?? 0
    value |= (byte & 127) << shift
    if (byte < 128) return [value, at + 1]
  }
}

function encodePeer({ id, addresses }: KadPeer): Uint8Array {
  return Buffer.concat([field(1, id), ...addresses.map((address) => field(2, address))])
}

function field(number: number, bytes: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.from([(number << 3) | 2, ...varintBytes(bytes.length)]), bytes])
}
