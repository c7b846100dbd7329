/** Every key, what it does, and the sentence about it: the help overlay is this table. */
import { EDITS } from './editor.ts'
import type { EditName } from './editor.ts'

export type Action =
  | EditName
  | 'send' | 'complete' | 'complete-back' | 'up' | 'down'
  | 'page-up' | 'page-down' | 'row-up' | 'row-down' | 'top' | 'end' | 'escape'
  | 'next-room' | 'previous-room' | 'next-active' | 'last-room'
  | 'keys' | 'bare' | 'repaint' | 'interrupt' | 'delete-or-quit'

export interface Binding {
  readonly action: Action
  /** As the screen names keys: `C-` with Ctrl, `M-` with Alt, `S-` with Shift. */
  readonly keys: readonly string[]
  /** As a person reads them; a binding without is a synonym that help does not mention. */
  readonly shown?: string
  readonly does?: string
}

export interface Section {
  readonly title: string
  readonly bindings: readonly Binding[]
}

export const SECTIONS: readonly Section[] = [
  {
    title: 'Rooms',
    bindings: [
      { action: 'next-active', keys: ['M-a'], shown: 'Alt+A', does: 'next room with something new, mentions first' },
      { action: 'next-room', keys: ['C-n', 'M-down', 'C-pagedown'], shown: 'Ctrl+N  Alt+↓', does: 'next room' },
      { action: 'previous-room', keys: ['C-p', 'M-up', 'C-pageup'], shown: 'Ctrl+P  Alt+↑', does: 'previous room' },
      { action: 'last-room', keys: ['M-tab', 'M-0'], shown: 'Alt+0', does: 'the room before this one' }
    ]
  },
  {
    title: 'Reading',
    bindings: [
      { action: 'page-up', keys: ['pageup', 'M-v'], shown: 'PgUp', does: 'older messages' },
      { action: 'page-down', keys: ['pagedown', 'C-v'], shown: 'PgDn', does: 'newer messages' },
      { action: 'row-up', keys: ['S-up'], shown: 'Shift+↑', does: 'one row up' },
      { action: 'row-down', keys: ['S-down'], shown: 'Shift+↓', does: 'one row down' },
      { action: 'top', keys: ['C-home', 'M-pageup'], shown: 'Ctrl+Home', does: 'the oldest that is loaded' },
      { action: 'end', keys: ['C-end', 'M-pagedown'], shown: 'Ctrl+End', does: 'the newest' },
      { action: 'escape', keys: ['escape', 'M-escape'], shown: 'Esc', does: 'back to the newest; close this' }
    ]
  },
  {
    title: 'Writing',
    bindings: [
      { action: 'send', keys: ['enter', 'linefeed'], shown: 'Enter', does: 'send' },
      { action: 'newline', keys: ['M-enter', 'C-o'], shown: 'Alt+Enter  Ctrl+O', does: 'new line' },
      { action: 'complete', keys: ['tab'], shown: 'Tab', does: 'complete a nick, a room, a command' },
      { action: 'complete-back', keys: ['S-tab'] },
      { action: 'up', keys: ['up'], shown: '↑ ↓', does: 'what you sent before' },
      { action: 'down', keys: ['down'] }
    ]
  },
  {
    title: 'Moving and cutting',
    bindings: [
      { action: 'line-start', keys: ['C-a', 'home'], shown: 'Ctrl+A  Home', does: 'start of line' },
      { action: 'line-end', keys: ['C-e', 'end'], shown: 'Ctrl+E  End', does: 'end of line' },
      { action: 'cluster-back', keys: ['C-b', 'left'] },
      { action: 'cluster-forward', keys: ['C-f', 'right'] },
      { action: 'word-back', keys: ['M-b', 'C-left', 'M-left'], shown: 'Alt+B  Ctrl+←', does: 'word back' },
      { action: 'word-forward', keys: ['M-f', 'C-right', 'M-right'], shown: 'Alt+F  Ctrl+→', does: 'word forward' },
      { action: 'delete-back', keys: ['backspace', 'S-backspace', 'C-h'] },
      { action: 'delete-forward', keys: ['delete'] },
      { action: 'kill-to-end', keys: ['C-k'], shown: 'Ctrl+K', does: 'cut to the end of line' },
      { action: 'kill-to-start', keys: ['C-u'], shown: 'Ctrl+U', does: 'cut to the start of line' },
      { action: 'kill-blank-back', keys: ['C-w'], shown: 'Ctrl+W', does: 'cut back to the blank' },
      { action: 'kill-word-back', keys: ['M-backspace', 'C-backspace'] },
      { action: 'kill-word-forward', keys: ['M-d', 'C-delete', 'M-delete'], shown: 'Alt+D', does: 'cut the next word' },
      { action: 'yank', keys: ['C-y'], shown: 'Ctrl+Y', does: 'put back what was cut' },
      { action: 'transpose', keys: ['C-t'], shown: 'Ctrl+T', does: 'swap two letters' }
    ]
  },
  {
    title: 'Program',
    bindings: [
      { action: 'keys', keys: ['f1'], shown: 'F1', does: 'this table; /help lists the commands' },
      { action: 'bare', keys: ['f2'], shown: 'F2', does: 'the messages alone, for copying from the window' },
      { action: 'repaint', keys: ['C-l'], shown: 'Ctrl+L', does: 'draw the screen again' },
      { action: 'interrupt', keys: ['C-c'], shown: 'Ctrl+C', does: 'drop the draft; on none, twice: quit' },
      { action: 'delete-or-quit', keys: ['C-d'], shown: 'Ctrl+D', does: 'delete forward; on no draft: quit' }
    ]
  }
]

const byKey = new Map(SECTIONS.flatMap(({ bindings }) => bindings.flatMap(({ keys, action }) => keys.map((key) => [key, action] as const))))

export function actionFor(key: string): Action | undefined {
  return byKey.get(key)
}

export function isEdit(action: Action): action is EditName {
  return Object.hasOwn(EDITS, action)
}

/** `M-1`…`M-9` → 0…8 */
export function roomNumber(key: string): number | undefined {
  const digit = /^M-([1-9])$/.exec(key)?.[1]
  return digit === undefined ? undefined : Number(digit) - 1
}

export interface KeyLine {
  readonly title?: string
  readonly keys?: string
  readonly does?: string
}

/** The table as lines, for the overlay. */
export function keyLines(): KeyLine[] {
  const lines: KeyLine[] = []
  for (const { title, bindings } of SECTIONS) {
    if (lines.length > 0) lines.push({})
    lines.push({ title })
    if (title === 'Rooms') lines.push({ keys: 'Alt+1 … Alt+9', does: 'go to that room' })
    for (const { shown, does } of bindings) if (shown !== undefined && does !== undefined) lines.push({ keys: shown, does })
  }
  return lines
}
