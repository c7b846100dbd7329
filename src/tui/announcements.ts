/** What servers announce: in every room's view once, also in those that are opened later, as long as it is in force. */
import { sanitiseLine, sanitiseText } from '../core/text/sanitise.ts'
import type { AnnouncementView } from '../engine/api-server.ts'
import { withRoom } from './model.ts'
import type { Item, Model, Step } from './model.ts'
import { flashed } from './notes.ts'
import { withPage } from './timeline.ts'

/** More are not in force at a time. */
const MAX_HEARD = 1000

/** In every room, and on the status line: it is for everybody, wherever they look. */
export function onAnnouncement(model: Model, announcement: AnnouncementView, nowMs: number): Step {
  // The servers' clocks and those of others in the room may be ahead of ours; it stands below what is there all the same.
  const below = (items: readonly Item[]): readonly Item[] =>
    withPage(items, [itemOf(announcement, Math.max(nowMs, items.at(-1)?.time ?? 0))])
  const rooms = model.rooms.map((room) => ({ ...room, items: below(room.items) }))
  const lobby = rooms.length > 0 ? model.lobby : { ...model.lobby, items: below(model.lobby.items) }
  const heard = new Map([...model.heard, [announcement.id, nowMs] as const].slice(-MAX_HEARD))
  return flashed({ ...model, rooms, lobby, heard }, saidBy(announcement), 'notice')
}

/** Those that were heard since the start stand where they were heard, so that nobody misses them; those of before at their own time. */
export function withAnnouncements(model: Model, room: string, announcements: readonly AnnouncementView[], nowMs: number): Model {
  const items = announcements.map((one) => itemOf(one, model.heard.get(one.id) ?? Math.min(one.time, nowMs)))
  return withRoom(model, room, (known) => ({ ...known, items: withPage(known.items, items) }))
}

function itemOf(announcement: AnnouncementView, timeMs: number): Item {
  return { kind: 'note', id: `~${announcement.id}`, time: timeMs, text: sanitiseText(saidBy(announcement)), tone: 'notice' }
}

function saidBy({ from, text }: AnnouncementView): string {
  return `The server ${sanitiseLine(from.nick)} announces: ${text}`
}
