/** What commands print: text, and tables whose columns are set apart by blanks. A table keeps its shape where there is width for it. */
import { textWidth } from '../core/text/clusters.ts'
import { wrapSpans } from './wrap.ts'
import type { Glyph } from './wrap.ts'

/** Where a row of a note starts, and what is in it. */
export interface NoteRow {
  readonly indent: number
  readonly glyphs: readonly Glyph[]
}

const COLUMNS = /^(\s*)(\S.*?)(\s{2,})(\S.*)$/su
/** A second column is kept in its place if it starts within this part of the width. */
const SECOND_COLUMN_SHARE = 0.4
const FALLBACK_INDENT = 4

/** Rows of at most `width` columns, their indents included. */
export function noteRows(text: string, style: number, width: number): NoteRow[] {
  return text.split('\n').flatMap((line) => lineRows(line, style, width))
}

function lineRows(line: string, style: number, width: number): NoteRow[] {
  const columns = textWidth(line) > width ? COLUMNS.exec(line) : null
  if (columns === null) return indented(line, style, width, 0)
  const [, margin = '', first = '', gap = '', second = ''] = columns
  const secondAt = textWidth(margin + first + gap)
  if (secondAt > width * SECOND_COLUMN_SHARE) {
    // No width for two columns: the second goes below the first.
    return [...indented(margin + first, style, width, 0), ...indented(second, style, width, Math.min(FALLBACK_INDENT, width - 2))]
  }
  const [head, ...tail] = indented(second, style, width, secondAt)
  const glyphs = [...wrapSpans([{ text: margin + first + gap, style }], width).flat(), ...(head?.glyphs ?? [])]
  return [{ indent: 0, glyphs }, ...tail]
}

function indented(text: string, style: number, width: number, indent: number): NoteRow[] {
  return wrapSpans([{ text, style }], Math.max(2, width - indent)).map((glyphs) => ({ indent, glyphs }))
}
