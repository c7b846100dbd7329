/** Sample rows for the store's tests; ids are numbers written out as 32 bytes, so that their order is that of the numbers. */
import type { StoredDelivery, StoredEpoch, StoredMember, StoredPeer, StoredRecord, StoredRoom } from '../../src/engine/ports.ts'

export const id = (n: number): string => n.toString(16).padStart(64, '0')
export const ROOM = 'aa'.repeat(32)
export const OTHER = 'bb'.repeat(32)
export const A = '0a'.repeat(32)
export const B = '0b'.repeat(32)

export function record(n: number, init: Partial<StoredRecord> = {}): StoredRecord {
  return {
    id: id(n), room: ROOM, graph: 'message', kind: 1, author: A, timeUs: 1_700_000_000_000_000 + n, prev: null,
    bytes: Uint8Array.of(n & 255, 1, 2, 3), verified: true, ...init
  }
}

export function room(of: string, init: Partial<StoredRoom> = {}): StoredRoom {
  return {
    id: of, name: 'Lobby', key: 'lobby', access: 'open', joined: true, provisional: false, sinceMs: 1, readUs: 0,
    state: Uint8Array.of(1, 2, 3), ...init
  }
}

export function epoch(of: string, n: number, init: Partial<StoredEpoch> = {}): StoredEpoch {
  const key = new Uint8Array(32).fill(n & 255)
  return { room: of, id: n.toString(16).padStart(32, '0'), key, heads: [id(n), id(n + 1)], createdMs: n, ...init }
}

export function delivery(n: number, init: Partial<StoredDelivery> = {}): StoredDelivery {
  return { id: id(n), room: ROOM, state: 'queued', holders: [], ...init }
}

export function member(of: string, identity: string, init: Partial<StoredMember> = {}): StoredMember {
  return { room: of, identity, nick: 'ann', lastSeenMs: 5, ...init }
}

export function peer(peerId: string, identity: string, lastSeenMs: number, addresses: string[] = []): StoredPeer {
  return { peerId, identity, binding: Uint8Array.of(1, 2), addresses, lastSeenMs }
}

export const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

/** Without the difference between Buffer and Uint8Array, and between objects with and without a prototype. */
export function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value ?? null, (_key, part: unknown) => {
    const isBuffer = typeof part === 'object' && part !== null && 'type' in part && part.type === 'Buffer'
    if (part instanceof Uint8Array) return { bytes: hex(part) }
    return isBuffer && 'data' in part ? { bytes: hex(Uint8Array.from(part.data as number[])) } : part
  }))
}
