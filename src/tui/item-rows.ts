/** The rows of one item of the timeline: time, nick, text, delivery mark; and the separators above it. */
import { MESSAGE_NOT_SHOWN, stepsFor, withinBudget } from '../core/text/budget.ts'
import { textWidth, truncateToWidth } from '../core/text/clusters.ts'
import type { ActView, Delivery, MemberView, MessageView, Person } from '../engine/api.ts'
import { dayOf, dayTitle, timeOfDay } from './clock.ts'
import { messageColumns } from './layout.ts'
import type { MessageColumns } from './layout.ts'
import type { Item, Model, Room } from './model.ts'
import { noteRows } from './note-rows.ts'
import { STYLE, nickStyle } from './style.ts'
import { nameStyles, roleSigns, shownNick, styledWords, twinNicks } from './words.ts'
import { glyphsOf, wrapSpans } from './wrap.ts'
import type { Glyph, Span } from './wrap.ts'

export interface Run {
  readonly x: number
  readonly glyphs: readonly Glyph[]
}
export type Row = readonly Run[]

/** What, besides the item, decides what its rows look like. The same object as long as none of it changes. */
export interface RowContext {
  readonly width: number
  readonly columns: MessageColumns
  readonly zone: string | undefined
  readonly me: Model['me']
  readonly names: ReadonlyMap<string, number>
  readonly twins: ReadonlySet<string>
  /** In front of nicks, by identity: who is owner or admin, and who is muted. */
  readonly signs: ReadonlyMap<string, string>
}

/** Messages of one author within this time stand under one name. */
const GROUP_MS = 5 * 60_000
/** Rows of one message that are shown: the longest message, in words, at the usual width. */
const MAX_ROWS = 600
/** Items whose rows are kept: several screens around what is seen. */
const MAX_CACHED_ITEMS = 1024

interface Cached {
  readonly context: RowContext
  readonly continues: boolean
  readonly rows: readonly Row[]
}
/** Wrapped rows by item. Only a memory of a pure function: items and contexts are immutable and compared by identity. */
const cache = new Map<Item, Cached>()
const contexts = new WeakMap<readonly MemberView[], RowContext>()

/** The context for a room at a width; remembered by its member list, which is what changes least often. */
export function rowContext(model: Model, room: Pick<Room, 'members'>, width: number): RowContext {
  const known = contexts.get(room.members)
  if (known !== undefined && known.width === width && known.zone === model.zone && known.me === model.me) return known
  const { members } = room
  const names = nameStyles(members, model.me)
  const { zone, me } = model
  const columns = messageColumns(width)
  const context: RowContext = { width, columns, zone, me, names, twins: twinNicks(members), signs: roleSigns(members) }
  contexts.set(room.members, context)
  return context
}

/** Rows of the item at `index`, separators above it included. Never empty. */
export function itemRows(context: RowContext, room: Pick<Room, 'items' | 'marker'>, index: number): readonly Row[] {
  const item = room.items[index]
  if (item === undefined) return []
  const before = room.items[index - 1]
  const separators = separatorsAbove(context, room, item, before)
  if (item.kind === 'message' && item.message.replyTo !== undefined) separators.push(quoteRow(context, room.items, item.message.replyTo))
  const continues = separators.length === 0 && before !== undefined && continuesGroup(item, before)
  const rows = cachedRows(context, item, continues)
  return separators.length === 0 ? rows : [...separators, ...rows]
}

function cachedRows(context: RowContext, item: Item, continues: boolean): readonly Row[] {
  const known = cache.get(item)
  if (known !== undefined && known.context === context && known.continues === continues) return known.rows
  const rows = withinBudget(stepsFor(unitsOf(item)), () => rowsOf(context, item, continues), () => rowsNotShown(context))
  if (cache.size >= MAX_CACHED_ITEMS) {
    // Maps keep the order of insertion, so the first keys are the oldest.
    for (const old of [...cache.keys()].slice(0, MAX_CACHED_ITEMS / 2)) cache.delete(old)
  }
  cache.set(item, { context, continues, rows })
  return rows
}

function unitsOf(item: Item): number {
  return item.kind === 'message' ? item.message.text.length : item.kind === 'act' ? item.act.text.length : item.text.length
}

/** What stands for an item that costs more than it may. */
function rowsNotShown({ columns }: RowContext): readonly Row[] {
  return [[{ x: columns.textX, glyphs: glyphsOf(MESSAGE_NOT_SHOWN, STYLE.hint) }]]
}

function rowsOf(context: RowContext, item: Item, continues: boolean): readonly Row[] {
  switch (item.kind) {
    case 'message':
      return messageRows(context, item.message, continues)
    case 'act':
      return rowsOfAct(context, item.act)
    case 'note':
      return rowsOfNote(context, item)
  }
}

function continuesGroup(item: Item, before: Item): boolean {
  return item.kind === 'message' && before.kind === 'message' && item.message.kind === 'say' && before.message.kind === 'say' &&
    item.message.from.identity === before.message.from.identity && item.message.from.nick === before.message.from.nick &&
    item.time - before.time < GROUP_MS
}

function separatorsAbove(context: RowContext, room: Pick<Room, 'marker'>, item: Item, before: Item | undefined): Row[] {
  const rows: Row[] = []
  const day = dayOf(item.time, context.zone)
  if (before === undefined || dayOf(before.time, context.zone) !== day) {
    const title = dayTitle(item.time, context.zone)
    rows.push(separator(context, textWidth(title) + 8 <= context.width ? title : day, STYLE.rule, STYLE.faint))
  }
  if (room.marker?.id === item.id) rows.push(separator(context, 'new', STYLE.marker, STYLE.marker))
  return rows
}

/** UTF-16 units of an answered message that are looked at: more than a row of the tallest clusters has. */
const MAX_QUOTED_LENGTH = 8192

/** What a message answers, in a row above it. */
function quoteRow({ width, columns, twins }: RowContext, items: readonly Item[], id: string): Row {
  const answered = items.findLast((item) => item.id === id)
  const text = answered?.kind === 'message'
    ? `↪ ${shownNick(answered.message.from, twins)}: ${textOf(answered.message).slice(0, MAX_QUOTED_LENGTH).replaceAll('\n', ' ')}`
    : '↪ an older message'
  return [{ x: columns.textX, glyphs: glyphsOf(truncateToWidth(text, width - columns.textX - 2), STYLE.faint) }]
}

/** A title in the middle of a line across the pane. */
function separator({ width }: RowContext, title: string, lineStyle: number, titleStyle: number): Row {
  const shown = truncateToWidth(title, Math.max(1, width - 6))
  const lines = width - 2 - textWidth(shown) - 2
  const left = Math.max(1, Math.floor(lines / 2))
  const right = Math.max(1, lines - left)
  const line = (length: number): Glyph[] => glyphsOf('─'.repeat(length), lineStyle)
  return [{ x: 1, glyphs: [...line(left), ...glyphsOf(` ${shown} `, titleStyle), ...line(right)] }]
}

function messageRows(context: RowContext, message: MessageView, continues: boolean): Row[] {
  const { columns } = context
  const spans = messageSpans(context, message, continues)
  const wrapped = wrapSpans(spans, columns.textWidth)
  const rows: Run[][] = wrapped.slice(0, MAX_ROWS).map((glyphs) => [{ x: columns.textX, glyphs }])
  if (wrapped.length > MAX_ROWS) rows.push([{ x: columns.textX, glyphs: glyphsOf(`… ${wrapped.length - MAX_ROWS} more rows`, STYLE.hint) }])
  if (!continues) {
    const head = headRuns(context, message)
    if (columns.arrangement === 'above') rows.unshift(head)
    else rows[0]?.unshift(...head)
  }
  if (message.delivery !== undefined) rows.at(-1)?.push(deliveryRun(context, message.delivery))
  return rows
}

/** The text; in front of it the nick where that belongs to the same flow: `* carol waves`, `bob  hello`. */
function messageSpans(context: RowContext, message: MessageView, continues: boolean): Span[] {
  const { columns, names } = context
  const { from, kind } = message
  // Blank lines can fill screens for a few bytes; one between two paragraphs is enough.
  const text = textOf(message).replace(/\n{3,}/g, '\n\n')
  const inline = columns.arrangement === 'inline'
  const nick = nickSpans(context, from)
  if (kind === 'action') {
    const sign: Span[] = columns.arrangement === 'column' ? [] : [{ text: '* ', style: nickStyle(from.identity) }]
    return [...sign, ...nick, { text: ' ', style: STYLE.action }, ...styledWords(text, STYLE.action, names)]
  }
  const words = message.redacted === true ? [{ text, style: STYLE.faint }] : styledWords(text, STYLE.text, names)
  return inline && !continues ? [...nick, { text: '  ', style: STYLE.text }, ...words] : words
}

/** What stands beside the first row or above it: the time, and the nick if it has a place of its own. */
function headRuns(context: RowContext, { time, kind, from }: MessageView): Run[] {
  const { columns, zone } = context
  const runs: Run[] = [{ x: 1, glyphs: glyphsOf(timeOfDay(time, zone), STYLE.time) }]
  if (columns.arrangement === 'inline') return runs
  const action = kind === 'action'
  if (columns.arrangement === 'above') return action ? runs : [...runs, { x: 7, glyphs: nickGlyphs(context, from) }]
  const glyphs = action ? glyphsOf('*', nickStyle(from.identity)) : nickGlyphs(context, from)
  return [...runs, { x: columns.textX - 2 - widthOf(glyphs), glyphs }]
}

function nickGlyphs(context: RowContext, from: Person): Glyph[] {
  return nickSpans(context, from).flatMap(({ text, style }) => glyphsOf(text, style))
}

/** The sign of the role in the style of roles, which no nick has, and the nick. */
function nickSpans({ columns, twins, signs }: RowContext, from: Person): Span[] {
  const sign = signs.get(from.identity) ?? ''
  const space = Math.max(1, columns.nickWidth - textWidth(sign))
  const nick: Span = { text: truncateToWidth(shownNick(from, twins), space), style: nickStyle(from.identity) }
  return sign === '' ? [nick] : [{ text: sign, style: STYLE.role }, nick]
}

/** What was taken off the record has no text any more. */
function textOf(message: MessageView): string {
  return message.redacted === true ? 'taken off the record' : message.text
}

function widthOf(glyphs: readonly Glyph[]): number {
  return glyphs.reduce((sum, glyph) => sum + glyph.width, 0)
}

function deliveryRun({ width }: RowContext, { state, held, of }: Delivery): Run {
  switch (state) {
    case 'queued':
      return { x: width - 3, glyphs: glyphsOf('○', STYLE.queued) }
    case 'sent':
      return { x: width - 3, glyphs: glyphsOf('✓', STYLE.delivered) }
    case 'held':
      return { x: width - 3, glyphs: glyphsOf('✓✓', held >= of ? STYLE.online : STYLE.delivered) }
  }
}

function rowsOfNote({ columns, width }: RowContext, note: Extract<Item, { kind: 'note' }>): Row[] {
  const x = columns.arrangement === 'above' ? 3 : 7
  const style = STYLE[note.tone]
  const rows: Run[][] = noteRows(note.text, style, Math.max(2, width - x - 2)).map(({ indent, glyphs }) => [{ x: x + indent, glyphs }])
  rows[0]?.unshift({ x: x - 2, glyphs: glyphsOf('·', style) })
  return rows
}

/** `12:03  bob kicked ann: spam`; what does not count says so, and is fainter. */
function rowsOfAct({ width, zone }: RowContext, { text, time, effective }: ActView): Row[] {
  const x = 7
  const style = effective ? STYLE.notice : STYLE.faint
  const rows: Run[][] = wrapSpans([{ text, style }], Math.max(2, width - x - 2)).map((glyphs) => [{ x, glyphs }])
  rows[0]?.unshift({ x: 1, glyphs: glyphsOf(timeOfDay(time, zone), STYLE.time) })
  return rows
}
