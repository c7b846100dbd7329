/** Everything that is done with a text that somebody else wrote, or that was pasted, from its arrival to the screen. */
import assert from 'node:assert/strict'
import { commands } from '../../src/commands/index.ts'
import { completeWith } from '../../src/commands/complete.ts'
import { messageLine, table } from '../../src/commands/layout.ts'
import { memberName, peopleCalled } from '../../src/commands/people.ts'
import { masked } from '../../src/commands/secrets.ts'
import { MESSAGE_NOT_SHOWN, TEXT_NOT_SHOWN, stepsFor, stepsSpent } from '../../src/core/text/budget.ts'
import { clusterWidth, isAmbiguousWidth, splitClusters, textWidth, truncateToWidth } from '../../src/core/text/clusters.ts'
import { foldName, foldText, nameKey } from '../../src/core/text/name-key.ts'
import { displayNick, parseNick, parseRoomName } from '../../src/core/text/names.ts'
import { sanitiseLine, sanitiseText } from '../../src/core/text/sanitise.ts'
import { textFinder } from '../../src/core/text/search.ts'
import type { MessageView } from '../../src/engine/api.ts'
import { layoutDraft } from '../../src/tui/draft-rows.ts'
import { EDITS, EMPTY_EDITOR, editorWith, insert, replaceBack } from '../../src/tui/editor.ts'
import { admitAct, admitMessage, admitPerson } from '../../src/tui/foreign.ts'
import { Grid } from '../../src/tui/grid.ts'
import { noteRows } from '../../src/tui/note-rows.ts'
import { paint } from '../../src/tui/painter.ts'
import { mentions, nameStyles, shownNick, styledWords, twinNicks } from '../../src/tui/words.ts'
import { glyphsOf, wrapSpans } from '../../src/tui/wrap.ts'
import { NOON_MS, person } from './fixture-client.ts'

const ann = person('ann')
const named = new Map([['ann', 1], ['straße', 2]])

export function message(text: string): MessageView {
  return { id: 'aa'.repeat(32), room: 'bb'.repeat(32), from: ann, time: NOON_MS, kind: 'say', text }
}

function paintedAt(text: string): string {
  const grid = new Grid({ width: 80, height: 24 })
  const rows = wrapSpans([{ text: sanitiseText(text), style: 0 }], 78).slice(0, 24)
  for (const [y, glyphs] of rows.entries()) grid.putGlyphs(0, y, glyphs)
  return paint(new Grid({ width: 80, height: 24 }), grid, [''])
}

const HEAVY_EDITS = ['delete-back', 'word-back', 'kill-blank-back', 'kill-to-start', 'transpose', 'newline'] as const

/** Each by the name of what it is. */
export const TEXT_PATH: Readonly<Record<string, (text: string) => unknown>> = {
  sanitiseLine,
  sanitiseText,
  'clusters: split': splitClusters,
  'clusters: width': textWidth,
  'clusters: one': (text) => [clusterWidth(text), isAmbiguousWidth(text)],
  'clusters: truncate': (text) => truncateToWidth(text, 40),
  'names: nick': parseNick,
  'names: shown nick': (text) => displayNick(text, 'k7f3-2a9c'),
  'names: room': parseRoomName,
  'names: key': nameKey,
  'names: fold': foldName,
  'people: called': (text) => peopleCalled([ann, { ...ann, nick: text }], text),
  'people: shown': (text) => memberName({ ...ann, nick: text }, [ann, { ...ann, nick: text }]),
  'people: twins': (text) => [twinNicks([ann, { ...ann, nick: text }]), shownNick({ ...ann, nick: text }, new Set(['x']))],
  'people: styles': (text) => nameStyles([{ ...ann, nick: text }], ann),
  'search: text': (text) => textFinder('ann')(text),
  'search: term': (text) => textFinder(text),
  'search: fold': (text) => foldText(sanitiseText(text)),
  'foreign: message': (text) => admitMessage(message(text)),
  'foreign: person': (text) => admitPerson({ ...ann, nick: text, fingerprint: text }),
  'foreign: act': (text) => admitAct({ room: '', record: '', time: 0, text, effective: true } as never),
  'words: mentions': (text) => mentions(sanitiseText(text), 'ann'),
  'words: styled': (text) => styledWords(sanitiseText(text), 0, named),
  'wrap: glyphs': (text) => glyphsOf(text, 0),
  'wrap: rows': (text) => wrapSpans([{ text: sanitiseText(text), style: 0 }], 40),
  'wrap: narrow': (text) => wrapSpans([{ text, style: 0 }], 2),
  'wrap: note': (text) => noteRows(text, 0, 40),
  painter: paintedAt,
  'lines: message': (text) => messageLine(message(text), NOON_MS),
  'lines: table': (text) => table([[text, 'x'], ['x', text]]),
  'editor: paste': editorWith,
  'editor: paste into': (text) => insert({ ...EMPTY_EDITOR, clusters: ['a', 'b'], caret: 1 }, text),
  'editor: replace': (text) => replaceBack(editorWith(text), 1, 'x'),
  'editor: layout': (text) => layoutDraft(editorWith(text), 40),
  'completion: draft': (text) => completeWith(commands, text, text.length, { rooms: ['lobby'], members: ['ann'] }),
  'completion: draft and blank': (text) => completeWith(commands, `${text} `, text.length + 1, { rooms: ['lobby'], members: ['ann'] }),
  'completion: names': (text) => completeWith(commands, 'a', 1, { rooms: [text], members: [text] }),
  'completion: room': (text) => completeWith(commands, `/join ${text}`, text.length + 6, { rooms: [text], members: [] }),
  'draft: masked': (text) => masked(commands, text),
  ...Object.fromEntries(HEAVY_EDITS.map((name) => [`editor: ${name}`, (text: string) => EDITS[name](editorWith(text))]))
}

/** Runs one of {@link TEXT_PATH}, and fails when it takes more steps than its budget, or gives up. */
export function checkSteps(name: string, text: string): void {
  const before = stepsSpent()
  const result = TEXT_PATH[name]?.(text)
  const steps = stepsSpent() - before
  const given = `${text.length} units of ${JSON.stringify(text.slice(0, 40))}`
  // Tabs make a text longer. Most of these sanitise first, as is done with what they are given; an edit is three insertions at most.
  const isEdit = name.startsWith('editor')
  const units = Math.max(text.length, isEdit ? sanitiseText(text).length : 0)
  assert.ok(steps <= (isEdit ? 3 : 2) * stepsFor(units), `${name}: ${steps} steps for ${given}`)
  if (typeof result === 'string') assert.ok(!result.includes(MESSAGE_NOT_SHOWN) && result !== TEXT_NOT_SHOWN, `${name}: ${given} were not shown`)
}
