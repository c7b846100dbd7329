/** What all nodes say after a script: the state, and each line with whether it counts and why. */
import { Authority } from '../../src/core/authority/authority.ts'
import type { Sanction } from '../../src/core/authority/state.ts'
import type { NodeReader } from '../../src/core/log/newest-first.ts'
import { explain, sayFault, whyPerson } from '../../src/core/authority/why.ts'
import type { SignedRecord } from '../../src/core/record/record.ts'
import { liesBefore } from '../core/lies-before.ts'
import { BEGIN_MS } from './script.ts'
import type { Script } from './script.ts'

/** @param records those of the script, in any order in which parents come first */
export function outcomeOf({ names, labels, messages }: Script, records: readonly SignedRecord[]): string {
  const authority = new Authority(records[0]!)
  for (const record of records.slice(1)) authority.add(record)
  const name = (identity: string): string => names.get(identity) ?? 'nobody'
  const { state, book } = authority
  const list = (people: Iterable<string>): string => [...people].map(name).sort().join(' ')
  const lines = [`owner ${name(state.owner)}`]
  const say = (what: string, people: string): unknown => people !== '' && lines.push(`${what} ${people}`)
  if (state.generation > 0) lines.push(`generation ${state.generation}`)
  say('admins', list(state.admins))
  say('out', sanctions(state.removals, name))
  say('muted', sanctions(state.mutes, name))
  say('let in', list(state.admitted))
  for (const [key, value] of state.settings) lines.push(`${key} ${JSON.stringify(value)}`)
  if (state.closed) lines.push('closed')
  lines.push('')
  const inOrder = [...labels].map(([id, label]) => [label, book.actById(id) ?? messages.find((one) => one.id === id)!] as const)
  for (const [label, one] of inOrder.slice(1)) {
    if ('index' in one) lines.push(`${label}: ${explain(book, one, name).text}`)
    else lines.push(`${label}: ${seen(authority, one, messages, name)}`)
  }
  return lines.join('\n')
}

/** What `/why` says of everybody who acted or was acted upon. */
export function whyAll({ names }: Script, records: readonly SignedRecord[], nowMs = BEGIN_MS): string {
  const authority = new Authority(records[0]!)
  for (const record of records.slice(1)) authority.add(record)
  return [...names.keys()].map((person) => whyPerson(authority, person, (identity) => names.get(identity) ?? 'nobody', nowMs).text).join('\n\n')
}

function seen(authority: Authority, message: SignedRecord, messages: readonly SignedRecord[], name: (identity: string) => string): string {
  const text = String((message.payload as readonly unknown[])[1])
  const read: NodeReader = (id) => messages.find((one) => one.id === id)
  const isBefore = (cut: readonly string[]): boolean => liesBefore(message.id, cut, read)
  const judged = authority.judge(message, isBefore)
  if (!judged.permitted) return `${name(message.author)}'s "${text}" is not shown: ${sayFault(judged, name)}`
  if (authority.hiddenBy(message, isBefore) !== undefined) return `${name(message.author)}'s "${text}" is hidden`
  const { limit } = judged
  const slowly = limit === undefined || limit.count === 40 ? '' : `, at most ${limit.count} in ${limit.windowMs / 1000} s`
  return `${name(message.author)}'s "${text}" is shown${slowly}`
}

function sanctions(list: readonly Sanction[], name: (identity: string) => string): string {
  const until = (timeUs: number | null): string => (timeUs === null ? '' : ` until ${clock(timeUs / 1000 - BEGIN_MS)}`)
  return list.map((one) => `${name(one.target)}${until(one.untilUs)}`).sort().join(', ')
}

function clock(ms: number): string {
  return `${Math.floor(ms / 60_000)}:${String(Math.floor((ms % 60_000) / 1000)).padStart(2, '0')}`
}
