/** Above the messages of a room in which one cannot write any more: who did that, why, until when, and what one can do. */
import type { Removal, RoomView } from '../engine/api.ts'
import { dayOf, timeOfDay } from './clock.ts'
import type { Grid } from './grid.ts'
import type { Layout } from './layout.ts'
import type { Model, Room } from './model.ts'
import { STYLE } from './style.ts'
import { wrapSpans, type Glyph } from './wrap.ts'

/** A reason may be long; what one can do comes before it. */
const MAX_BANNER_ROWS = 4

export function isReadOnly(view: RoomView): boolean {
  return view.closed || view.removed !== undefined
}

/** No rows where one can write. */
export function bannerRows(model: Model, room: Room, width: number): readonly (readonly Glyph[])[] {
  const text = bannerText(model, room)
  if (text === undefined) return []
  return wrapSpans([{ text, style: STYLE.warning }], Math.max(2, width - 2)).slice(0, MAX_BANNER_ROWS)
}

export function viewBanner(grid: Grid, rows: readonly (readonly Glyph[])[], layout: Layout): void {
  const limit = layout.messagesX + layout.messagesWidth
  for (const [index, glyphs] of rows.entries()) grid.putGlyphs(layout.messagesX + 1, layout.bodyY + index, glyphs, limit)
}

function bannerText(model: Model, room: Room): string | undefined {
  const { view } = room
  if (view.removed !== undefined) return removedText(model, room, view.removed)
  if (view.closed) return 'This room is closed: what was said can be read, and nobody writes here any more. /leave takes it off the screen.'
  return undefined
}

function removedText(model: Model, room: Room, removed: Removal): string {
  const { by, kind, reason, until } = removed
  const end = until === undefined ? undefined : `${dayOf(until, model.zone)} ${timeOfDay(until, model.zone)}`
  const did = `${nickOf(room, by)} ${kind === 'ban' ? 'banned' : 'kicked'} you${end === undefined ? '' : ` until ${end}`}.`
  const why = reason === '' ? '' : ` The reason given: ${reason}`
  return `${did} ${wayOut(removed, room.view)}${why}`
}

function wayOut({ kind, until }: Removal, view: RoomView): string {
  const read = 'You can read what was said.'
  if (until !== undefined && view.access === 'open') return `${read} You are back by yourself then.`
  if (kind === 'ban') return `${read} Only an admin can let you in again, by /unban.`
  return view.access === 'open' ? `${read} /join ${view.handle} brings you back.` : `${read} To come back, you have to be let in anew.`
}

function nickOf(room: Room, identity: string): string {
  const { owner } = room.view
  const nick = room.members.find((member) => member.identity === identity)?.nick ?? (owner.identity === identity ? owner.nick : undefined)
  return nick ?? 'An admin'
}
