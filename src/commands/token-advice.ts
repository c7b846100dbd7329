/** What a person is told, once, who made a room or used its token. */
import { sanitiseLine } from '../core/text/sanitise.ts'
import type { RoomView } from '../engine/api.ts'

export function tokenAdvice(room: RoomView, reclaimToken: string): string {
  const name = sanitiseLine(room.handle)
  const made = room.provisional ? `Nobody was in ${name} yet, so you made it.` : `You created ${name}.`
  return `${made} Its reclaim token, shown this once, gives you the room back if you lose your key; keep it secret:\n${reclaimToken}`
}

/** @param done what was done by the old token, before the room's name. */
export function nextTokenAdvice(room: RoomView, reclaimToken: string, done: string): string {
  const name = sanitiseLine(room.handle)
  const next = 'The token that you typed is used up; the next one, shown this once, takes its place. Keep it secret:'
  return `${done} ${name}. ${next}\n${reclaimToken}`
}
