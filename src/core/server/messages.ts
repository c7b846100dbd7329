/**
 * What a node and a server say to each other on the server stream, one table of shapes for each direction. The node opened the stream; Noise has
 * proved both PeerIds, and each side shows the binding of its identity first. Codes 32 to 47 are for the keeper of sealed frames.
 */
import { fromHex, toHex } from '../record/bytes.ts'
import { asArray, isBytes, isCount } from '../record/codec.ts'
import type { Value } from '../record/codec.ts'
import { identityFrom, idFrom, isText, readList } from '../record/fields.ts'
import type { Identity } from '../record/keys.ts'
import {
  MAX_ANNOUNCEMENTS, MAX_CONSOLE_CALL_BYTES, MAX_FEDERATED, MAX_FORWARDED_PER_PEER, MAX_LISTED_PAGE, MAX_NAMES_ASKED, MAX_NAMES_PER_PEER,
  MAX_NICK_BYTES, MAX_NODES_FOUND, MAX_REFUSAL_BYTES, MAX_REFUSAL_REASON_BYTES, MAX_SERVER_MESSAGE_BYTES, MAX_SERVER_REQUEST_BYTES,
  MAX_TITLE_STEPS
} from '../record/limits.ts'
import { MAX_BINDING_BYTES } from '../seal/binding.ts'
import { createCodec } from './message-codec.ts'
import type { Shapes } from './message-codec.ts'
import { isPeerIdText, readAddresses } from './payloads.ts'

/** What a node has of a server already, so that only what is newer is sent: the sequences of its lists, and of its last announcement. */
export interface Have {
  readonly server: Identity
  readonly bans: number
  readonly federation: number
}

export interface NodeFound {
  readonly peerId: string
  readonly addresses: readonly string[]
}

export interface RoomListed {
  /** The genesis record. */
  readonly genesis: Uint8Array
  /** Nodes that can be found under the room, here and now. */
  readonly nodes: number
  /** Who asked for it to be listed, and so owned it then. The server's word. */
  readonly owner: Identity
}

/** From a node to a server. `request` numbers what is answered, in whatever way the node likes. */
export type ServerRequest =
  | {
    readonly type: 'hello'
    readonly binding: Uint8Array
    readonly nick: string
    /** Where others reach the node. */
    readonly addresses: readonly string[]
    readonly have: readonly Have[]
    /** The node is a server itself, whose operator wants it to act with this one. */
    readonly federates: boolean
  }
  /** The hashes of names and ids under which this node can be found; replaces the earlier list. */
  | { readonly type: 'under'; readonly names: readonly string[] }
  /** Topics whose frames the server is to forward, each the hash at its end; replaces the earlier list. */
  | { readonly type: 'forward'; readonly topics: readonly string[] }
  | { readonly type: 'find'; readonly request: number; readonly names: readonly string[] }
  /** The public list, behind this room or from the beginning. */
  | { readonly type: 'directory'; readonly request: number; readonly after: string | null }
  /** `steps`: what proves the owner who is not the room's creator, see title.ts. */
  | {
    readonly type: 'list'
    readonly request: number
    readonly genesis: Uint8Array
    readonly wish: Uint8Array
    readonly steps: readonly Uint8Array[]
  }
  | { readonly type: 'call'; readonly request: number; readonly call: Uint8Array }

/** From a server to a node. */
export type ServerMessage =
  | {
    readonly type: 'welcome'
    readonly binding: Uint8Array
    readonly nick: string
    readonly nowMs: number
    /** 32 random bytes, hex: what calls on this connection are bound to. */
    readonly challenge: string
    /** The operator wants this server to act with the node, which is one itself. */
    readonly federates: boolean
  }
  | { readonly type: 'statements'; readonly statements: readonly Uint8Array[] }
  | { readonly type: 'found'; readonly request: number; readonly nodes: readonly (readonly NodeFound[])[] }
  | { readonly type: 'rooms'; readonly request: number; readonly rooms: readonly RoomListed[]; readonly more: boolean }
  /** JSON: the result of a call, or true. */
  | { readonly type: 'result'; readonly request: number; readonly json: string }
  /** `request` null: the connection as a whole, which then ends. */
  | { readonly type: 'refused'; readonly request: number | null; readonly reason: string; readonly message: string }

/** Lists of users and bans are long; the message as a whole is bounded. */
const MAX_RESULT_BYTES = MAX_SERVER_MESSAGE_BYTES

const REQUESTS: Shapes<ServerRequest> = {
  hello: {
    code: 0,
    write: ({ binding, nick, addresses, have, federates }) =>
      [binding, nick, addresses, have.map(({ server, bans, federation }) => [fromHex(server), bans, federation]), federates],
    read: ([binding, nick, told, known, federates]) => {
      const addresses = readAddresses(told)
      const have = readList(known, MAX_FEDERATED + 1, readHave)
      const named = isBytes(binding) && binding.length <= MAX_BINDING_BYTES && isText(nick, MAX_NICK_BYTES)
      if (!named || addresses === undefined || have === undefined) return undefined
      return { binding, nick, addresses, have, federates: federates === true }
    }
  },
  under: {
    code: 1,
    write: ({ names }) => [names.map(fromHex)],
    read: ([list]) => {
      const names = readList(list, MAX_NAMES_PER_PEER, idFrom)
      return names && { names }
    }
  },
  forward: {
    code: 2,
    write: ({ topics }) => [topics.map(fromHex)],
    read: ([list]) => {
      const topics = readList(list, MAX_FORWARDED_PER_PEER, idFrom)
      return topics && { topics }
    }
  },
  find: {
    code: 3,
    write: ({ request, names }) => [request, names.map(fromHex)],
    read: ([request, list]) => {
      const names = readList(list, MAX_NAMES_ASKED, idFrom)
      return isCount(request) && names !== undefined ? { request, names } : undefined
    }
  },
  directory: {
    code: 4,
    write: ({ request, after }) => [request, after === null ? null : fromHex(after)],
    read: ([request, place]) => {
      const after = place === null ? null : idFrom(place)
      return isCount(request) && after !== undefined ? { request, after } : undefined
    }
  },
  list: {
    code: 5,
    write: ({ request, genesis, wish, steps }) => [request, genesis, wish, steps],
    read: ([request, genesis, wish, list]) => {
      const steps = readList(list ?? [], MAX_TITLE_STEPS, (item) => (isBytes(item) ? item : undefined))
      return isCount(request) && isBytes(genesis) && isBytes(wish) && steps !== undefined ? { request, genesis, wish, steps } : undefined
    }
  },
  call: {
    code: 6,
    write: ({ request, call }) => [request, call],
    read: ([request, call]) =>
      isCount(request) && isBytes(call) && call.length <= 2 * MAX_CONSOLE_CALL_BYTES ? { request, call } : undefined
  }
}

const MESSAGES: Shapes<ServerMessage> = {
  welcome: {
    code: 0,
    write: ({ binding, nick, nowMs, challenge, federates }) => [binding, nick, nowMs, fromHex(challenge), federates],
    read: ([binding, nick, nowMs, nonce, federates]) => {
      const challenge = idFrom(nonce)
      const named = isBytes(binding) && binding.length <= MAX_BINDING_BYTES && isText(nick, MAX_NICK_BYTES)
      if (!named || !isCount(nowMs) || challenge === undefined) return undefined
      return { binding, nick, nowMs, challenge, federates: federates === true }
    }
  },
  statements: {
    code: 1,
    write: ({ statements }) => [statements],
    read: ([list]) => {
      const statements = readList(list, MAX_ANNOUNCEMENTS, (item) => (isBytes(item) ? item : undefined))
      return statements && { statements }
    }
  },
  found: {
    code: 2,
    write: ({ request, nodes }) => [request, nodes.map((one) => one.map(({ peerId, addresses }) => [peerId, addresses]))],
    read: ([request, lists]) => {
      const nodes = readList(lists, MAX_NAMES_ASKED, (list) => readList(list, MAX_NODES_FOUND, readNode))
      return isCount(request) && nodes !== undefined ? { request, nodes } : undefined
    }
  },
  rooms: {
    code: 3,
    write: ({ request, rooms, more }) => [request, rooms.map(({ genesis, nodes, owner }) => [genesis, nodes, fromHex(owner)]), more],
    read: ([request, list, more]) => {
      const rooms = readList(list, MAX_LISTED_PAGE, readRoom)
      return isCount(request) && rooms !== undefined && typeof more === 'boolean' ? { request, rooms, more } : undefined
    }
  },
  result: {
    code: 4,
    write: ({ request, json }) => [request, json],
    read: ([request, json]) => (isCount(request) && isText(json, MAX_RESULT_BYTES) ? { request, json } : undefined)
  },
  refused: {
    code: 5,
    write: ({ request, reason, message }) => [request, reason, message],
    read: ([request, reason, message]) => {
      const said = isText(reason, MAX_REFUSAL_REASON_BYTES) && isText(message, MAX_REFUSAL_BYTES)
      return said && (request === null || isCount(request)) ? { request, reason, message } : undefined
    }
  }
}

export const serverRequests = createCodec(REQUESTS, MAX_SERVER_REQUEST_BYTES)
export const serverMessages = createCodec(MESSAGES, MAX_SERVER_MESSAGE_BYTES)

function readHave(item: Value): Have | undefined {
  const [identity, bans, federation] = asArray(item, 3) ?? []
  const server = identityFrom(identity)
  return server !== undefined && isCount(bans) && isCount(federation) ? { server, bans, federation } : undefined
}

function readNode(item: Value): NodeFound | undefined {
  const [peerId, told] = asArray(item, 2) ?? []
  const addresses = readAddresses(told)
  return typeof peerId === 'string' && isPeerIdText(peerId) && addresses !== undefined ? { peerId, addresses } : undefined
}

function readRoom(item: Value): RoomListed | undefined {
  const [genesis, nodes, by] = asArray(item, 3) ?? []
  const owner = identityFrom(by)
  return isBytes(genesis) && isCount(nodes) && owner !== undefined ? { genesis, nodes, owner } : undefined
}

/** The hash at the end of a room's topic, or undefined for other topics. */
export function topicHash(topic: string): string | undefined {
  return /^\/p2pchat\/1\/([0-9a-f]{64})$/u.exec(topic)?.[1]
}

export function topicOfHash(hash: string): string {
  return `/p2pchat/1/${toHex(fromHex(hash))}`
}
