/** A screen as cells: for each a cluster and a style. What a view gives, what a painter writes, what tests compare. */
import { STYLE } from './style.ts'
import { glyphsOf } from './wrap.ts'
import type { Glyph } from './wrap.ts'

export interface Size {
  readonly width: number
  readonly height: number
}

export interface Place {
  readonly x: number
  readonly y: number
}

export class Grid {
  readonly width: number
  readonly height: number
  /** Row by row; the right half of a wide cluster is an empty string. */
  readonly cells: string[]
  readonly styles: Uint16Array
  /** Where the terminal's cursor stands, or null when it is hidden. */
  cursor: Place | null = null

  constructor({ width, height }: Size) {
    this.width = width
    this.height = height
    this.cells = new Array<string>(width * height).fill(' ')
    this.styles = new Uint16Array(width * height)
  }

  /** Writes within columns x…limit-1 of a row; what does not fit is left out, never half. Returns the column behind. */
  put(x: number, y: number, text: string, style: number, limit = this.width): number {
    return this.putGlyphs(x, y, glyphsOf(text, style), limit)
  }

  putGlyphs(x: number, y: number, glyphs: readonly Glyph[], limit = this.width): number {
    const end = Math.min(limit, this.width)
    if (y < 0 || y >= this.height || x < 0) return x
    let column = x
    for (const { cluster, width, style } of glyphs) {
      if (column + width > end) break
      const at = y * this.width + column
      this.cells[at] = cluster
      this.styles[at] = style
      if (width === 2) {
        this.cells[at + 1] = ''
        this.styles[at + 1] = style
      }
      column += width
    }
    return column
  }

  /** Blanks of a style from column x to limit-1. */
  fill(x: number, y: number, limit: number, style: number): void {
    if (y < 0 || y >= this.height) return
    const from = y * this.width + Math.max(0, x)
    const to = y * this.width + Math.min(limit, this.width)
    if (to <= from) return
    this.cells.fill(' ', from, to)
    this.styles.fill(style, from, to)
  }

  /** The text of each row, blanks at its end cut; for tests and for copying. */
  rows(): string[] {
    const rows: string[] = []
    for (let y = 0; y < this.height; y++) rows.push(this.cells.slice(y * this.width, (y + 1) * this.width).join('').trimEnd())
    return rows
  }
}

/** A vertical line, for borders between panes. */
export function putColumn(grid: Grid, x: number, fromY: number, toY: number): void {
  for (let y = fromY; y < toY; y++) grid.put(x, y, '│', STYLE.rule)
}
