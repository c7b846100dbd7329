/** What a key does. */
import { secretRanges } from '../commands/secrets.ts'
import { EDITS, EMPTY_EDITOR, caretOffset, clearDraft, editorText, editorWith, replaceBack, withCaret } from './editor.ts'
import { caretInRow, layoutDraft } from './draft-rows.ts'
import type { EditName } from './editor.ts'
import { rowContext } from './item-rows.ts'
import type { RowContext } from './item-rows.ts'
import { actionFor, isEdit, keyLines, roomNumber } from './keys.ts'
import type { Action } from './keys.ts'
import { layoutFor } from './layout.ts'
import { currentDraft, currentRoom, hasSidePanes, withDraft, withRoom } from './model.ts'
import type { Effect, Model, Room, Scroll, Step } from './model.ts'
import { flashed } from './notes.ts'
import { oldestMessage, recentSpeakers } from './timeline.ts'
import { neighbour, nextActive, showRoom } from './update-rooms.ts'
import { bannerRows } from './view-banner.ts'
import { scrolled, scrolledToTop, windowOf } from './window.ts'

/** Lines that Up walks back through. */
const MAX_HISTORY = 500

export function onKey(model: Model, key: string): Step {
  const number = roomNumber(key)
  if (number !== undefined) return show(model, model.rooms[number]?.view.id)
  const action = actionFor(key)
  if (action === undefined) return still(model)
  if (model.showsKeys) return onKeyInHelp(model, action)
  // Any other key ends what Tab and Ctrl-C began.
  const completing = action === 'complete' || action === 'complete-back' ? model.completing : undefined
  const calm: Model = { ...model, completing, leaving: action === 'interrupt' && model.leaving }
  if (isEdit(action)) return still({ ...withDraft(calm, EDITS[action](currentDraft(calm))), recalling: undefined })
  return performers[action](calm)
}

function still(model: Model): Step {
  return { model, effects: [] }
}

function does(model: Model, ...effects: Effect[]): Step {
  return { model, effects }
}

type Performers = { readonly [A in Exclude<Action, EditName>]: (model: Model) => Step }

const performers: Performers = {
  send,
  complete: (model) => complete(model, 1),
  'complete-back': (model) => complete(model, -1),
  up: (model) => still(upOrDown(model, -1)),
  down: (model) => still(upOrDown(model, 1)),
  'next-room': (model) => show(model, neighbour(model, 1)),
  'previous-room': (model) => show(model, neighbour(model, -1)),
  'next-active': (model) => show(model, nextActive(model)),
  'last-room': (model) => show(model, model.previous),
  keys: (model) => still({ ...model, showsKeys: true, keysFrom: 0 }),
  bare: (model) => still({ ...model, bare: !model.bare }),
  repaint: (model) => does(model, { kind: 'repaint' }),
  interrupt,
  'delete-or-quit': (model) => {
    const draft = currentDraft(model)
    return draft.clusters.length === 0 ? does(model, { kind: 'quit' }) : still(withDraft(model, EDITS['delete-forward'](draft)))
  },
  'page-up': (model) => scroll(model, ({ context, room, height, page }) => scrolled(context, room, height, -page)),
  'page-down': (model) => scroll(model, ({ context, room, height, page }) => scrolled(context, room, height, page)),
  'row-up': (model) => scroll(model, ({ context, room, height }) => scrolled(context, room, height, -1)),
  'row-down': (model) => scroll(model, ({ context, room, height }) => scrolled(context, room, height, 1)),
  top: (model) => scroll(model, ({ context, room, height }) => scrolledToTop(context, room, height)),
  end: (model) => scroll(model, () => ({ at: 'end' })),
  escape: (model) => scroll(model, () => ({ at: 'end' }))
}

/** Ctrl-C: first the draft, then a question, then the end. Never more than three presses. */
function interrupt(model: Model): Step {
  const draft = currentDraft(model)
  if (draft.clusters.length > 0) return still({ ...withDraft(model, clearDraft(draft)), recalling: undefined })
  if (model.leaving) return does(model, { kind: 'quit' })
  return flashed({ ...model, leaving: true }, 'Press Ctrl-C again to quit', 'warning')
}

function show(model: Model, id: string | undefined): Step {
  return id === undefined ? still(model) : showRoom(model, id)
}

function send(model: Model): Step {
  const draft = currentDraft(model)
  const text = editorText(draft).trimEnd()
  if (text.trim() === '') return still(model)
  const room = currentRoom(model)
  // What holds a secret is not kept anywhere.
  const kept = secretRanges(model.commands, text).length > 0 ? [] : [text]
  const history = [...model.history.filter((line) => line !== text), ...kept].slice(-MAX_HISTORY)
  const cleared: Model = { ...withDraft(model, { ...EMPTY_EDITOR, killed: draft.killed }), history, recalling: undefined }
  if (/^\/(help\s+keys|keys)$/iu.test(text)) return still({ ...cleared, showsKeys: true, keysFrom: 0 })
  const theme = /^\/theme(?:\s+(\S+))?$/iu.exec(text)
  if (theme !== null) return does(cleared, { kind: 'theme', name: theme[1] ?? '' })
  if (text.startsWith('/') && !text.startsWith('//')) return does(cleared, { kind: 'command', line: text, room: room?.view })
  if (room === undefined) return flashed(model, 'You are in no room yet: /join NAME enters one', 'warning')
  const atEnd = withRoom(cleared, room.view.id, (one) => ({ ...one, scroll: { at: 'end' }, unread: 0, mentions: 0, marker: undefined }))
  return does(atEnd, { kind: 'send', room: room.view.id, text: text.startsWith('//') ? text.slice(1) : text })
}

function complete(model: Model, by: -1 | 1): Step {
  const { completing } = model
  if (completing !== undefined) {
    const count = completing.candidates.length
    const chosen = (completing.chosen + by + count) % count
    const draft = replaceBack(completing.base, completing.from, completing.candidates[chosen] ?? '')
    return still({ ...withDraft(model, draft), completing: { ...completing, chosen } })
  }
  const draft = currentDraft(model)
  const room = currentRoom(model)
  const speakers = room === undefined ? [] : recentSpeakers(room.items, model.me.identity)
  const others = (room?.members ?? []).filter((member) => member.identity !== model.me.identity)
  const present = others.map((member) => member.nick).sort()
  return does(model, {
    kind: 'complete',
    line: editorText(draft),
    caret: caretOffset(draft),
    rooms: model.rooms.map((one) => one.view.handle),
    members: [...new Set([...speakers, ...present])]
  })
}

/** A row up or down in a draft of several, beyond its edge through what was sent before. */
function upOrDown(model: Model, by: -1 | 1): Model {
  const draft = currentDraft(model)
  const caret = caretInRow(draft, model.size.width, by)
  if (caret !== undefined) return withDraft(model, withCaret(draft, caret))
  const { history, recalling } = model
  const at = (recalling?.at ?? history.length) + by
  const before = recalling?.draft ?? draft
  if (at < 0 || at > history.length || (recalling === undefined && by === 1)) return model
  if (at === history.length) return { ...withDraft(model, before), recalling: undefined }
  return { ...withDraft(model, editorWith(history[at] ?? '', draft.killed)), recalling: { at, draft: before } }
}

interface ScrollView {
  readonly context: RowContext
  readonly room: Room
  readonly height: number
  readonly page: number
}

function scroll(model: Model, to: (view: ScrollView) => Scroll): Step {
  const room = currentRoom(model)
  if (room === undefined) return still(model)
  const { bodyHeight, messagesWidth } = layoutFor(model.size, layoutDraft(room.draft, model.size.width).rows.length, hasSidePanes(model))
  // While scrolled, the lowest row says how much is below.
  const height = Math.max(1, bodyHeight - bannerRows(model, room, messagesWidth).length - 1)
  const context = rowContext(model, room, messagesWidth)
  const moved: Room = { ...room, scroll: to({ context, room, height, page: Math.max(1, height - 2) }) }
  const effects: Effect[] = []
  const atEnd = moved.scroll.at === 'end'
  if (atEnd && room.scroll.at !== 'end') effects.push({ kind: 'read', room: room.view.id })
  const older = !atEnd && wantsOlder(moved, windowOf(context, moved, height).top)
  const before = older ? oldestMessage(room.items) : undefined
  if (before !== undefined) effects.push({ kind: 'history', room: room.view.id, before })
  const news = atEnd ? { unread: 0, mentions: 0 } : {}
  const next: Room = { ...moved, ...news, loading: room.loading || before !== undefined }
  return { model: withRoom(model, room.view.id, () => next), effects }
}

/** Older messages are asked for while there is still a screen of them, so that scrolling does not have to wait. */
function wantsOlder(room: Room, top: number): boolean {
  const AHEAD_ITEMS = 50
  return top < AHEAD_ITEMS && !room.complete && !room.loading
}

/** Any other key closes the table. */
const HELP_MOVES: Partial<Record<Action, readonly [rows: number, pages: number]>> = {
  up: [-1, 0],
  'row-up': [-1, 0],
  down: [1, 0],
  'row-down': [1, 0],
  'page-up': [0, -1],
  'page-down': [0, 1]
}

function onKeyInHelp(model: Model, action: Action): Step {
  if (action === 'repaint') return does(model, { kind: 'repaint' })
  const move = HELP_MOVES[action]
  if (move === undefined) return still({ ...model, showsKeys: false })
  const page = Math.max(1, model.size.height - 4)
  const last = Math.max(0, keyLines().length - page)
  const from = model.keysFrom + move[0] + move[1] * page
  return still({ ...model, keysFrom: Math.min(last, Math.max(0, from)) })
}
