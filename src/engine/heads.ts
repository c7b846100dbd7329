/**
 * What a member's presence tells by the heads that it names: what it has and we lack, and which of our messages it holds, since who names a head
 * holds what came before it. So authors learn of holders to whom they have no connection, and a lost last message is noticed without a next one.
 */
import type { Identity } from '../core/record/keys.ts'
import type { RecordId } from '../core/record/record.ts'
import type { Engine } from './context.ts'
import { elapsedMs } from './elapsed.ts'
import type { RoomHost } from './room-host.ts'
import { decodeStored } from './views.ts'

/** Records that are walked back for one presence. Older messages have been acknowledged, or will be by a later presence. */
const MAX_WALK = 256

/** A walk costs some milliseconds; who says often that it is there learns of no more by it. */
const WALK_PAUSE_MS = 1_000
/**
 * Heads that are only on their way are not worth more reconciliations with one member than one in so long. With each by itself: else one who names heads
 * that do not exist would keep those of the others from being noticed.
 */
const PULL_PAUSE_MS = 5_000

/** Reconciles with whoever told of heads that are not here: who passed it on, by PeerId, or, if that was a server, the identity that said it. */
export function chaseHeads(engine: Engine, host: RoomHost, heads: readonly RecordId[], by: readonly [string | undefined, Identity]): void {
  if (heads.every((id) => host.machine.knows(id))) return
  const members = [...engine.sessions.values()].filter((session) => session.shares(host))
  const [peerId, author] = by
  const teller = members.find((session) => session.peerId === peerId) ?? members.find(({ identity }) => identity === author)
  const member = teller ?? members[0]
  if (member === undefined || elapsedMs(host.sync.pulledMs(member), engine.clock.nowMs()) < PULL_PAUSE_MS) return
  host.sync.pull(member)
}

/** Marks own messages in the past of these heads as held. */
export function noteHeads(engine: Engine, { id: room, roster }: RoomHost, identity: string, heads: readonly RecordId[]): void {
  const member = roster.get(identity)
  const nowMs = engine.clock.nowMs()
  if (member === undefined || elapsedMs(member.notedMs, nowMs) < WALK_PAUSE_MS || !engine.delivery.awaits(room, identity)) return
  member.notedMs = nowMs
  const held: RecordId[] = []
  const seen = new Set<RecordId>(heads)
  const queue = [...heads]
  for (let id = queue.shift(); id !== undefined && seen.size <= MAX_WALK; id = queue.shift()) {
    const stored = engine.store.get(room, id)
    const record = stored === undefined ? undefined : decodeStored(stored)
    if (record === undefined) continue
    if (record.author === engine.self.identity) held.push(id)
    for (const parent of record.parents) {
      if (seen.has(parent)) continue
      seen.add(parent)
      queue.push(parent)
    }
  }
  engine.delivery.held(held, room, identity)
}
