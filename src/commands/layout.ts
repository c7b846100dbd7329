/** Plain text layout for what commands print: tables in columns, times, messages on a line. */
import { MESSAGE_NOT_SHOWN } from '../core/text/budget.ts'
import { textWidth } from '../core/text/clusters.ts'
import { sanitiseLine, sanitiseText } from '../core/text/sanitise.ts'
import type { ActView, MessageView } from '../engine/api.ts'

const MINUTE_MS = 60_000

/** Rows under each other, columns padded to the widest cell, two blanks between. Cells are expected sanitised. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths: number[] = []
  for (const row of rows) {
    for (const [column, cell] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, textWidth(cell))
  }
  const line = (row: readonly string[]): string =>
    row.map((cell, column) => cell + ' '.repeat((widths[column] ?? 0) - textWidth(cell))).join('  ')
  return rows.map((row) => line(row).trimEnd()).join('\n')
}

/** `12:03`, local time; with the date when it is not of the day of `nowMs`. */
export function clockTime(timeMs: number, nowMs: number): string {
  const date = new Date(timeMs)
  const two = (value: number): string => String(value).padStart(2, '0')
  const time = `${two(date.getHours())}:${two(date.getMinutes())}`
  if (date.toDateString() === new Date(nowMs).toDateString()) return time
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${time}`
}

/** `just now`, `5 min ago`, else the date and time. */
export function ago(timeMs: number, nowMs: number): string {
  const passedMs = nowMs - timeMs
  if (passedMs < MINUTE_MS) return 'just now'
  if (passedMs < 60 * MINUTE_MS) return `${Math.floor(passedMs / MINUTE_MS)} min ago`
  return clockTime(timeMs, nowMs)
}

/** `[12:03] ann: text`, or `[12:03] * ann waves`; further lines of the text are indented. Safe to print. */
export function messageLine(message: MessageView, nowMs: number): string {
  const nick = sanitiseLine(message.from.nick)
  const said = message.redacted === true ? '(taken off the record)' : message.text
  const text = sanitiseText(said, MESSAGE_NOT_SHOWN).replaceAll('\n', '\n  ')
  const head = `[${clockTime(message.time, nowMs)}]`
  return message.kind === 'action' ? `${head} * ${nick} ${text}` : `${head} ${nick}: ${text}`
}

/** `[12:03] -- bob kicked ann: spam`. Safe to print. */
export function actLine(act: ActView, nowMs: number): string {
  return `[${clockTime(act.time, nowMs)}] -- ${sanitiseLine(act.text)}`
}

/** Messages and acts as lines in the order in which the node has them: by time to the microsecond, then by id. */
export function timelineLines(messages: readonly MessageView[], acts: readonly ActView[], nowMs: number): string[] {
  const said = messages.map((message) => ({ ...message, line: messageLine(message, nowMs) }))
  const done = acts.map((act) => ({ ...act, id: act.record, line: actLine(act, nowMs) }))
  return [...said, ...done].sort(inOrder).map(({ line }) => line)
}

type Ordered = Pick<MessageView, 'time' | 'micros' | 'id'>

function inOrder(one: Ordered, other: Ordered): number {
  return one.time - other.time || (one.micros ?? 0) - (other.micros ?? 0) || (one.id < other.id ? -1 : 1)
}
