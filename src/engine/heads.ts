/**
 * What a member's presence says of our messages: who names heads holds all that came before them. So authors learn of holders to whom
 * they have no connection.
 */
import type { RecordId, RoomId } from '../core/record/record.ts'
import type { Engine } from './context.ts'
import { decodeStored } from './views.ts'

/** Records that are walked back for one presence. Older messages have been acknowledged, or will be by a later presence. */
const MAX_WALK = 256

export function noteHeads(engine: Engine, room: RoomId, identity: string, heads: readonly RecordId[]): void {
  if (!engine.delivery.awaits(room, identity)) return
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
