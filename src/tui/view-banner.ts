/** Above the messages of a room in which one cannot write any more: who did that, why, until when, and what one can do. */
import { readOnlyText } from '../commands/read-only.ts'
import { dayOf, timeOfDay } from './clock.ts'
import type { Grid } from './grid.ts'
import type { Layout } from './layout.ts'
import type { Model, Room } from './model.ts'
import { STYLE } from './style.ts'
import { wrapSpans, type Glyph } from './wrap.ts'

/** A reason may be long; what one can do comes before it. */
const MAX_BANNER_ROWS = 4

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
  const by = room.view.removed?.by
  const clock = (timeMs: number): string => `${dayOf(timeMs, model.zone)} ${timeOfDay(timeMs, model.zone)}`
  return readOnlyText(room.view, by === undefined ? undefined : nickOf(room, by), clock)
}

function nickOf(room: Room, identity: string): string | undefined {
  const { owner } = room.view
  return room.members.find((member) => member.identity === identity)?.nick ?? (owner.identity === identity ? owner.nick : undefined)
}
