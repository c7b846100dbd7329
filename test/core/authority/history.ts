/**
 * Histories for properties: steps drawn by fast-check become records by a few actors, some of whom lie: parents of their choice, times of their choice,
 * proofs with the wrong token. Each record is also written down as a plain fact, from which the oracle works.
 */
import fc from 'fast-check'
import { ACTIONS } from '../../../src/core/authority/actions/index.ts'
import { ACCESS } from '../../../src/core/record/fields.ts'
import { KIND } from '../../../src/core/record/kinds.ts'
import { genesisPayload } from '../../../src/core/record/payloads.ts'
import { createRecord } from '../../../src/core/record/record.ts'
import type { SignedRecord } from '../../../src/core/record/record.ts'
import { filled, TIME_US } from '../record/samples.ts'
import { ACTORS, commitmentOf, detailsOf, NAMES } from './details.ts'

export type Word =
  | 'genesis' | 'admit' | 'leave' | 'promote' | 'demote' | 'kick' | 'ban' | 'unban' | 'mute' | 'unmute' | 'redact' | 'transfer' | 'reclaim'
  | 'rotate-token' | 'policy' | 'close' | 'invite' | 'revoke-invite' | 'unknown'

/** A record, as plainly as can be. People are names: a, b, c … Times are seconds. */
export interface Fact {
  readonly id: string
  readonly word: Word
  readonly by: string
  readonly time: number
  readonly parents: readonly string[]
  readonly target?: string
  readonly cut?: readonly string[]
  readonly until?: number | null
  readonly purge?: boolean
  /** Message that a redaction hides. */
  readonly message?: string
  readonly generation?: number
  /** The token that signed the proof; none if the proof is of something else. */
  readonly token?: number | null
  readonly nextToken?: number
  readonly settings?: Readonly<Record<string, unknown>>
  /** An admission's invite. */
  readonly invite?: string | null
  /** Whose key signed the admission: the number of the key. */
  readonly inviteKey?: number
  readonly uses?: number | null
  readonly expires?: number | null
}

export interface Said {
  readonly id: string
  readonly by: string
  readonly time: number
  readonly parents: readonly string[]
  readonly auth: readonly string[]
}

export interface History {
  readonly access: 'open' | 'passcode' | 'invite'
  readonly facts: readonly Fact[]
  readonly records: readonly SignedRecord[]
  readonly said: readonly Said[]
}

const WORDS: readonly Word[] = [
  'promote', 'promote', 'promote', 'demote', 'demote', 'kick', 'kick', 'ban', 'ban', 'ban', 'unban', 'unban', 'mute', 'mute', 'unmute', 'redact', 'transfer',
  'transfer', 'reclaim', 'rotate-token', 'policy', 'policy', 'policy', 'close', 'invite', 'invite', 'revoke-invite', 'admit', 'admit', 'admit', 'admit', 'leave', 'unknown'
]

export interface Step {
  readonly word: Word | 'say'
  readonly actor: number
  readonly target: number
  /** Parents: all heads, or those of these numbers. */
  readonly sees: 'all' | readonly number[]
  readonly lateS: number
  readonly pick: number
  readonly flag: boolean
  readonly cutAll: boolean
  /** Done once more, by the target of the first: knowing of it, or not. */
  readonly twin: 'none' | 'after' | 'beside'
}

/** The first actors are more often at work, since they are more often owner or admin. */
const actor = fc.constantFrom(0, 0, 0, 0, 1, 1, 1, 2, 2, 3, 4, 5)

const stepWith = (words: readonly Word[]): fc.Arbitrary<Step> => fc.record({
  word: fc.oneof({ weight: 4, arbitrary: fc.constantFrom<Word | 'say'>(...words) }, { weight: 1, arbitrary: fc.constant('say' as const) }),
  actor,
  target: fc.nat(5),
  sees: fc.oneof({ weight: 3, arbitrary: fc.constant<'all'>('all') }, { weight: 2, arbitrary: fc.array(fc.nat(60), { minLength: 1, maxLength: 3 }) }),
  lateS: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.integer({ min: -500, max: 500 }) }),
  pick: fc.nat(999),
  flag: fc.boolean(),
  cutAll: fc.boolean(),
  twin: fc.constantFrom('none', 'none', 'none', 'none', 'none', 'after', 'beside')
})

export const stepArbitrary = stepWith(WORDS)

interface Steps {
  readonly access: History['access']
  /** So many actors are admins from the beginning. */
  readonly admins: number
  readonly steps: readonly Step[]
}

export function stepsArbitrary(is: (word: Word) => boolean = () => true): fc.Arbitrary<Steps> {
  const steps = fc.array(stepWith(WORDS.filter(is)), { minLength: 1, maxLength: 38, size: 'max' })
  return fc.record({ access: fc.constantFrom(...ACCESS, 'open' as const), admins: fc.nat(2), steps })
}

export function createHistory({ access, admins, steps }: Steps): Writer {
  const history = new Writer(access)
  for (let n = 1; n <= admins; n++) {
    history.take({ word: 'promote', actor: 0, target: n, sees: 'all', lateS: 0, pick: 0, flag: false, cutAll: true, twin: 'none' })
  }
  for (const one of steps) history.take(one)
  return history
}

export class Writer implements History {
  readonly facts: Fact[] = []
  readonly records: SignedRecord[] = []
  readonly said: Said[] = []
  readonly access: History['access']
  readonly #heads = new Set<string>()
  readonly #saidHeads = new Set<string>()

  constructor(access: History['access']) {
    this.access = access
    const payload = genesisPayload({ name: 'lobby', access, topic: 'tea', commitment: commitmentOf(0), nonce: filled(9, 16) })
    const fields = { kind: KIND.genesis, room: null, timeUs: TIME_US, prev: null, parents: [], auth: [], payload }
    this.#note(createRecord(ACTORS[0]!, fields), { word: 'genesis', token: 0 })
  }

  take(step: Step): void {
    if (step.word === 'say') return this.#say(step)
    const before = [...this.#heads]
    this.#act(step, step.word, before)
    if (step.twin === 'none') return
    const other = step.word === 'transfer' ? { target: step.target + 1 } : { actor: step.target, target: step.target + 1 }
    this.#act({ ...step, ...other }, step.word, step.twin === 'beside' ? before : [...this.#heads])
  }

  #say({ actor, sees, lateS, pick }: Step): void {
    const id = (this.said.length + 1).toString(16).padStart(64, '0')
    const parents = pick % 3 > 0 ? [...this.#saidHeads] : this.said.filter((_, n) => n % 5 === pick % 5).map((one) => one.id)
    for (const parent of parents) this.#saidHeads.delete(parent)
    this.said.push({ id, by: NAMES[actor]!, time: this.#time(lateS), parents, auth: this.#parents(sees, [...this.#heads]) })
    this.#saidHeads.add(id)
  }

  #act(step: Step, word: Word, heads: readonly string[]): void {
    const { actor, pick } = step
    const parents = this.#parents(step.sees, heads)
    const some = this.said.slice(pick % (this.said.length + 1)).slice(0, 1)
    const cut = step.cutAll ? [...this.#saidHeads].sort() : some.map((one) => one.id)
    const [fact, deed] = detailsOf(word, { step, parents, cut, facts: this.facts, said: this.said, nowS: this.#time(0) })
    const action = ACTIONS.find((one) => one.word === word)
    const payload = action === undefined ? ['future', pick] : action.write(deed)
    const timeUs = TIME_US + this.#time(step.lateS) * 1e6
    const fields = { kind: action?.kind ?? 127, room: this.facts[0]!.id, timeUs, prev: null, parents, auth: [], payload }
    this.#note(createRecord(ACTORS[actor]!, fields), { word, ...fact })
  }

  /** Seconds after the beginning: ten for each record. */
  #time(lateS: number): number {
    return Math.max(0, (this.facts.length + this.said.length) * 10 + lateS)
  }

  #parents(sees: Step['sees'], heads: readonly string[]): string[] {
    const chosen = sees === 'all' ? heads.slice(-8) : sees.map((n) => this.facts[n % this.facts.length]!.id)
    return [...new Set(chosen)].sort()
  }

  #note(record: SignedRecord, fact: Partial<Fact> & { word: Word }): void {
    const { id, parents } = record
    if (this.facts.some((known) => known.id === id)) return
    const by = NAMES[ACTORS.findIndex((one) => one.identity === record.author)]!
    this.facts.push({ ...fact, id, by, parents, time: (record.timeUs - TIME_US) / 1e6 })
    this.records.push(record)
    for (const parent of parents) this.#heads.delete(parent)
    this.#heads.add(id)
  }
}
