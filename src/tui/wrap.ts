/** Breaking text into rows of cells. A row never exceeds the width, a cluster is never cut, spaces are where rows end. */
import { spend } from '../core/text/budget.ts'
import { clusterWidth, splitClusters } from '../core/text/clusters.ts'

/** One cluster with its style; its width is 1 or 2, as nothing else is put into a cell. */
export interface Glyph {
  readonly cluster: string
  readonly width: 1 | 2
  readonly style: number
}

export interface Span {
  readonly text: string
  readonly style: number
}

/** What has no width of its own (a mark that lost its base) is left out: a cell could not hold it. */
export function glyphsOf(text: string, style: number): Glyph[] {
  const glyphs: Glyph[] = []
  for (const cluster of splitClusters(text)) {
    const width = clusterWidth(cluster)
    if (width !== 0) glyphs.push({ cluster, width, style })
  }
  return glyphs
}

/** Rows for a text that may hold line breaks, in `width` columns (at least 2, so that every cluster fits). */
export function wrapSpans(spans: readonly Span[], width: number): Glyph[][] {
  const rows: Glyph[][] = []
  let line: Glyph[] = []
  for (const { text, style } of spans) {
    const [first = '', ...more] = text.split('\n')
    for (const glyph of glyphsOf(first, style)) line.push(glyph)
    for (const next of more) {
      for (const row of wrapLine(line, width)) rows.push(row)
      line = glyphsOf(next, style)
    }
  }
  for (const row of wrapLine(line, width)) rows.push(row)
  return rows
}

function wrapLine(line: readonly Glyph[], width: number): Glyph[][] {
  const rows: Glyph[][] = []
  let start = 0
  while (start < line.length) {
    spend(1)
    const end = rowEnd(line, start, Math.max(2, width))
    rows.push(line.slice(start, end))
    start = end
    // The blank on which a row broke belongs to neither row.
    if (start < line.length && line[start]?.cluster === ' ') start++
  }
  if (rows.length === 0) rows.push([])
  return rows
}

/** Where the row that starts at `start` ends: behind the last word that fits, or in the middle of one that is too long. */
function rowEnd(line: readonly Glyph[], start: number, width: number): number {
  let columns = 0
  let lastBreak = -1
  for (let at = start; at < line.length; at++) {
    const glyph = line[at]
    if (glyph === undefined) break
    spend(1)
    if (glyph.cluster === ' ') lastBreak = at
    // Ideographs have no blanks between them: a row may end in front of each.
    else if (glyph.width === 2 && at > start) lastBreak = at
    columns += glyph.width
    if (columns > width) return lastBreak > start ? lastBreak : at
  }
  return line.length
}
