import { isReadOnly } from '../commands/read-only.ts'
import { secretRanges } from '../commands/secrets.ts'
import { clusterWidth, truncateToWidth } from '../core/text/clusters.ts'
import type { RoomView } from '../engine/api.ts'
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
  const clusters = maskedClusters(model)
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

/** What is typed, with dots for what nobody shall read over the shoulder; as wide as what they stand for. */
function maskedClusters(model: Model): readonly string[] {
  const { clusters } = currentDraft(model)
  const ranges = secretRanges(model.commands, clusters.join(''))
  if (ranges.length === 0) return clusters
  let offset = 0
  // Ranges are in order, so each is left behind once.
  let place = 0
  return clusters.map((cluster) => {
    const at = offset
    offset += cluster.length
    while (place < ranges.length && (ranges[place]?.to ?? 0) <= at) place++
    const isSecret = cluster !== '\n' && (ranges[place]?.from ?? Infinity) <= at
    return isSecret ? MASK.repeat(clusterWidth(cluster)) : cluster
  })
}

const MASK = '•'

function placeholder(grid: Grid, model: Model, y: number): void {
  const room = currentRoom(model)
  grid.put(PROMPT_WIDTH + 1, y, truncateToWidth(invitation(room?.view), grid.width - PROMPT_WIDTH - 2), STYLE.hint)
}

function invitation(room: RoomView | undefined): string {
  if (room === undefined) return '/join NAME enters a room'
  return isReadOnly(room) ? 'This room can only be read now' : `Write to ${room.handle}`
}
