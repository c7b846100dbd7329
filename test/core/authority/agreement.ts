/** The resolver's answer beside the oracle's, in the oracle's words. */
import type { Ancestry, MessageFacts } from '../../../src/core/authority/messages.ts'
import { Authority } from '../../../src/core/authority/authority.ts'
import type { Sanction } from '../../../src/core/authority/state.ts'
import { toHex } from '../../../src/core/record/bytes.ts'
import type { SignedRecord } from '../../../src/core/record/record.ts'
import { TIME_US } from '../record/samples.ts'
import { commitmentOf, identityOf, NAMES } from './details.ts'
import type { History, Said } from './history.ts'
import type { OracleState } from './oracle.ts'

export interface Answer {
  readonly state: OracleState
  readonly counts: readonly string[]
  readonly permitted: readonly string[]
  readonly hidden: readonly string[]
  readonly limits: readonly ([number, number] | undefined)[]
}

export function authorityOf(records: readonly SignedRecord[]): Authority {
  const authority = new Authority(records[0]!)
  for (const record of records.slice(1)) authority.add(record)
  return authority
}

export function nameOf(identity: string): string {
  return [...NAMES].find((name) => identityOf(name) === identity)!
}

/** Whether a message is at or before these heads. */
export function ancestry(said: readonly Said[], id: string): Ancestry {
  const reaches = (head: string): boolean => head === id || (said.find((one) => one.id === head)?.parents.some(reaches) ?? false)
  return (cut) => cut.some(reaches)
}

export function factsOf(one: Said): MessageFacts {
  return { id: one.id, author: identityOf(one.by), timeUs: TIME_US + one.time * 1e6, auth: one.auth }
}

export function answerOf(authority: Authority, { facts, said }: History): Answer {
  const { state } = authority
  const seconds = (timeUs: number | null): number | string => (timeUs === null ? 'ever' : (timeUs - TIME_US) / 1e6)
  const sanctions = (list: readonly Sanction[]): string[] => list.map((one) => `${nameOf(one.target)} ${one.rank} ${seconds(one.untilUs)}`).sort()
  const people = (identities: Iterable<string>): string[] => [...identities].map(nameOf).sort()
  const judged = said.map((one) => authority.judge(factsOf(one), ancestry(said, one.id)))
  return {
    state: {
      owner: nameOf(state.owner),
      generation: state.generation,
      token: [0, 1, 2, 3].find((token) => toHex(commitmentOf(token)) === state.commitment)!,
      admins: people(state.admins),
      removals: sanctions(state.removals),
      mutes: sanctions(state.mutes),
      admitted: people(state.admitted),
      settings: Object.fromEntries(state.settings),
      closed: state.closed
    },
    counts: facts.filter((fact) => authority.book.counts(authority.book.actById(fact.id)!)).map((fact) => fact.id),
    permitted: said.filter((_, n) => judged[n]!.permitted).map((one) => one.id),
    hidden: said.filter((one) => authority.hiddenBy(factsOf(one), ancestry(said, one.id)) !== undefined).map((one) => one.id),
    limits: judged.map((one) => (one.permitted && one.limit !== undefined ? [one.limit.count, one.limit.windowMs] : undefined))
  }
}
