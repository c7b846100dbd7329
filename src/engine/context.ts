/** What the parts of a node share. Made once, in node.ts. */
import type { RoomId } from '../core/record/record.ts'
import type { Identity, Signer } from '../core/record/keys.ts'
import type { Binding } from '../core/seal/binding.ts'
import type { NodeEvent } from './api.ts'
import type { Acquaintance } from './acquaintance.ts'
import type { ClockWatch } from './clocks.ts'
import type { Copies } from './copies.ts'
import type { DeliveryTracker } from './delivery.ts'
import type { Life } from './life.ts'
import type { Clock, Network, Notebook, Random, Store } from './ports.ts'
import type { PartialViews } from './partial-view.ts'
import type { PeerBudgets } from './peer-budgets.ts'
import type { RoomHost } from './room-host.ts'
import type { Servers } from './servers.ts'
import type { Session } from './session.ts'
import type { Shunned } from './shunned.ts'
import type { Writer } from './writer.ts'

export interface Components {
  readonly network: Network
  readonly store: Store
  readonly clock: Clock
  readonly random: Random
  /** What is remembered of servers; in memory if absent. */
  readonly notebook?: Notebook
}

export interface Self {
  readonly signer: Signer
  readonly identity: Identity
  readonly fingerprint: string
  /** Made anew with each start, and when another process with the same keys was heard of. */
  binding: Binding
  /** The name this node's person goes by; changes by /nick. */
  nick: string
}

export interface Engine extends Components {
  readonly self: Self
  readonly life: Life
  readonly writer: Writer
  readonly delivery: DeliveryTracker
  readonly acquaintance: Acquaintance
  readonly views: PartialViews
  readonly clocks: ClockWatch
  readonly copies: Copies
  readonly servers: Servers
  readonly shunned: Shunned
  /** What each peer may cost. */
  readonly budgets: PeerBudgets
  /** Rooms that this node is in. */
  readonly hosts: Map<RoomId, RoomHost>
  /** Connected nodes, by PeerId. */
  readonly sessions: Map<string, Session>
  /** Bytes of old messages that a room takes in a day. */
  readonly lateBytesPerDay: number
  readonly emit: (event: NodeEvent) => void
}
