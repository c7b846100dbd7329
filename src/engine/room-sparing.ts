/**
 * Whether the members of a room who are behind routers pass its frames to each other through a server's relay, although the server forwards them as well.
 * They do not, as long as nothing shows that the server keeps something back.
 *
 * What would show it: an author to whom nobody says that a message is held hands its presence, with its heads, to those people itself; and now and then each
 * node compares with somebody what they have. Whoever then comes by a message that should have been forwarded relies on the server no more.
 */
import type { SignedRecord } from '../core/record/record.ts'
import type { Engine } from './context.ts'
import { elapsedMs } from './elapsed.ts'
import type { RoomHost } from './room-host.ts'
import type { Session } from './session.ts'

/** What so few members behind a relay send each other is little, and they are sooner sure that it has come. */
const FEW = 3
/** Longer than a message of the present is on its way by a server that is slow. */
const ON_ITS_WAY_MS = 3_000
const MISTRUST_MS = 600_000

export class RoomSparing {
  readonly #engine: Pick<Engine, 'network' | 'clock'>
  readonly #host: Pick<RoomHost, 'topic'>
  /** Since when members send this node nothing that the server forwards, ms. */
  #sinceMs: number | undefined
  #missedMs = -Infinity

  constructor(engine: Pick<Engine, 'network' | 'clock'>, host: Pick<RoomHost, 'topic'>) {
    this.#engine = engine
    this.#host = host
  }

  /** Whether this node hears members by the server alone. */
  get active(): boolean {
    return this.#sinceMs !== undefined
  }

  /** Called every few seconds with the members who are connected. */
  review(members: readonly Session[]): void {
    const relayed = members.filter(({ path }) => path === 'relay').map(({ peerId }) => peerId)
    const isTrusted = elapsedMs(this.#missedMs, this.#engine.clock.nowMs()) >= MISTRUST_MS
    const spared = this.#engine.network.spare(this.#host.topic, isTrusted && relayed.length > FEW ? relayed : [])
    this.#sinceMs = spared > 0 ? this.#sinceMs ?? this.#engine.clock.nowMs() : undefined
  }

  /** A member had a record that had not come here by gossip. What was said before, or while its author was elsewhere, was not to be forwarded. */
  missed({ graph, timeUs }: Pick<SignedRecord, 'graph' | 'timeUs'>): void {
    const nowMs = this.#engine.clock.nowMs()
    const saidMs = timeUs / 1000
    if (graph !== 'message' || this.#sinceMs === undefined || saidMs < this.#sinceMs || saidMs > nowMs - ON_ITS_WAY_MS) return
    this.#missedMs = nowMs
    this.#sinceMs = undefined
    this.#engine.network.spare(this.#host.topic, [])
  }
}
