import { truncateToWidth } from '../core/text/clusters.ts'
import { PROMPT_WIDTH } from './draft-rows.ts'
import type { DraftLayout } from './draft-rows.ts'
import type { Grid } from './grid.ts'
import type { Layout } from './layout.ts'
import { currentDraft, currentRoom } from './model.ts'
import type { Model } from './model.ts'
import { STYLE } from './style.ts'

/** The draft: as many of its rows as there is room for, those around the caret; the terminal's cursor stands at the caret. */
export function viewInput(grid: Grid, model: Model, draft: DraftLayout, layout: Layout): void {
  const { inputY, inputHeight } = layout
  const { clusters } = currentDraft(model)
  const from = Math.max(0, Math.min(draft.caretRow - inputHeight + 1, draft.rows.length - inputHeight))
  for (const [offset, row] of draft.rows.slice(from, from + inputHeight).entries()) {
    const y = inputY + offset
    if (from + offset === 0) grid.put(0, y, '›', STYLE.prompt)
    grid.put(PROMPT_WIDTH, y, clusters.slice(row.from, row.to).join(''), STYLE.text)
  }
  if (from > 0) grid.put(0, inputY, '↑', STYLE.faint)
  if (from + inputHeight < draft.rows.length) grid.put(0, inputY + inputHeight - 1, '↓', STYLE.faint)
  if (clusters.length === 0) placeholder(grid, model, inputY)
  if (!model.showsKeys) grid.cursor = { x: Math.min(grid.width - 1, PROMPT_WIDTH + draft.caretColumn), y: inputY + draft.caretRow - from }
}

function placeholder(grid: Grid, model: Model, y: number): void {
  const room = currentRoom(model)
  const text = room === undefined ? '/join NAME enters a room' : `Write to ${room.view.handle}`
  grid.put(PROMPT_WIDTH + 1, y, truncateToWidth(text, grid.width - PROMPT_WIDTH - 2), STYLE.hint)
}
