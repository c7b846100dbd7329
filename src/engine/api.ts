/**
 * What the faces (terminal, line mode, JSON-RPC, slash commands) see of a node: methods, notifications and their shapes,
 * as INTERFACE defines them. A face holds a {@link NodeClient} and does not know whether the node runs in its own process
 * or behind the local socket of another.
 *
 * Times are milliseconds since the epoch. Identities, record ids and room ids are lower-case hex.
 */
import type { Path } from './ports.ts'

export type Access = 'open' | 'passcode' | 'invite'
export type Role = 'owner' | 'admin' | 'member'
export type Presence = 'online' | 'idle' | 'offline'
export type DeliveryState = 'queued' | 'sent' | 'held'

export interface Person {
  identity: string
  fingerprint: string
  nick: string
}

export interface RoomView {
  id: string
  /** The name, or `name~k7f3` where two rooms of that name are known. */
  handle: string
  name: string
  access: Access
  topic: string
  owner: Person
  /** When the room was created, by its creator's clock. */
  created: number
  /** Implicitly created and nobody else was ever present: it yields to an established room of its name. */
  provisional: boolean
  /** Members known, and how many of them are online (this node included). */
  members: number
  online: number
  role: Role
  joined: boolean
  unread: number
  /** Set in the `room` notification of a room that yielded: the id of the room that took its place. */
  yieldedTo?: string
  /** Set in the `room` notification that tells why it was sent. */
  event?: 'created' | 'joined' | 'changed' | 'established' | 'yielded' | 'left' | 'closed'
}

export interface Delivery {
  state: DeliveryState
  /** Members other than the author that said they hold it, and how many there are. */
  held: number
  of: number
}

export interface MessageView {
  id: string
  room: string
  from: Person
  time: number
  kind: 'say' | 'action'
  text: string
  replyTo?: string
  /** Only on own messages. */
  delivery?: Delivery
  /** True when it arrived by sync and not as it was said. Only in notifications. */
  late?: boolean
}

export interface MemberView extends Person {
  role: Role
  presence: Presence
  lastSeen: number
  muted: boolean
}

export interface PeerView {
  peerId: string
  identity?: string
  nick?: string
  address: string
  path: Path
}

export interface NodeStatus extends Person {
  version: string
  peerId: string
  addresses: string[]
  peers: PeerView[]
  rooms: number
  nat: 'unknown' | 'public' | 'private'
}

export interface SendResult {
  id: string
  time: number
  delivery: Delivery
}

/** Every method: its parameters and its result. Add here, and to the table in rpc/methods. */
export interface Methods {
  'node.status': { params: Record<string, never>; result: NodeStatus }
  'node.connect': { params: { address: string }; result: { peerId: string } }
  'node.shutdown': { params: Record<string, never>; result: true }
  'node.nick': { params: { nick: string }; result: { nick: string } }
  /** The token only when this call created the room: it is told this once. */
  'room.join': { params: { room: string; passcode?: string }; result: RoomView & { reclaimToken?: string } }
  'room.create': {
    params: { name: string; access?: Access; passcode?: string; topic?: string }
    result: RoomView & { reclaimToken: string }
  }
  'room.leave': { params: { room: string }; result: true }
  'room.list': { params: { scope?: 'joined' | 'known' }; result: RoomView[] }
  'room.members': { params: { room: string }; result: MemberView[] }
  /** Marks all messages up to now as read. */
  'room.read': { params: { room: string }; result: true }
  'message.send': {
    params: { room: string; text: string; kind?: 'say' | 'action'; replyTo?: string }
    result: SendResult
  }
  'message.history': { params: { room: string; limit?: number; before?: string }; result: MessageView[] }
  'message.delivery': { params: { id: string }; result: Delivery }
}

export type Method = keyof Methods
export type Params<M extends Method> = Methods[M]['params']
export type Result<M extends Method> = Methods[M]['result']

/** Every notification and its parameters. */
export interface Notifications {
  ready: { peerId: string; identity: string; addresses: string[] }
  message: MessageView
  presence: { room: string; identity: string; nick: string; presence: Presence }
  delivery: Delivery & { id: string }
  gap: { room: string; missing: number }
  sync: { room: string; received: number; done: boolean }
  peer: { peerId: string; event: 'connected' | 'disconnected'; path: Path }
  room: RoomView
  /** A line for a person: something happened that no method call asked for (a room yielded, the disk is full, no multicast route). */
  notice: { room?: string; code: string; text: string }
}

export type NodeEvent = {
  [K in keyof Notifications]: { method: K; params: Notifications[K] }
}[keyof Notifications]

export interface NodeClient {
  /** Rejects with an {@link ApiError} when the node refuses. */
  call<M extends Method>(method: M, params: Params<M>): Promise<Result<M>>
  /** Returns a function that ends the subscription. */
  subscribe(listener: (event: NodeEvent) => void): () => void
  /** Lets go of the node; stops it if it runs in this process for this client alone. */
  close(): Promise<void>
}

/** JSON-RPC's code for wrong parameters. */
export const INVALID_PARAMS = -32602
/** Our code for a refusal; `reason` says which. */
export const REFUSED = -32000

/** A refusal as the faces see it: `reason` is the stable word, `message` the sentence for a person. */
export class ApiError extends Error {
  readonly code: number
  readonly reason: string
  /** Where the reason is `ambiguous`: what could be meant. */
  readonly candidates?: string[]

  constructor(code: number, reason: string, message: string, candidates?: string[]) {
    super(message)
    this.name = 'ApiError'
    this.code = code
    this.reason = reason
    if (candidates !== undefined) this.candidates = candidates
  }
}
