/** Who is there, as the room is told and as this node hears. */
import type { RoomEffect } from '../core/room/effects.ts'
import type { Presence } from './api.ts'
import { isDirect } from './carriage.ts'
import type { Engine } from './context.ts'
import { chaseHeads, noteHeads } from './heads.ts'
import type { Posted, RoomHost } from './room-host.ts'
import { RoomReceipts } from './room-receipts.ts'
import type { Member } from './roster.ts'
import { person } from './views.ts'

/** It is said again soon. */
const UNWATCHED: Posted = { published: () => undefined, failed: () => undefined }

export class RoomPresence {
  readonly #engine: Engine
  readonly #host: RoomHost
  /** When this node last said that it is here, ms. */
  announcedMs = 0
  readonly receipts: RoomReceipts

  constructor(engine: Engine, host: RoomHost) {
    this.#engine = engine
    this.#host = host
    this.receipts = new RoomReceipts(engine, host)
  }

  /** Says to the room that this node is there, or goes. Who is not in it has nothing to say. `handTo`: PeerIds that are told in any case. */
  announce(state: 'online' | 'offline', handTo: readonly string[] = []): void {
    this.announcedMs = this.#engine.clock.nowMs()
    this.receipts.end()
    if (this.#host.standing.now === 'in') this.#say(state, handTo)
  }

  /** The room was closed: its members leave it, and say so. */
  leaveClosed(): void {
    this.#say('offline')
    for (const member of this.#host.roster.expire(new Set(), Infinity)) this.tell(member)
  }

  /** Somebody said that they are there, or go, and what they hold. */
  heard({ identity, claim, heads, auth }: Extract<RoomEffect, { type: 'presence' }>, fromPeerId: string | undefined): void {
    chaseHeads(this.#engine, this.#host, [...auth, ...heads], [fromPeerId, identity])
    const held = claim.missing === 0 ? heads : []
    this.receipts.named(identity, held)
    if (identity === this.#engine.self.identity) return
    this.saw(identity, claim.nick, claim.state, fromPeerId)
    noteHeads(this.#engine, this.#host, identity, held)
  }

  /** Somebody says that they go for good, and is not there from then on. */
  left(identity: string): void {
    const member = this.#host.roster.get(identity)
    if (member === undefined || member.presence === 'offline' || identity === this.#engine.self.identity) return
    this.saw(identity, member.nick, 'offline')
  }

  /** `by`: the PeerId of whoever passed on what they said. */
  saw(identity: string, nick: string, presence: Presence, by?: string): void {
    const nowMs = this.#engine.clock.nowMs()
    const member = this.#host.roster.seen(identity, nick, presence, nowMs)
    const session = by === undefined ? undefined : this.#engine.sessions.get(by)
    if (session !== undefined && isDirect(session, this.#host)) this.#host.roster.heard(identity, nowMs)
    if (member !== undefined) this.tell(member)
  }

  tell(member: Member): void {
    const { identity, nick, presence, lastSeenMs } = member
    const room = this.#host.id
    this.#engine.writer.add({ ops: [{ op: 'member', member: { room, identity, nick, lastSeenMs } }], durability: 'normal' })
    this.#engine.emit({ method: 'presence', params: { room, identity, nick: person(identity, nick).nick, presence } })
  }

  #say(state: 'online' | 'offline', handTo: readonly string[] = []): void {
    const { keys } = this.#host
    if (keys.ring.all.length === 0) return
    // Who removed somebody may have gone before anybody had the new key from it.
    keys.ensure()
    this.#host.dispatch({ type: 'announce', nick: this.#engine.self.nick, state }, { ...UNWATCHED, handTo })
  }
}
