/**
 * What two nodes say to each other on the member stream: `cbor([type, …])`, one table of shapes. Rooms are named by the proof that the sender showed
 * for them (see seal/topic). The stream is authenticated by Noise; who speaks is told by the binding in `hello`, which comes first.
 */
import { accept, refuse } from '../refusal.ts'
import type { Outcome } from '../refusal.ts'
import { fromHex, toHex, utf8Length } from '../record/bytes.ts'
import { asArray, decode, encode, isArray, isBytes, isCount } from '../record/codec.ts'
import type { Value } from '../record/codec.ts'
import { MAX_BINDING_BYTES } from '../seal/binding.ts'
import { idFrom, readList } from '../record/fields.ts'
import {
  MAX_ADDRESS_BYTES, MAX_EPOCHS, MAX_MEMBER_MESSAGE_BYTES, MAX_NAME_CANDIDATES, MAX_NICK_BYTES, MAX_PEER_ADDRESSES, MAX_PEERS_TOLD,
  MAX_ROOMS_PER_PEER, MAX_WANTED_IDS
} from '../record/limits.ts'

/** The two sets that are reconciled, and the number that stands for each. */
export type SyncGraph = 'message' | 'authority'
/** A PeerId in text has 52 characters, or 59 as a CID. */
const MAX_PEER_ID_LENGTH = 128
const GRAPHS: readonly SyncGraph[] = ['message', 'authority']

export interface Hello {
  readonly binding: Uint8Array
  readonly nick: string
  /** Multiaddrs under which others may reach the sender. */
  readonly addresses: readonly string[]
  /** The sender's clock, milliseconds: two clocks that differ much hold back each other's messages, and people should know. */
  readonly nowMs: number
}

/** A genesis record, and whether somebody besides its creator was in the room. */
export interface NameCandidate {
  readonly genesis: Uint8Array
  readonly established: boolean
}

export interface PeerHint {
  readonly peerId: string
  readonly addresses: readonly string[]
}

interface Reconciliation {
  readonly graph: SyncGraph
  /** Which of the two sides it is for. */
  readonly toInitiator: boolean
  readonly message: Uint8Array
}

export type MemberMessage =
  /** First on every stream: who this node speaks for. Said again when the nick changes. */
  | ({ readonly type: 'hello' } & Hello)
  /** All rooms that the sender is in, as proofs; replaces the earlier list. */
  | { readonly type: 'rooms'; readonly proofs: readonly string[] }
  /** Which rooms of these names (hashed) does the other know? */
  | { readonly type: 'find'; readonly names: readonly string[] }
  /** The answer, also unasked when a room that was asked for comes to be, or becomes established. */
  | { readonly type: 'found'; readonly name: string; readonly candidates: readonly NameCandidate[] }
  /** Epoch keys, each as in seal/epoch. */
  | { readonly type: 'epochs'; readonly room: string; readonly epochs: readonly Value[] }
  /** One message of a reconciliation. */
  | ({ readonly type: 'reconcile'; readonly room: string } & Reconciliation)
  | { readonly type: 'want'; readonly room: string; readonly ids: readonly string[] }
  /** Records, asked for or known to be missing there. `left` says how many more will follow. */
  | { readonly type: 'records'; readonly room: string; readonly records: readonly Uint8Array[]; readonly left: number }
  /** Nodes that are in the room as well, so that people do not depend on who introduced them. Hints: whoever is dialled proves itself. */
  | { readonly type: 'peers'; readonly room: string; readonly peers: readonly PeerHint[] }
  /** Whether the sender has enough peers in this room without the receiver, who may let go of it then. */
  | { readonly type: 'enough'; readonly room: string; readonly enough: boolean }
  /** These records of yours are stored here. */
  | { readonly type: 'held'; readonly room: string; readonly ids: readonly string[] }
  /** A later binding of the receiver's own key and PeerId, which another process showed at this address: its home runs twice. */
  | { readonly type: 'elsewhere'; readonly binding: Uint8Array; readonly address: string }

type Type = MemberMessage['type']
type OfType<T extends Type> = Extract<MemberMessage, { type: T }>

interface Shape<T extends Type> {
  readonly code: number
  write(message: OfType<T>): readonly Value[]
  read(fields: readonly Value[]): Omit<OfType<T>, 'type'> | undefined
}

const SHAPES: { readonly [T in Type]: Shape<T> } = {
  hello: {
    code: 0,
    write: ({ binding, nick, addresses, nowMs }) => [binding, nick, addresses, nowMs],
    read: ([binding, nick, addresses, nowMs]) => {
      const list = readList(addresses, MAX_PEER_ADDRESSES, readAddress)
      const named = typeof nick === 'string' && utf8Length(nick) <= MAX_NICK_BYTES
      return isBytes(binding) && named && list !== undefined && isCount(nowMs) ? { binding, nick, addresses: list, nowMs } : undefined
    }
  },
  rooms: {
    code: 1,
    write: ({ proofs }) => [writeIds(proofs)],
    read: ([proofs]) => named('proofs', readIds(proofs, MAX_ROOMS_PER_PEER))
  },
  find: {
    code: 2,
    write: ({ names }) => [writeIds(names)],
    read: ([names]) => named('names', readIds(names, MAX_ROOMS_PER_PEER))
  },
  found: {
    code: 3,
    write: ({ name, candidates }) => [fromHex(name), candidates.map(({ genesis, established }) => [genesis, established])],
    read: ([name, candidates]) => {
      const list = readList(candidates, MAX_NAME_CANDIDATES, readCandidate)
      return isBytes(name, 32) && list !== undefined ? { name: toHex(name), candidates: list } : undefined
    }
  },
  epochs: {
    code: 4,
    write: ({ room, epochs }) => [fromHex(room), epochs],
    read: ([room, epochs]) => {
      const valid = isBytes(room, 32) && isArray(epochs) && epochs.length <= MAX_EPOCHS
      return valid ? { room: toHex(room), epochs } : undefined
    }
  },
  reconcile: {
    code: 5,
    write: ({ room, graph, toInitiator, message }) => [fromHex(room), GRAPHS.indexOf(graph), toInitiator, message],
    read: ([room, graph, toInitiator, message]) =>
      isBytes(room, 32) && isCount(graph, 1) && typeof toInitiator === 'boolean' && isBytes(message)
        ? { room: toHex(room), graph: GRAPHS[graph]!, toInitiator, message }
        : undefined
  },
  want: {
    code: 6,
    write: ({ room, ids }) => [fromHex(room), writeIds(ids)],
    read: ([room, ids]) => ofRoom(room, named('ids', readIds(ids, MAX_WANTED_IDS)))
  },
  records: {
    code: 7,
    write: ({ room, records, left }) => [fromHex(room), records, left],
    read: ([room, records, left]) => {
      const list = readList(records, MAX_WANTED_IDS, (item) => (isBytes(item) ? item : undefined))
      return isBytes(room, 32) && list !== undefined && isCount(left) ? { room: toHex(room), records: list, left } : undefined
    }
  },
  held: {
    code: 8,
    write: ({ room, ids }) => [fromHex(room), writeIds(ids)],
    read: ([room, ids]) => ofRoom(room, named('ids', readIds(ids, MAX_WANTED_IDS)))
  },
  peers: {
    code: 9,
    write: ({ room, peers }) => [fromHex(room), peers.map(({ peerId, addresses }) => [peerId, addresses])],
    read: ([room, peers]) => ofRoom(room, named('peers', readList(peers, MAX_PEERS_TOLD, readPeerHint)))
  },
  enough: {
    code: 10,
    write: ({ room, enough }) => [fromHex(room), enough],
    read: ([room, enough]) => ofRoom(room, typeof enough === 'boolean' ? { enough } : undefined)
  },
  elsewhere: {
    code: 11,
    write: ({ binding, address }) => [binding, address],
    read: ([binding, address]) => {
      const text = address === undefined ? undefined : readAddress(address)
      return isBytes(binding) && binding.length <= MAX_BINDING_BYTES && text !== undefined ? { binding, address: text } : undefined
    }
  }
}

/** Every type there is. */
export const MEMBER_MESSAGE_TYPES = Object.keys(SHAPES) as readonly Type[]

const BY_CODE: ReadonlyMap<number, Type> = new Map(Object.entries(SHAPES).map(([type, shape]) => [shape.code, type as Type]))
/** An epoch's heads lie deepest: message, list of epochs, epoch, list of heads, head. */
const MAX_MESSAGE_DEPTH = 6

export function encodeMemberMessage(message: MemberMessage): Uint8Array {
  const shape = SHAPES[message.type] as Shape<Type>
  return encode([shape.code, ...shape.write(message)])
}

/** Never throws. Types that this version does not know are refused with `unknown-type`, which costs the sender nothing. */
export function decodeMemberMessage(bytes: Uint8Array): Outcome<MemberMessage> {
  if (bytes.length > MAX_MEMBER_MESSAGE_BYTES) return refuse('too-long', 'the message is too long')
  const decoded = decode(bytes, MAX_MESSAGE_DEPTH)
  if (!decoded.ok) return decoded
  const [code, ...fields] = isArray(decoded.value) ? decoded.value : []
  if (!isCount(code)) return refuse('malformed', 'that is no message')
  const type = BY_CODE.get(code)
  if (type === undefined) return refuse('unknown-type', 'a message of a type that this program does not know')
  const read = (SHAPES[type] as Shape<Type>).read(fields)
  return read === undefined ? refuse('malformed', `a malformed ${type} message`) : accept({ type, ...read } as MemberMessage)
}

function writeIds(ids: readonly string[]): Value {
  return ids.map(fromHex)
}

function readIds(value: Value | undefined, most: number): string[] | undefined {
  return readList(value, most, idFrom)
}

function readAddress(item: Value): string | undefined {
  return typeof item === 'string' && item.length <= MAX_ADDRESS_BYTES ? item : undefined
}

function readPeerHint(item: Value): PeerHint | undefined {
  const [peerId, addresses] = asArray(item, 2) ?? []
  const list = readList(addresses, MAX_PEER_ADDRESSES, readAddress)
  return typeof peerId === 'string' && peerId.length <= MAX_PEER_ID_LENGTH && list !== undefined ? { peerId, addresses: list } : undefined
}

function readCandidate(item: Value): NameCandidate | undefined {
  const [genesis, established] = asArray(item, 2) ?? []
  return isBytes(genesis) && typeof established === 'boolean' ? { genesis, established } : undefined
}

function named<K extends string, T>(key: K, list: T[] | undefined): { [P in K]: T[] } | undefined {
  return list === undefined ? undefined : ({ [key]: list } as { [P in K]: T[] })
}

function ofRoom<T>(room: Value | undefined, rest: T | undefined): (T & { room: string }) | undefined {
  return isBytes(room, 32) && rest !== undefined ? { room: toHex(room), ...rest } : undefined
}
