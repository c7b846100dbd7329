/** What a person is told, once, who made a room. */
import { sanitiseLine } from '../core/text/sanitise.ts'
import type { RoomView } from '../engine/api.ts'

export function tokenAdvice(room: RoomView, reclaimToken: string): string {
  const name = sanitiseLine(room.handle)
  const made = room.provisional ? `Nobody was in ${name} yet, so you made it.` : `You created ${name}.`
  return `${made} Its reclaim token, shown this once, gives you the room back if you lose your key; keep it secret:\n${reclaimToken}`
}
