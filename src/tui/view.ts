/** The screen for a model: a grid of cells. Pure. */
import { textWidth } from '../core/text/clusters.ts'
import { layoutDraft } from './draft-rows.ts'
import { Grid, putColumn } from './grid.ts'
import type { Size } from './grid.ts'
import { MIN_HEIGHT, MIN_WIDTH, layoutFor } from './layout.ts'
import type { Layout } from './layout.ts'
import { currentDraft, currentRoom, hasSidePanes } from './model.ts'
import type { Model } from './model.ts'
import { STYLE } from './style.ts'
import { viewInput } from './view-input.ts'
import { viewKeys } from './view-keys.ts'
import { viewMembers } from './view-members.ts'
import { viewMessages, viewWelcome } from './view-messages.ts'
import { viewRooms } from './view-rooms.ts'
import { viewStatus, viewTopic } from './view-status.ts'

export function view(model: Model, size: Size = model.size): Grid {
  const grid = new Grid(size)
  if (size.width < MIN_WIDTH || size.height < MIN_HEIGHT) return tooSmall(grid)
  const draft = layoutDraft(currentDraft(model), size.width)
  const layout = layoutFor(size, draft.rows.length, hasSidePanes(model))
  const room = currentRoom(model)
  viewTopic(grid, room)
  borders(grid, layout)
  if (layout.roomsWidth > 0) viewRooms(grid, model, layout)
  if (room === undefined) viewWelcome(grid, model, layout)
  else viewMessages(grid, model, room, layout)
  if (room !== undefined && layout.membersWidth > 0) viewMembers(grid, model, room, layout)
  viewStatus(grid, model, room, layout)
  viewInput(grid, model, draft, layout)
  if (model.showsKeys) viewKeys(grid, model, layout)
  return grid
}

function borders(grid: Grid, layout: Layout): void {
  const { bodyY, bodyHeight, roomsWidth, membersWidth, size } = layout
  if (roomsWidth > 0) putColumn(grid, roomsWidth, bodyY, bodyY + bodyHeight)
  if (membersWidth > 0) putColumn(grid, size.width - membersWidth - 1, bodyY, bodyY + bodyHeight)
}

function tooSmall(grid: Grid): Grid {
  const lines = ['The window is', 'too small for', 'the chat.']
  const top = Math.max(0, Math.floor((grid.height - lines.length) / 2))
  for (const [index, line] of lines.entries()) {
    grid.put(Math.max(0, Math.floor((grid.width - textWidth(line)) / 2)), top + index, line, STYLE.text)
  }
  return grid
}
