/** The part of a timeline that is seen, and moving it. Only the rows in it (and those passed over) are laid out. */
import { itemRows } from './item-rows.ts'
import type { Row, RowContext } from './item-rows.ts'
import type { Room, Scroll } from './model.ts'
import { placeOf } from './timeline.ts'

type Timeline = Pick<Room, 'items' | 'marker' | 'scroll'>

export interface Window {
  /** At most `height` rows, top to bottom. */
  readonly rows: readonly Row[]
  /** Index of the topmost item of which a row is seen. */
  readonly top: number
  /** Items that are wholly below the window. */
  readonly below: number
}

interface Anchor {
  /** The item whose row is lowest; -1 when there are none. */
  readonly index: number
  /** How many of its rows are below the window. */
  readonly hidden: number
}

function anchorOf(timeline: Timeline): Anchor {
  const last = timeline.items.length - 1
  const { scroll } = timeline
  if (scroll.at === 'end') return { index: last, hidden: 0 }
  // The item itself, or what came before it if it is gone.
  const place = placeOf(timeline.items, scroll)
  if (timeline.items[place]?.id === scroll.id) return { index: place, hidden: scroll.row }
  return { index: Math.max(0, Math.min(place, last)), hidden: 0 }
}

export function windowOf(context: RowContext, timeline: Timeline, height: number): Window {
  const anchor = anchorOf(timeline)
  const rows: Row[] = []
  let index = anchor.index
  let top = Math.max(0, index)
  let hidden = anchor.hidden
  while (index >= 0 && rows.length < height) {
    const own = itemRows(context, timeline, index)
    const shown = own.slice(0, Math.max(1, own.length - hidden))
    hidden = 0
    top = index
    for (let at = shown.length - 1; at >= 0 && rows.length < height; at--) {
      const row = shown[at]
      if (row !== undefined) rows.push(row)
    }
    index--
  }
  return { rows: rows.reverse(), top, below: Math.max(0, timeline.items.length - 1 - anchor.index) }
}

/** Moves the window by rows, up if negative, without leaving what there is; at the lowest row it holds on to the end again. */
export function scrolled(context: RowContext, timeline: Timeline, height: number, rows: number): Scroll {
  const start = anchorOf(timeline)
  if (start.index < 0) return { at: 'end' }
  const anchor = rows < 0 ? raise(context, timeline, start, -rows) : lower(context, timeline, start, rows)
  return scrollAt(timeline, rows < 0 ? withinTop(context, timeline, anchor, height) : anchor)
}

/** The window with its top at the first row that there is. */
export function scrolledToTop(context: RowContext, timeline: Timeline, height: number): Scroll {
  if (timeline.items.length === 0) return { at: 'end' }
  const anchor = lower(context, timeline, { index: 0, hidden: itemRows(context, timeline, 0).length - 1 }, height - 1)
  return scrollAt(timeline, anchor)
}

function raise(context: RowContext, timeline: Timeline, from: Anchor, rows: number): Anchor {
  let { index } = from
  let hidden = from.hidden + rows
  let count = itemRows(context, timeline, index).length
  while (hidden >= count && index > 0) {
    hidden -= count
    index--
    count = itemRows(context, timeline, index).length
  }
  return { index, hidden: Math.min(hidden, count - 1) }
}

function lower(context: RowContext, timeline: Timeline, from: Anchor, rows: number): Anchor {
  let { index } = from
  let hidden = from.hidden - rows
  while (hidden < 0 && index < timeline.items.length - 1) {
    index++
    hidden += itemRows(context, timeline, index).length
  }
  return { index, hidden: Math.max(0, hidden) }
}

/** Lowers the anchor if there are not rows enough above it to fill the window. */
function withinTop(context: RowContext, timeline: Timeline, anchor: Anchor, height: number): Anchor {
  let above = itemRows(context, timeline, anchor.index).length - anchor.hidden
  for (let index = anchor.index - 1; index >= 0 && above < height; index--) above += itemRows(context, timeline, index).length
  return above >= height ? anchor : lower(context, timeline, anchor, height - above)
}

function scrollAt(timeline: Timeline, { index, hidden }: Anchor): Scroll {
  const item = timeline.items[index]
  if (item === undefined || (index === timeline.items.length - 1 && hidden === 0)) return { at: 'end' }
  return { at: 'item', time: item.time, id: item.id, row: hidden }
}
