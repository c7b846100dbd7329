/** What an archive comes to, for people and for programs. */
import { table } from '../commands/layout.ts'
import { duration } from '../core/authority/actions/action.ts'
import type { Sanction } from '../core/authority/state.ts'
import { explain } from '../core/authority/why.ts'
import type { ExplainedRecord } from '../core/authority/why.ts'
import type { Because } from '../core/authority/verdict.ts'
import type { Finding } from '../core/archive/audit.ts'
import { sanitiseLine } from '../core/text/sanitise.ts'
import { printableJson } from '../core/text/json.ts'
import type { PolicyView } from '../engine/api.ts'
import { stateView } from '../engine/state-view.ts'
import { flawText } from './archive-file.ts'
import type { Checked } from './archive-file.ts'

export interface ReportOptions {
  readonly nowMs: number
  /** With each authority record, and why it counts or not. */
  readonly why: boolean
}

/** The fields of `room.state` mean the same here. */
export function reportJson({ finding, flaws, flawCount }: Checked, { nowMs, why }: ReportOptions): string {
  const wrong = { flaws: flaws.map(({ line, text }) => (line === 0 ? { text } : { line, text })), flawCount }
  if (finding === undefined) return printableJson({ sound: false, ...wrong })
  const { authority, messages, records, vouched, missing, firstUs, lastUs } = finding
  return printableJson({
    sound: flawCount === 0,
    room: authority.state.room,
    name: authority.state.genesis.name,
    ...stateView(authority, nowMs),
    allRecords: records,
    messages,
    vouched,
    missing,
    from: Math.floor(firstUs / 1000),
    to: Math.floor(lastUs / 1000),
    ...wrong,
    ...(why ? { why: explained(finding) } : {})
  })
}

export function reportText(checked: Checked, options: ReportOptions): string {
  const { finding, flaws, flawCount } = checked
  const more = flawCount > flaws.length ? [`… and ${flawCount - flaws.length} more`] : []
  const wrong = flawCount === 0 ? [] : ['', 'What is wrong:', ...flaws.map((flaw) => `  ${flawText(flaw)}`), ...more]
  if (finding === undefined) return [...wrong.slice(1), ''].join('\n')
  const whole = 'Every record is authentic, and nothing was changed.'
  const sound = flawCount === 0 ? whole : 'NOT SOUND. This is by those of its records that are authentic.'
  const why = options.why ? ['', 'What was done, and whether it counts:', ...explained(finding).map(whyLine)] : []
  return [sound, table(rows(finding, options.nowMs)), ...notes(finding), ...why, ...wrong, ''].join('\n')
}

function rows(finding: Finding, nowMs: number): string[][] {
  const { authority, messages, records, firstUs, lastUs, nameOf } = finding
  const { state } = authority
  const view = stateView(authority, nowMs)
  const named = (identity: string): string => sanitiseLine(nameOf(identity))
  const list = (items: readonly string[]): string => (items.length === 0 ? 'nobody' : items.join(', '))
  const until = (identity: string, sanctions: readonly Sanction[]): string => {
    const ends = sanctions.filter(({ target }) => target === identity).map(({ untilUs }) => untilUs ?? Infinity)
    const lastUntilUs = Math.max(...ends)
    return lastUntilUs === Infinity ? named(identity) : `${named(identity)} until ${time(lastUntilUs)}`
  }
  return [
    ['room', sanitiseLine(state.genesis.name)],
    ['id', state.room],
    ['state hash', view.stateHash],
    ['owner', `${named(view.owner)}  ${view.owner}`],
    ['admins', list(view.admins.map(named))],
    ['banned', list(view.banned.map((identity) => until(identity, state.removals)))],
    ['muted', list(view.muted.map((identity) => until(identity, state.mutes)))],
    ['topic', sanitiseLine(view.topic)],
    ['access', view.access],
    ['settings', settings(view.policy)],
    ['generation', String(view.generation)],
    ['closed', view.closed ? 'yes' : 'no'],
    ['records', `${records}: ${authority.size} of authority, ${messages.all} of messages`],
    ['messages', counts(messages)],
    ['time', `${time(firstUs)} to ${time(lastUs)}`]
  ]
}

const FAULTS: Readonly<Record<keyof Finding['messages']['refused'], string>> = {
  'not-admitted': 'by people not let in',
  banned: 'by banned people',
  muted: 'by muted people',
  'announce-only': 'where only admins speak',
  closed: 'after closing',
  'too-fast': 'too fast'
}

function counts({ counting, hidden, refused }: Finding['messages']): string {
  const kinds = Object.entries(refused).map(([fault, count]) => `${count} ${FAULTS[fault as keyof typeof FAULTS]}`)
  const sum = Object.values(refused).reduce((total, count) => total + count, 0)
  const never = sum === 0 ? '0 do not' : `${sum} do not (${kinds.join(', ')})`
  return `${counting} count, ${never}, ${hidden} are hidden`
}

function notes({ vouched, missing }: Finding): string[] {
  const lines: string[] = []
  const spoilt = vouched === 1 ? 'One record has a spoilt signature' : `${vouched} records have spoilt signatures`
  if (vouched > 0) lines.push(`${spoilt}; a later record of the same author, properly signed, vouches for what is said.`)
  const gap = missing === 1 ? 'One message is' : `${missing} messages are`
  if (missing > 0) lines.push(`${gap} named by others and not there: whoever exported this had not received them.`)
  return lines
}

function settings({ slow, idle, rate, history, announceOnly }: PolicyView): string {
  return [
    rate === 'off' ? 'no limit on messages' : `${rate.count} messages in ${duration(rate.windowMs)}`,
    slow === 'off' ? 'slow mode off' : `one message every ${duration(slow)}`,
    idle === 'off' ? 'no idle timeout' : `idle timeout ${duration(idle)}`,
    history === 'all' ? 'newcomers see all' : `newcomers see ${duration(history)}`,
    ...(announceOnly ? ['only admins speak'] : [])
  ].join(', ')
}

function explained({ authority, nameOf }: Finding): ExplainedRecord[] {
  return authority.book.acts.map((act) => explain(authority.book, act, nameOf))
}

const COUNTS: Readonly<Partial<Record<Because, string>>> = {
  owner: ' (by the owner)',
  admin: ' (by an admin)',
  passcode: ' (by a member, who had checked the passcode)',
  invite: ' (by an invite)',
  token: ' (by the reclaim token)',
  'handed-over': ' (by the owner)'
}

function whyLine({ effective, because, text }: ExplainedRecord): string {
  return `  ${effective ? 'counts' : 'void  '}  ${sanitiseLine(text)}${COUNTS[because] ?? ''}`
}

/** `2026-11-21 13:00:05 UTC`: a report says the same everywhere. */
function time(timeUs: number): string {
  return `${new Date(timeUs / 1000).toISOString().slice(0, 19).replace('T', ' ')} UTC`
}
