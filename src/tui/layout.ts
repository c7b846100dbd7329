/** Which part of the screen belongs to what. Pure arithmetic; narrow terminals lose the side panes first. */
import type { Size } from './grid.ts'

export const MIN_WIDTH = 24
export const MIN_HEIGHT = 6

/** From here on the members pane is shown, and from here on the rooms pane. */
const MEMBERS_FROM_WIDTH = 80
const ROOMS_FROM_WIDTH = 60
/** From these widths of the messages pane on, times stand beside the text, and nicks in a column. */
const INLINE_FROM_WIDTH = 36
const COLUMN_FROM_WIDTH = 60
/** The input grows to this part of the height. */
const INPUT_SHARE = 0.4

export interface Layout {
  readonly size: Size
  /** Columns of the rooms pane, its border not included; 0: not shown. */
  readonly roomsWidth: number
  readonly membersWidth: number
  /** First column of the messages, and how many they have. */
  readonly messagesX: number
  readonly messagesWidth: number
  /** Rows between the topic and the status line. */
  readonly bodyY: number
  readonly bodyHeight: number
  readonly statusY: number
  readonly inputY: number
  readonly inputHeight: number
}

export function layoutFor(size: Size, draftRows: number, hasPanes: boolean): Layout {
  const { width, height } = size
  const membersWidth = hasPanes && width >= MEMBERS_FROM_WIDTH ? Math.min(24, Math.max(15, Math.floor(width / 6))) : 0
  const roomsWidth = hasPanes && width >= ROOMS_FROM_WIDTH ? Math.min(22, Math.max(14, Math.floor(width / 7))) : 0
  const messagesX = roomsWidth === 0 ? 0 : roomsWidth + 1
  const messagesWidth = width - messagesX - (membersWidth === 0 ? 0 : membersWidth + 1)
  const inputHeight = Math.max(1, Math.min(draftRows, Math.floor(height * INPUT_SHARE), height - 4))
  const inputY = height - inputHeight
  const statusY = inputY - 1
  return { size, roomsWidth, membersWidth, messagesX, messagesWidth, bodyY: 1, bodyHeight: statusY - 1, statusY, inputY, inputHeight }
}

/**
 * How messages lie in their pane: nicks in a column of their own; or in front of the text, where that column would take too
 * much from it; or on a row above it, where even the time would.
 */
export type Arrangement = 'column' | 'inline' | 'above'

export interface MessageColumns {
  readonly arrangement: Arrangement
  /** The most that a nick may take. */
  readonly nickWidth: number
  /** Where the text starts, and how many columns it has. */
  readonly textX: number
  readonly textWidth: number
}

const TIME_WIDTH = 5
/** Room for the delivery mark at the right edge: two signs and a blank. */
const MARK_WIDTH = 3

export function messageColumns(width: number): MessageColumns {
  const textFrom = (textX: number): { textX: number; textWidth: number } => ({ textX, textWidth: Math.max(2, width - textX - MARK_WIDTH) })
  const besideTime = 1 + TIME_WIDTH + 1
  if (width < INLINE_FROM_WIDTH) return { arrangement: 'above', nickWidth: Math.max(1, width - besideTime - 1), ...textFrom(1) }
  if (width < COLUMN_FROM_WIDTH) return { arrangement: 'inline', nickWidth: Math.floor(width / 3), ...textFrom(besideTime) }
  const nickWidth = Math.min(14, Math.max(8, Math.floor(width / 6)))
  return { arrangement: 'column', nickWidth, ...textFrom(besideTime + nickWidth + 2) }
}
