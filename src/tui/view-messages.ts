import { textWidth, truncateToWidth } from '../core/text/clusters.ts'
import type { Grid } from './grid.ts'
import { rowContext } from './item-rows.ts'
import type { Row } from './item-rows.ts'
import type { Layout } from './layout.ts'
import type { Model, Room } from './model.ts'
import { STYLE } from './style.ts'
import { bannerRows, viewBanner } from './view-banner.ts'
import { windowOf } from './window.ts'

/** The timeline, its end at the bottom. */
export function viewMessages(grid: Grid, model: Model, room: Room, layout: Layout): void {
  const { bodyY, bodyHeight, messagesWidth } = layout
  const bottom = bottomLine(room)
  const banner = bannerRows(model, room, messagesWidth).slice(0, Math.max(0, bodyHeight - 2))
  viewBanner(grid, banner, layout)
  const topY = bodyY + banner.length
  const height = bodyHeight - banner.length - (bottom === undefined ? 0 : 1)
  const context = rowContext(model, room, messagesWidth)
  const { rows, top, below } = windowOf(context, room, height)
  const spare = height - rows.length
  putRows(grid, rows, layout, topY + spare)
  if (spare > 0 && top === 0) startLine(grid, room, layout, topY + spare - 1)
  if (bottom === undefined) return
  const y = topY + height
  if (bottom === 'below') centre(grid, layout, y, belowText(room, below), STYLE.marker)
  else grid.put(layout.messagesX + 1, y, truncateToWidth(bottom, messagesWidth - 2), STYLE.hint)
}

/** What the lowest row is needed for: how much is below, or what is missing. */
function bottomLine(room: Room): string | undefined {
  if (room.scroll.at === 'item') return 'below'
  if (room.missing > 0) return `… ${room.missing} ${room.missing === 1 ? 'message' : 'messages'} missing, fetching`
  return undefined
}

function belowText(room: Room, below: number): string {
  const unread = room.unread > 0 ? `, ${room.unread} new` : ''
  if (below === 0) return '↓ the end · Esc'
  return `↓ ${below} ${below === 1 ? 'message' : 'messages'} below${unread} · Esc`
}

/** Above the first message: that it is the first, or that older ones are on their way. */
function startLine(grid: Grid, room: Room, layout: Layout, y: number): void {
  if (room.loading) centre(grid, layout, y, 'fetching older messages …', STYLE.hint)
  else if (room.items.length === 0) centre(grid, layout, y, 'Nothing was said here yet.', STYLE.hint)
}

function centre(grid: Grid, layout: Layout, y: number, text: string, style: number): void {
  const shown = truncateToWidth(text, layout.messagesWidth - 2)
  const x = layout.messagesX + Math.floor((layout.messagesWidth - textWidth(shown)) / 2)
  grid.put(x, y, shown, style, layout.messagesX + layout.messagesWidth)
}

function putRows(grid: Grid, rows: readonly Row[], layout: Layout, fromY: number): void {
  const limit = layout.messagesX + layout.messagesWidth
  for (const [index, row] of rows.entries()) {
    for (const { x, glyphs } of row) grid.putGlyphs(layout.messagesX + x, fromY + index, glyphs, limit)
  }
}

const WELCOME = [
  ['/join lobby', 'enter a room, or start it'],
  ['/help', 'list the commands'],
  ['F1', 'list the keys'],
  ['/quit', 'leave']
] as const

/** What is seen while there is no room. */
export function viewWelcome(grid: Grid, model: Model, layout: Layout): void {
  const { bodyY, bodyHeight, messagesX, messagesWidth } = layout
  const context = rowContext(model, NO_MEMBERS, messagesWidth)
  const { rows } = windowOf(context, { items: model.lobby.items, marker: undefined, scroll: model.lobby.scroll }, bodyHeight)
  putRows(grid, rows, layout, bodyY + bodyHeight - rows.length)
  const free = bodyHeight - rows.length
  if (free < WELCOME.length + 3) return
  const keyWidth = 14
  const width = Math.min(messagesWidth - 2, 42)
  const x = messagesX + Math.floor((messagesWidth - width) / 2)
  const y = bodyY + Math.floor((free - WELCOME.length - 2) / 2)
  grid.put(x, y, truncateToWidth(`p2pchat ${model.version}`, width), STYLE.own)
  for (const [index, [key, does]] of WELCOME.entries()) {
    grid.put(x, y + 2 + index, key, STYLE.prompt, x + keyWidth)
    grid.put(x + keyWidth, y + 2 + index, truncateToWidth(does, width - keyWidth), STYLE.faint)
  }
}

const NO_MEMBERS = { members: [] }
