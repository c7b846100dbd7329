/** What a person is told of a room in which they cannot write any more: who did that, until when, what one can do, and why. */
import { sanitiseLine } from '../core/text/sanitise.ts'
import type { Removal, RoomView } from '../engine/api.ts'

export function isReadOnly(room: RoomView): boolean {
  return room.closed || room.removed !== undefined
}

const CLOSED = 'This room is closed: what was said can be read, and nobody writes here any more. /leave takes it off the screen.'

/** Whether a room stands on the screen: those that one is in, and those that one can only read now, until one leaves them. */
export function isShown(room: RoomView): boolean {
  return room.joined || isReadOnly(room)
}

/**
 * Undefined where one can write.
 * @param nick of whoever did it, if another is known than they had then.
 * @param clock a time as it is shown.
 */
export function readOnlyText(room: RoomView, nick: string | undefined, clock: (timeMs: number) => string): string | undefined {
  const { removed, closed } = room
  if (removed === undefined) return closed ? CLOSED : undefined
  const did = `${sanitiseLine(nick ?? removed.nick)} ${removed.kind === 'ban' ? 'banned' : 'kicked'} you`
  const end = removed.until === undefined ? '' : ` until ${clock(removed.until)}`
  const why = removed.reason === '' ? '' : ` The reason given: ${sanitiseLine(removed.reason)}`
  return `${did}${end}. You can read what was said. ${wayOut(removed, room)}${why}`
}

function wayOut({ kind, until }: Removal, room: RoomView): string {
  if (until !== undefined && room.access === 'open') return 'You are back by yourself then.'
  if (kind === 'ban') return 'Only an admin can let you in again, by /unban.'
  return room.access === 'open' ? `/join ${sanitiseLine(room.handle)} brings you back.` : 'To come back, you have to be let in anew.'
}
