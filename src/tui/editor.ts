/**
 * The line editor: an array of grapheme clusters and a caret between two of them. Pure; every operation gives a new editor.
 *
 * What is inserted is joined with its line and segmented anew, because a joiner or a mark merges with what stands before it.
 */
import { spend } from '../core/text/budget.ts'
import { splitClusters } from '../core/text/clusters.ts'
import { sanitiseText } from '../core/text/sanitise.ts'

export interface Editor {
  readonly clusters: readonly string[]
  /** 0…clusters.length */
  readonly caret: number
  /** What was cut last, for C-y. */
  readonly killed: string
  /** True right after a kill: the next one in the same direction adds to it, as in readline. */
  readonly killing: boolean
}

/** UTF-16 units that a draft may hold: more than any message may, so that a person can cut it down instead of losing it. */
export const MAX_DRAFT_LENGTH = 64 * 1024

export const EMPTY_EDITOR: Editor = { clusters: [], caret: 0, killed: '', killing: false }

export function editorText(editor: Editor): string {
  return editor.clusters.join('')
}

export function editorWith(text: string, killed = ''): Editor {
  return insert({ ...EMPTY_EDITOR, killed }, text)
}

/** The caret as an offset in UTF-16 units. */
export function caretOffset(editor: Editor): number {
  return lengthOf(editor.clusters, 0, editor.caret)
}

/** Marks and joiners that may arrive in a read of their own, after the character that they belong to, or before one. */
const LEADING_PARTS = /^[\p{M}\p{Emoji_Modifier}\u200c\u200d]{1,8}/u
const TRAILING_JOINERS = /[\u200c\u200d]$/u

/** Makes typed or pasted text harmless without taking apart what an input method sends in pieces. */
function admit(text: string): string {
  const leading = LEADING_PARTS.exec(text)?.[0] ?? ''
  const rest = text.slice(leading.length)
  const trailing = TRAILING_JOINERS.exec(rest)?.[0] ?? ''
  return leading + sanitiseText(rest.slice(0, rest.length - trailing.length)) + trailing
}

/** How many UTF-16 units can still be inserted. */
export function spareLength({ clusters }: Editor): number {
  return Math.max(0, MAX_DRAFT_LENGTH - lengthOf(clusters, 0, clusters.length))
}

/** Inserts at the caret. What would exceed {@link MAX_DRAFT_LENGTH} is left out. */
export function insert(editor: Editor, raw: string): Editor {
  const spare = spareLength(editor)
  // Sanitising can make text longer (tabs), so it is cut before and after.
  const text = admit(raw.slice(0, spare).toWellFormed()).slice(0, spare).toWellFormed()
  if (text === '') return { ...editor, killing: false }
  const { clusters, caret } = editor
  const from = lineStart(clusters, caret)
  const to = lineEnd(clusters, caret)
  const before = clusters.slice(from, caret).join('') + text
  const line = splitClusters(before + clusters.slice(caret, to).join(''))
  return {
    ...editor,
    clusters: [...clusters.slice(0, from), ...line, ...clusters.slice(to)],
    caret: from + clustersWithin(line, before.length),
    killing: false
  }
}

/** Replaces UTF-16 units `from`…caret, as completion does. */
export function replaceBack(editor: Editor, from: number, text: string): Editor {
  let start = editor.caret
  let offset = caretOffset(editor)
  while (start > 0 && offset > from) {
    start--
    offset -= editor.clusters[start]?.length ?? 0
  }
  return insert(cut(editor, start, editor.caret), text)
}

/** How many clusters it takes to cover `units` code units. */
function clustersWithin(clusters: readonly string[], units: number): number {
  let covered = 0
  let count = 0
  while (covered < units && count < clusters.length) covered += clusters[count++]?.length ?? 0
  spend(count)
  return count
}

function lengthOf(clusters: readonly string[], from: number, to: number): number {
  let length = 0
  spend(to - from)
  for (let at = from; at < to; at++) length += clusters[at]?.length ?? 0
  return length
}

export function lineStart(clusters: readonly string[], caret: number): number {
  let at = caret
  while (at > 0 && clusters[at - 1] !== '\n') at--
  spend(caret - at)
  return at
}

export function lineEnd(clusters: readonly string[], caret: number): number {
  let at = caret
  while (at < clusters.length && clusters[at] !== '\n') at++
  spend(at - caret)
  return at
}

/** Takes out clusters `from`…`to`; the edges that now meet may merge, so the line is segmented again. */
function cut(editor: Editor, from: number, to: number): Editor {
  if (from >= to) return { ...editor, killing: false }
  const { clusters } = editor
  const start = lineStart(clusters, from)
  const end = lineEnd(clusters, to)
  const before = clusters.slice(start, from).join('')
  const line = splitClusters(before + clusters.slice(to, end).join(''))
  return {
    ...editor,
    clusters: [...clusters.slice(0, start), ...line, ...clusters.slice(end)],
    caret: start + clustersWithin(line, before.length),
    killing: false
  }
}

function kill(editor: Editor, from: number, to: number): Editor {
  if (from >= to) return { ...editor, killing: true }
  const text = editor.clusters.slice(from, to).join('')
  const forward = from === editor.caret
  const joined = forward ? editor.killed + text : text + editor.killed
  return { ...cut(editor, from, to), killed: editor.killing ? joined : text, killing: true }
}

function moveTo(editor: Editor, caret: number): Editor {
  return { ...editor, caret: Math.min(Math.max(caret, 0), editor.clusters.length), killing: false }
}

const WORD = /[\p{L}\p{N}\p{M}_]/u

function wordBack(editor: Editor): number {
  let at = editor.caret
  while (at > 0 && !WORD.test(editor.clusters[at - 1] ?? '')) at--
  while (at > 0 && WORD.test(editor.clusters[at - 1] ?? '')) at--
  return at
}

function wordForward(editor: Editor): number {
  const { clusters } = editor
  let at = editor.caret
  while (at < clusters.length && !WORD.test(clusters[at] ?? '')) at++
  while (at < clusters.length && WORD.test(clusters[at] ?? '')) at++
  return at
}

/** C-w goes back to white space, unlike M-Backspace. */
function blankBack(editor: Editor): number {
  let at = editor.caret
  while (at > 0 && /^\s/u.test(editor.clusters[at - 1] ?? '')) at--
  while (at > 0 && !/^\s/u.test(editor.clusters[at - 1] ?? '')) at--
  return at
}

function transpose(editor: Editor): Editor {
  const { clusters } = editor
  // At the end of a line the two before the caret change places, elsewhere the one before and the one under it.
  const second = editor.caret === lineEnd(clusters, editor.caret) ? editor.caret - 1 : editor.caret
  const [one, other] = [clusters[second - 1], clusters[second]]
  if (one === undefined || other === undefined || one === '\n' || other === '\n') return { ...editor, killing: false }
  return insert(cut({ ...editor, caret: second + 1 }, second - 1, second + 1), other + one)
}

/** Every editing key's operation by name; keys are bound to the names in keys.ts. */
export const EDITS = {
  'line-start': (editor: Editor) => moveTo(editor, lineStart(editor.clusters, editor.caret)),
  'line-end': (editor: Editor) => moveTo(editor, lineEnd(editor.clusters, editor.caret)),
  'cluster-back': (editor: Editor) => moveTo(editor, editor.caret - 1),
  'cluster-forward': (editor: Editor) => moveTo(editor, editor.caret + 1),
  'word-back': (editor: Editor) => moveTo(editor, wordBack(editor)),
  'word-forward': (editor: Editor) => moveTo(editor, wordForward(editor)),
  'delete-back': (editor: Editor) => cut(editor, Math.max(0, editor.caret - 1), editor.caret),
  'delete-forward': (editor: Editor) => cut(editor, editor.caret, Math.min(editor.caret + 1, editor.clusters.length)),
  'kill-to-end': (editor: Editor) => {
    const end = lineEnd(editor.clusters, editor.caret)
    // On the end of a line it takes the line break, so that pressing it again goes on.
    return kill(editor, editor.caret, end === editor.caret ? Math.min(end + 1, editor.clusters.length) : end)
  },
  'kill-to-start': (editor: Editor) => kill(editor, lineStart(editor.clusters, editor.caret), editor.caret),
  'kill-blank-back': (editor: Editor) => kill(editor, blankBack(editor), editor.caret),
  'kill-word-back': (editor: Editor) => kill(editor, wordBack(editor), editor.caret),
  'kill-word-forward': (editor: Editor) => kill(editor, editor.caret, wordForward(editor)),
  yank: (editor: Editor) => insert(editor, editor.killed),
  transpose,
  newline: (editor: Editor) => insert(editor, '\n')
} as const satisfies Record<string, (editor: Editor) => Editor>

export type EditName = keyof typeof EDITS

/** Empties the draft; C-y brings it back. */
export function clearDraft(editor: Editor): Editor {
  return { ...EMPTY_EDITOR, killed: editor.clusters.length === 0 ? editor.killed : editorText(editor) }
}

/** Sets the caret on a cluster; out of range is brought into it. */
export function withCaret(editor: Editor, caret: number): Editor {
  return moveTo(editor, caret)
}
