/** The owner may want newcomers to see what was said lately before they came, and not all. Each node sees to that for its own person. */
import { roleOf } from '../core/authority/state.ts'
import type { Identity } from '../core/record/keys.ts'
import type { SignedRecord } from '../core/record/record.ts'
import type { RoomHost } from './room-host.ts'

/** Whether a message is older than what this person is to see. */
export function isBeforeOurTime(self: Identity, { machine: { state }, sinceMs }: RoomHost, { author, timeUs }: SignedRecord): boolean {
  const historyMs = Number(state.settings.get('history') ?? 0)
  if (historyMs === 0 || author === self || roleOf(state, self) !== 'member') return false
  return timeUs / 1000 < sinceMs - historyMs
}
