/**
 * From one grid to the next, as one string of bytes for the terminal. Pure.
 *
 * Terminals disagree about the width of many clusters (ADR 0040). After each such cluster the cursor is put where the next
 * cell belongs, whatever the terminal believes; the cells that it covers are blanked first, and what follows it is written
 * again, since a terminal that believes it wider has painted over it.
 */
import { spend } from '../core/text/budget.ts'
import { isAmbiguousWidth } from '../core/text/clusters.ts'
import type { Grid } from './grid.ts'

const BEGIN = '\u001b[?2026h\u001b[?25l'
const END = '\u001b[?2026l'
const SHOW_CURSOR = '\u001b[?25h'
/** Cells to the right of a disputed cluster that it may have painted over: the widest belief that was met is six columns for two. */
const SPILL_CELLS = 4

/**
 * The sequences that turn a screen that shows `before` into one that shows `after`; with no `before`, or one of another
 * size, the whole screen is written. `sequences` are the looks by style number.
 */
export function paint(before: Grid | undefined, after: Grid, sequences: readonly string[]): string {
  const known = before !== undefined && before.width === after.width && before.height === after.height ? before : undefined
  const parts: string[] = []
  let style = -1
  if (known === undefined) {
    parts.push(sequences[0] ?? '', '\u001b[2J')
    style = 0
  }
  for (let y = 0; y < after.height; y++) style = paintRow(known, after, y, style, sequences, parts)
  const cursor = cursorSequence(after)
  if (parts.length === 0) {
    const moved = known?.cursor?.x !== after.cursor?.x || known?.cursor?.y !== after.cursor?.y
    return moved ? (after.cursor === null ? '\u001b[?25l' : cursor) : ''
  }
  return BEGIN + parts.join('') + (sequences[0] ?? '') + cursor + END
}

function cursorSequence(grid: Grid): string {
  return grid.cursor === null ? '' : `\u001b[${grid.cursor.y + 1};${grid.cursor.x + 1}H${SHOW_CURSOR}`
}

// Six values are what a row painter needs; an object around them would be made anew for each row.
function paintRow(
  before: Grid | undefined,
  after: Grid,
  y: number,
  styleNow: number,
  sequences: readonly string[],
  parts: string[]
): number {
  const { width, cells, styles } = after
  const row = y * width
  let style = styleNow
  // Where the terminal's cursor is; -1 when it is not known.
  let column = -1
  // Cells before this one must be written even if they are as they were.
  let spill = 0
  for (let x = 0; x < width; x++) {
    spend(1)
    const at = row + x
    const cell = cells[at] ?? ' '
    if (cell === '') continue
    const wide = cells[at + 1] === '' && x + 1 < width
    if (x >= spill && before !== undefined && sameCell(before, after, at, wide)) continue
    if (column !== x) parts.push(`\u001b[${y + 1};${x + 1}H`)
    const wanted = styles[at] ?? 0
    if (wanted !== style) {
      parts.push(sequences[wanted] ?? '')
      style = wanted
    }
    const cellWidth = wide ? 2 : 1
    if (isDisputed(cell)) {
      parts.push(wide ? '  ' : ' ', `\u001b[${y + 1};${x + 1}H`, cell)
      column = -1
      spill = x + cellWidth + SPILL_CELLS
    } else {
      parts.push(cell)
      column = x + cellWidth
    }
  }
  return style
}

function sameCell(before: Grid, after: Grid, at: number, wide: boolean): boolean {
  if (before.cells[at] !== after.cells[at] || before.styles[at] !== after.styles[at]) return false
  // A cluster that was narrow and is wide now has the same text only if its tail is the same as well.
  return !wide || before.cells[at + 1] === ''
}

function isDisputed(cell: string): boolean {
  // Nearly every cell is ASCII; asking the tables only for the rest keeps a frame cheap.
  return (cell.length > 1 || cell.charCodeAt(0) >= 0x80) && isAmbiguousWidth(cell)
}
