/** Which part of the screen belongs to what. Pure arithmetic; narrow terminals lose the side panes first. */
import type { Size } from './grid.ts'

export const MIN_WIDTH = 24
export const MIN_HEIGHT = 6

/** From here on the members pane is shown, and from here on the rooms pane. */
const MEMBERS_FROM_WIDTH = 80
const ROOMS_FROM_WIDTH = 60
/** From this width of the messages pane on, times and nicks stand in columns of their own. */
const COLUMNS_FROM_WIDTH = 40
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

export function layoutFor(size: Size, draftRows: number): Layout {
  const { width, height } = size
  const membersWidth = width >= MEMBERS_FROM_WIDTH ? Math.min(24, Math.max(15, Math.floor(width / 6))) : 0
  const roomsWidth = width >= ROOMS_FROM_WIDTH ? Math.min(22, Math.max(14, Math.floor(width / 7))) : 0
  const messagesX = roomsWidth === 0 ? 0 : roomsWidth + 1
  const messagesWidth = width - messagesX - (membersWidth === 0 ? 0 : membersWidth + 1)
  const inputHeight = Math.max(1, Math.min(draftRows, Math.floor(height * INPUT_SHARE), height - 4))
  const inputY = height - inputHeight
  const statusY = inputY - 1
  return { size, roomsWidth, membersWidth, messagesX, messagesWidth, bodyY: 1, bodyHeight: statusY - 1, statusY, inputY, inputHeight }
}

/** Columns inside the messages pane. */
export interface MessageColumns {
  /** Times and nicks beside the text; else on a line of their own above it. */
  readonly beside: boolean
  readonly nickWidth: number
  /** Where the text starts, and how many columns it has. */
  readonly textX: number
  readonly textWidth: number
}

const TIME_WIDTH = 5
/** Room for the delivery mark at the right edge: a blank, two signs, a blank. */
const MARK_WIDTH = 4

export function messageColumns(width: number): MessageColumns {
  if (width < COLUMNS_FROM_WIDTH) {
    return { beside: false, nickWidth: width - TIME_WIDTH - 3, textX: 1, textWidth: Math.max(2, width - 1 - MARK_WIDTH) }
  }
  const nickWidth = Math.min(14, Math.max(8, Math.floor(width / 6)))
  const textX = 1 + TIME_WIDTH + 1 + nickWidth + 2
  return { beside: true, nickWidth, textX, textWidth: width - textX - MARK_WIDTH }
}
