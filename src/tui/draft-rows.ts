/** How a draft lies in rows, and where its caret is. Rows break anywhere, so that no typing moves what stands before it. */
import { spend } from '../core/text/budget.ts'
import { clusterWidth } from '../core/text/clusters.ts'
import type { Editor } from './editor.ts'

/** `› ` in front of the first row, as many blanks in front of the others. */
export const PROMPT_WIDTH = 2

export interface DraftRow {
  /** Clusters from…to-1; a line break at the end of the row is not among them. */
  readonly from: number
  readonly to: number
}

export interface DraftLayout {
  readonly rows: readonly DraftRow[]
  readonly caretRow: number
  readonly caretColumn: number
}

/** `width` is that of the whole input line, prompt included. One column is left for the caret behind a full row. */
export function layoutDraft(editor: Editor, width: number): DraftLayout {
  const columns = textColumns(width)
  const rows: DraftRow[] = []
  let from = 0
  let used = 0
  for (const [at, cluster] of editor.clusters.entries()) {
    spend(1)
    if (cluster === '\n') {
      rows.push({ from, to: at })
      from = at + 1
      used = 0
      continue
    }
    const cells = clusterWidth(cluster)
    if (used + cells > columns) {
      rows.push({ from, to: at })
      from = at
      used = 0
    }
    used += cells
  }
  rows.push({ from, to: editor.clusters.length })
  const caretRow = Math.max(0, rows.findLastIndex((row) => row.from <= editor.caret))
  return { rows, caretRow, caretColumn: columnOf(editor, rows[caretRow], editor.caret) }
}

function textColumns(width: number): number {
  return Math.max(2, width - PROMPT_WIDTH - 1)
}

function columnOf(editor: Editor, row: DraftRow | undefined, caret: number): number {
  let column = 0
  for (let at = row?.from ?? 0; at < Math.min(caret, row?.to ?? 0); at++) column += clusterWidth(editor.clusters[at] ?? '')
  return column
}

/** The caret one row up (-1) or down (1), in the same column as near as clusters allow; undefined when there is no such row. */
export function caretInRow(editor: Editor, width: number, by: -1 | 1): number | undefined {
  const { rows, caretRow, caretColumn } = layoutDraft(editor, width)
  const row = rows[caretRow + by]
  if (row === undefined) return undefined
  let column = 0
  for (let at = row.from; at < row.to; at++) {
    const cells = clusterWidth(editor.clusters[at] ?? '')
    if (column + cells > caretColumn) return at
    column += cells
  }
  // Behind the last cluster of a row that was broken by its width is the next row.
  const wrapped = rows[caretRow + by + 1]?.from === row.to
  return wrapped && row.to > row.from ? row.to - 1 : row.to
}
