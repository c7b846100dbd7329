/**
 * The facade over a whole node: what `rpc` maps JSON-RPC methods to, and what a program embeds.
 * Every method refuses by throwing an {@link ApiError}; nothing else is thrown but bugs.
 */
import type {
  Access,
  Delivery,
  MemberView,
  MessageView,
  NodeEvent,
  NodeStatus,
  Params,
  Result,
  RoomStateView,
  RoomView,
  SendResult,
  WhyView
} from './api.ts'
import type { ServerMethod } from './api-server.ts'
import type { NodeReach } from './reach-view.ts'

export interface ChatNode {
  /** Opens the store and the network; resolves once it listens. */
  start(): Promise<void>
  /** Says goodbye, writes what is open, closes. Resolves within 3 s. */
  stop(): Promise<void>
  status(): NodeStatus
  reach(): NodeReach
  connect(address: string): Promise<{ peerId: string }>
  setNick(nick: string): { nick: string }
  join(room: string, passcode?: string): Promise<RoomView & { reclaimToken?: string }>
  create(init: { name: string; access?: Access; passcode?: string; topic?: string }): Promise<RoomView & { reclaimToken: string }>
  leave(room: string): Promise<true>
  rooms(scope: 'joined' | 'known'): RoomView[]
  members(room: string): MemberView[]
  markRead(room: string): true
  roomState(room: string): RoomStateView
  /** Resolves once it is durably stored. */
  act(act: Params<'room.act'>): Promise<{ id: string }>
  reclaim(room: string, token: string): Promise<{ reclaimToken: string }>
  rotateToken(room: string, token: string): Promise<{ reclaimToken: string }>
  why(room: string, target: string): WhyView
  acts(query: Params<'room.acts'>): Result<'room.acts'>
  records(query: Params<'room.records'>): Result<'room.records'>
  importRecords(records: readonly string[]): Promise<Result<'room.import'>>
  /** Resolves once it is durably stored and handed to the network (or queued, when nobody is there). */
  send(message: { room: string; text: string; kind?: 'say' | 'action'; replyTo?: string }): Promise<SendResult>
  history(query: { room: string; limit?: number; before?: string }): MessageView[]
  /** Looks at as many stored messages as `limit` says, of which some may not be shown: only a cursor that stays as it was is the end. */
  since(query: Params<'message.since'>): Result<'message.since'>
  /** The arrival number of a message; without an id the highest that was given. Cursors of {@link since} are such. */
  arrival(id?: string): number
  delivery(id: string): Delivery
  /** The methods of servers: carried out here on a serving node, else asked of the server that is named. */
  server<M extends ServerMethod>(method: M, params: Params<M>): Promise<Result<M>>
  /** Listeners are called synchronously, in order of registration; one that throws is reported and does not stop the others. */
  subscribe(listener: (event: NodeEvent) => void): () => void
}
