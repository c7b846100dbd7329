/**
 * What the faces (terminal, line mode, JSON-RPC, slash commands) see of a node: methods, notifications and their shapes, as INTERFACE defines
 * them. A face holds a {@link NodeClient} and does not know whether the node runs in its own process or behind the local socket of another.
 *
 * Times are milliseconds since the epoch. Identities, record ids and room ids are lower-case hex.
 */
import type { ServerMethods, ServerNotifications, ServersInUse } from './api-server.ts'
import type { Path } from './ports.ts'
import type { NodeReach } from './reach-view.ts'

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
  /** Nobody says anything there any more; what was said can be read. */
  closed: boolean
  /** This node's person was taken out of the room. `joined` is false until it ends. */
  removed?: Removal
  /** Set in the `room` notification of a room that yielded: the id of the room that took its place. */
  yieldedTo?: string
  /** Set in the `room` notification that tells why it was sent. */
  event?: 'created' | 'joined' | 'changed' | 'established' | 'yielded' | 'left' | 'closed' | 'removed' | 'returned'
}

export interface Removal {
  /** Identity of who did it. */
  by: string
  nick: string
  reason: string
  kind: 'kick' | 'ban'
  /** Absent: it never ends by itself. */
  until?: number
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
  /** Microseconds that {@link time} leaves out, 1 to 999; absent when none. Messages are in the order of time, then these, then id. */
  micros?: number
  kind: 'say' | 'action'
  /** Empty when redacted. */
  text: string
  replyTo?: string
  /** An admin took it off the record. */
  redacted?: true
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
  /** By a relay of strangers, which cuts the connection after minutes or some 100 KB; then it is made again. */
  limited?: true
}

/** `off`: no limit. */
export interface PolicyView {
  slow: number | 'off'
  idle: number | 'off'
  rate: { count: number; windowMs: number } | 'off'
  /** What newcomers are shown, ms back; `all`. */
  history: number | 'all'
  announceOnly: boolean
}

/** What the signed records of a room say. People are identities. */
export interface RoomStateView {
  stateHash: string
  owner: string
  admins: string[]
  /** In force now. */
  banned: string[]
  muted: string[]
  topic: string
  access: Access
  policy: PolicyView
  /** How often the room was reclaimed or its token rotated. */
  generation: number
  closed: boolean
  /** Authority records that are here. */
  records: number
  /** Those named above and in acts, as far as their nicks are known here: who was banned is no member any more. */
  people?: Person[]
}

export type RoomAction = 'promote' | 'demote' | 'kick' | 'ban' | 'unban' | 'mute' | 'unmute' | 'transfer' | 'policy' | 'close' | 'redact'

export interface SettingsChange {
  topic?: string
  /** ms between two messages of one author, or 0 or `off`. */
  slow?: number | 'off'
  idle?: number | 'off'
  rate?: { count: number; windowMs: number } | 'off'
  access?: Access
  passcode?: string
  history?: number | 'all'
  announceOnly?: boolean
}

/** An authority record as a sentence of the timeline. */
export interface ActView {
  room: string
  /** The record's id. */
  record: string
  time: number
  /** As of a message. */
  micros?: number
  action: string
  by: string
  target?: string
  /** Whether it counts, as far as is known now. */
  effective: boolean
  text: string
}

export interface WhyView {
  text: string
  records: { id: string; kind: string; author: string; effective: boolean; because: string }[]
}

/** A record that `room.import` did not take, by its place in `records`. */
export interface ImportRefusal {
  index: number
  reason: 'malformed' | 'other-room' | 'does-not-count' | 'waiting' | 'bad-signature' | 'not-taken'
  why: string
}

export interface NodeStatus extends Person {
  version: string
  peerId: string
  addresses: string[]
  peers: PeerView[]
  rooms: number
  servers: ServersInUse
  nat: 'unknown' | 'public' | 'private'
  /** Another process with the keys of this home is online, where a peer says so: copies of a home cannot run at once. */
  elsewhere?: { address: string }
}

export interface SendResult {
  id: string
  time: number
  /** As of a message. */
  micros?: number
  delivery: Delivery
}

/** Every method: its parameters and its result. Add here, and to the table in rpc/methods. */
export interface Methods extends ServerMethods {
  'node.status': { params: Record<string, never>; result: NodeStatus }
  'node.reach': { params: Record<string, never>; result: NodeReach }
  'node.connect': { params: { address: string }; result: { peerId: string } }
  'node.shutdown': { params: Record<string, never>; result: true }
  /** Copies the home, keys included, into a new file in it, for whoever asks to move away. */
  'home.backup': { params: Record<string, never>; result: { path: string } }
  /** The reading of config.toml anew, on a serving node: what took effect, or why nothing did. Not from afar. */
  'serving.reload': { params: Record<string, never>; result: { taken: boolean; text: string } }
  /** The code without which nobody from afar ends this serving node. Not from afar. */
  'serving.code': { params: Record<string, never>; result: { code: string } }
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
  'room.state': { params: { room: string }; result: RoomStateView }
  /** `target` is WHO, for `redact` the id of a message. `duration` (ms) of a ban or mute: without it they have no end. `purge` hides what was said before. */
  'room.act': {
    params: {
      room: string
      action: RoomAction
      target?: string
      duration?: number
      reason?: string
      purge?: boolean
      set?: SettingsChange
    }
    result: { id: string }
  }
  'room.reclaim': { params: { room: string; token: string }; result: { reclaimToken: string } }
  'room.rotateToken': { params: { room: string; token: string }; result: { reclaimToken: string } }
  /** `target` is WHO, the word of an action (`kick`), or the id of a message or record. */
  'room.why': { params: { room: string; target: string }; result: WhyView }
  /** The last acts (before a time, ms), oldest first: what the timeline shows between the messages. */
  'room.acts': { params: { room: string; limit?: number; before?: number }; result: ActView[] }
  /**
   * Signed records, base64, in pages: those of the authority graph first, parents before children, then the messages by time. `after` is the `next` of
   * the page before; without `next` in the answer there are no more.
   */
  'room.records': { params: { room: string; after?: string }; result: { records: string[]; next?: string } }
  /** Takes signed records in, base64, the genesis first in the first call; joins the room. What is refused is said, by its place in `records`. */
  'room.import': {
    params: { records: string[] }
    result: { room: string; added: number; known: number; refused: number; refusals: ImportRefusal[] }
  }
  /** Marks all messages up to now as read. */
  'room.read': { params: { room: string }; result: true }
  'message.send': { params: { room: string; text: string; kind?: 'say' | 'action'; replyTo?: string }; result: SendResult }
  'message.history': { params: { room: string; limit?: number; before?: string }; result: MessageView[] }
  /**
   * Messages of the others and one's own in the order in which they came to be stored here, after the cursor of an answer before (or from the first on).
   * An empty answer is the end for now; its cursor goes on from there. What comes to be shown or hidden later is told by `timeline`.
   */
  'message.since': { params: { cursor?: string; rooms?: string[]; limit?: number }; result: { messages: MessageView[]; cursor: string } }
  'message.delivery': { params: { id: string }; result: Delivery }
}

export type Method = keyof Methods
export type Params<M extends Method> = Methods[M]['params']
export type Result<M extends Method> = Methods[M]['result']

/** Every notification and its parameters. */
export interface Notifications extends ServerNotifications {
  ready: { peerId: string; identity: string; addresses: string[] }
  message: MessageView
  presence: { room: string; identity: string; nick: string; presence: Presence }
  delivery: Delivery & { id: string }
  gap: { room: string; missing: number }
  /** `leftOut`: so many old ones were not taken in; the rest comes on another day. */
  sync: { room: string; received: number; done: boolean; leftOut?: number }
  /** An act is new, or one counts that did not, or the other way round. `text` says which. */
  role: ActView
  /** This node's person was taken out of the room; the `room` notification with `removed` comes along. `by` is an identity. */
  kicked: { room: string; by: string; reason: string }
  /** Other messages of the room are shown than before (hidden, taken off the record, or counted again): read it anew. */
  timeline: { room: string }
  peer: { peerId: string; event: 'connected' | 'disconnected'; path: Path }
  room: RoomView
  /**
   * A line for a person: something happened that no method call asked for (a room yielded, the disk is full, no multicast route). With the code
   * `skipped`: so many notifications were not read in time and left out; `message.since` gives the messages among them from this cursor on.
   */
  notice: { room?: string; code: string; text: string; count?: number; cursor?: string }
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
  /** Where the reason is `too-fast`: when there is room again, ms since the epoch. */
  readonly retryAt?: number

  constructor(code: number, reason: string, message: string, { candidates, retryAt }: { candidates?: string[]; retryAt?: number } = {}) {
    super(message)
    this.name = 'ApiError'
    this.code = code
    this.reason = reason
    if (candidates !== undefined) this.candidates = candidates
    if (retryAt !== undefined) this.retryAt = retryAt
  }
}
