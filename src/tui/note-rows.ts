/** What commands print: text, and tables whose columns are set apart by blanks. A table keeps its shape where there is width for it. */
import { spend } from '../core/text/budget.ts'
import { textWidth } from '../core/text/clusters.ts'
import { wrapSpans } from './wrap.ts'
import type { Glyph } from './wrap.ts'

/** Where a row of a note starts, and what is in it. */
export interface NoteRow {
  readonly indent: number
  readonly glyphs: readonly Glyph[]
}

/** A second column is kept in its place if it starts within this part of the width. */
const SECOND_COLUMN_SHARE = 0.4
const FALLBACK_INDENT = 4

/** Rows of at most `width` columns, their indents included. */
export function noteRows(text: string, style: number, width: number): NoteRow[] {
  return text.split('\n').flatMap((line) => lineRows(line, style, width))
}

function lineRows(line: string, style: number, width: number): NoteRow[] {
  const secondFrom = textWidth(line) > width ? secondColumn(line) : -1
  if (secondFrom < 0) return indented(line, style, width, 0)
  const before = line.slice(0, secondFrom)
  const second = line.slice(secondFrom)
  const secondAt = textWidth(before)
  if (secondAt > width * SECOND_COLUMN_SHARE) {
    // No width for two columns: the second goes below the first.
    return [...indented(before.trimEnd(), style, width, 0), ...indented(second, style, width, Math.min(FALLBACK_INDENT, width - 2))]
  }
  const [head, ...tail] = indented(second, style, width, secondAt)
  const glyphs = [...wrapSpans([{ text: before, style }], width).flat(), ...(head?.glyphs ?? [])]
  return [{ indent: 0, glyphs }, ...tail]
}

/** Where the second column starts: behind the first two blanks in a row that stand behind a word and before one; else -1. */
function secondColumn(line: string): number {
  spend(line.length)
  let at = line.length - line.trimStart().length
  while (at < line.length) {
    const isGap = isBlank(line, at) && isBlank(line, at + 1)
    if (!isGap) {
      at++
      continue
    }
    while (isBlank(line, at)) at++
    return at < line.length ? at : -1
  }
  return -1
}

function isBlank(line: string, at: number): boolean {
  return at < line.length && line.charAt(at).trim() === ''
}

function indented(text: string, style: number, width: number, indent: number): NoteRow[] {
  return wrapSpans([{ text, style }], Math.max(2, width - indent)).map((glyphs) => ({ indent, glyphs }))
}
