import { textWidth, truncateToWidth } from '../core/text/clusters.ts'
import type { Grid } from './grid.ts'
import type { Layout } from './layout.ts'
import type { Model, Room } from './model.ts'
import { STYLE } from './style.ts'

/** Counts above this are shown as `99+`: the column has three places. */
const MAX_SHOWN_COUNT = 99

/** The rooms in the order of their numbers; which of them have something new, and in which of them one was named. */
export function viewRooms(grid: Grid, model: Model, layout: Layout): void {
  const { roomsWidth: width, bodyY, bodyHeight } = layout
  grid.put(1, bodyY, truncateToWidth('Rooms', width - 2), STYLE.title, width)
  const height = bodyHeight - 1
  const current = model.rooms.findIndex((room) => room.view.id === model.current)
  const from = Math.max(0, Math.min(current - Math.floor(height / 2), model.rooms.length - height))
  for (const [row, room] of model.rooms.slice(from, from + height).entries()) {
    viewRoom(grid, room, from + row, bodyY + 1 + row, room.view.id === model.current, width)
  }
}


function viewRoom(grid: Grid, room: Room, index: number, y: number, isCurrent: boolean, width: number): void {
  const style = isCurrent ? STYLE.roomCurrent : room.mentions > 0 ? STYLE.roomMention : room.unread > 0 ? STYLE.roomActive : STYLE.roomIdle
  if (isCurrent) grid.fill(0, y, width, style)
  if (index < 9) grid.put(1, y, String(index + 1), isCurrent ? style : STYLE.roomNumber, width)
  const count = newsOf(room)
  const countWidth = count === '' ? 0 : textWidth(count) + 1
  grid.put(3, y, truncateToWidth(room.view.handle, width - 4 - countWidth), style, width)
  if (count !== '') grid.put(width - 1 - textWidth(count), y, count, style, width)
}

/** `@2` when one was named twice, else how many are unread, else nothing. */
export function newsOf(room: Room): string {
  if (room.mentions > 0) return `@${shown(room.mentions)}`
  return room.unread > 0 ? shown(room.unread) : ''
}

function shown(count: number): string {
  return count > MAX_SHOWN_COUNT ? `${MAX_SHOWN_COUNT}+` : String(count)
}
