/**
 * A room among liars: nodes of honest people, each a room machine with a small store, and liars who know everything, sign what they like and hand each node
 * something else. Quotas are small, so that liars fill every bound. What honest nodes write goes about as records do: by gossip that is lost, by comparing
 * sets, and by asking for what is missing.
 */
import assert from 'node:assert/strict'
import type { Action, Deed } from '../../../src/core/authority/actions/action.ts'
import { ACTIONS } from '../../../src/core/authority/actions/index.ts'
import { proveInvite } from '../../../src/core/authority/actions/admit.ts'
import type { Quotas } from '../../../src/core/authority/quotas.ts'
import { reclaimCommitment } from '../../../src/core/authority/reclaim-token.ts'
import { ACCESS } from '../../../src/core/record/fields.ts'
import type { Access } from '../../../src/core/record/fields.ts'
import { createSigner } from '../../../src/core/record/keys.ts'
import type { Signer } from '../../../src/core/record/keys.ts'
import { KIND } from '../../../src/core/record/kinds.ts'
import { genesisPayload, linePayload } from '../../../src/core/record/payloads.ts'
import { createRecord } from '../../../src/core/record/record.ts'
import type { SignedRecord } from '../../../src/core/record/record.ts'
import type { RoomEffect, RoomInput } from '../../../src/core/room/effects.ts'
import { createRoom } from '../../../src/core/room/room.ts'
import type { Room } from '../../../src/core/room/room.ts'
import { filled, TIME_US } from '../record/samples.ts'

const SMALL: Quotas = {
  windowUs: 3_600_000_000, adminActs: 5, ownerActs: 60, ownerReserve: 20, admissions: 12, memberAdmissions: 3, allMemberAdmissions: 6,
  forked: 3, unnamedAdmissions: 4
}

/** The honest: the owner, an admin, a member, and who comes with the token. */
export const HONEST = ['owner', 'admin', 'member', 'fresh'] as const
/** The others: two admins, a member, somebody who comes and goes, and two who are nobody. */
export const LIARS = ['judas', 'brutus', 'mole', 'stranger', 'sybil1', 'sybil2'] as const
export type Person = (typeof HONEST)[number] | (typeof LIARS)[number]

const PEOPLE: readonly Person[] = [...HONEST, ...LIARS]
const SIGNERS = new Map(PEOPLE.map((name, n) => [name, createSigner(filled(30 + n))]))
const signerOf = (name: Person): Signer => SIGNERS.get(name)!
export const idOf = (name: Person): string => signerOf(name).identity
const NAMES = new Map(PEOPLE.map((name) => [idOf(name), name]))
const INVITE_KEY = createSigner(filled(99))
export const SECRET = filled(7)

class HonestNode {
  readonly name: Person
  readonly room: Room
  readonly stored = new Map<string, SignedRecord>()

  constructor(name: Person, genesis: SignedRecord) {
    this.name = name
    this.stored.set(genesis.id, genesis)
    const reader = {
      vouched: () => false,
      has: (id: string) => this.stored.has(id),
      message: (id: string) => this.stored.get(id),
      messagesBy: (author: string, fromUs: number, toUs: number) => [...this.stored.values()].filter((record) =>
        record.author === author && record.graph === 'message' && record.timeUs >= fromUs && record.timeUs < toUs),
      name: (identity: string) => NAMES.get(identity) ?? identity
    }
    const init = { genesis, authority: [genesis], saved: new Uint8Array(0), lastOwn: null, quotas: SMALL }
    this.room = createRoom(init, signerOf(name), reader)
  }

  handle(input: RoomInput, nowMs: number): RoomEffect[] {
    const effects = this.room.handle(input, nowMs)
    for (const effect of effects) if (effect.type === 'persist') this.stored.set(effect.record.id, effect.record)
    return effects
  }

  shows(record: SignedRecord): boolean {
    return this.stored.has(record.id) && this.room.rights.visibility(record) === 'shown'
  }
}

export class Crowd {
  readonly nodes: readonly HonestNode[]
  readonly genesis: SignedRecord
  nowMs = TIME_US / 1000 + 1_000_000
  /** Whatever liars signed. */
  readonly #lies: SignedRecord[] = []
  readonly #own: SignedRecord[] = []
  #count = 0

  constructor(access: Access) {
    const payload = genesisPayload({ name: 'lobby', access, topic: '', commitment: reclaimCommitment(SECRET), nonce: filled(9, 16) })
    const fields = { kind: KIND.genesis, room: null, timeUs: TIME_US, prev: null, parents: [], auth: [], payload }
    this.genesis = createRecord(signerOf('owner'), fields)
    this.nodes = HONEST.map((name) => new HonestNode(name, this.genesis))
  }

  node(name: Person): HonestNode {
    return this.nodes.find((node) => node.name === name)!
  }

  /** Asks a node to do something; it answers once, with the record or a refusal. */
  ask(name: Person, input: RoomInput, reaches: readonly boolean[] = []): SignedRecord | string {
    this.nowMs += 300
    const effects = this.node(name).handle(input, this.nowMs)
    const answers = effects.filter((effect) => effect.type === 'publish' || effect.type === 'refused')
    assert.equal(answers.length, 1, `${name} answers once`)
    const [answer] = answers
    if (answer?.type !== 'publish') return answer?.type === 'refused' ? answer.refusal.reason : ''
    assert.ok(effects[0]?.type === 'persist' && effects[0].own && effects[0].record === answer.record, 'it is stored before it is passed on')
    this.#own.push(answer.record)
    this.nodes.forEach((node, n) => {
      if (reaches[n] === true) this.give(node, [answer.record], true)
    })
    return answer.record
  }

  act(name: Person, word: string, deed: Record<string, unknown> = {}, reaches: readonly boolean[] = []): SignedRecord | string {
    const action = actionOf(word)
    return this.ask(name, { type: 'act', action, deed: { reason: '', untilMs: null, purge: false, invited: null, ...deed } as Deed }, reaches)
  }

  say(name: Person, reaches: readonly boolean[] = []): SignedRecord | string {
    const payload = linePayload({ nick: name, text: String(this.#count++), replyTo: null })
    return this.ask(name, { type: 'post', kind: KIND.say, payload }, reaches)
  }

  /** A liar's record; `known` picks from all that there is what it names. */
  lie(by: Person, word: string, target: Person, picks: readonly number[], backS: number): SignedRecord {
    const known = [this.genesis, ...this.#all('authority')]
    const named = [...new Set(picks.map((n) => known[Math.max(0, known.length - 1 - n)]!.id))].sort()
    const timeUs = (this.nowMs + this.#count++) * 1000 - backS * 1e6
    const fields = { room: this.genesis.id, timeUs, prev: null }
    const action = ACTIONS.find((one) => one.word === word)
    const plain = { target: idOf(target), reason: '', cut: [], untilMs: null, purge: false, settings: this.#settings(picks[0]!) }
    const deed = { ...plain, ...this.#door(by, target, word, known) } as Deed
    const line = linePayload({ nick: by, text: `lie ${this.#count}`, replyTo: null })
    const payload = action === undefined ? [this.#count] : action.write(deed)
    const record = createRecord(signerOf(by), word === 'say'
      ? { ...fields, kind: KIND.say, parents: [], auth: named, payload: line }
      : { ...fields, kind: action?.kind ?? 127, parents: named, auth: [], payload })
    this.#lies.push(record)
    return record
  }

  give(node: HonestNode, records: readonly SignedRecord[], byGossip: boolean): RoomEffect[] {
    if (!byGossip) return node.handle({ type: 'sync', records: records.map((record) => record.bytes) }, this.nowMs)
    return records.flatMap((record) => node.handle({ type: 'gossip', bytes: record.bytes }, this.nowMs))
  }

  /** Honest nodes compare what they have, and ask for what is missing, of each other and of the liars, until nothing more comes of it. */
  settle(liarsAnswer: boolean): void {
    for (let round = 0; round < 40; round++) {
      this.nowMs += 61_000
      let moved = false
      for (const node of this.nodes) {
        for (const other of this.nodes) {
          const lacking = [...other.stored.values()].filter((record) => !node.room.knows(record.id))
          if (lacking.length === 0) continue
          const before = node.stored.size
          this.give(node, lacking, false)
          moved ||= node.stored.size > before
        }
        const wanted = node.handle({ type: 'tick' }, this.nowMs).flatMap((effect) => (effect.type === 'fetch' ? effect.ids : []))
        const found = wanted.flatMap((id) => this.#find(id, liarsAnswer) ?? [])
        if (found.length > 0) {
          const before = node.stored.size
          this.give(node, found, false)
          moved ||= node.stored.size > before
        }
        node.handle({ type: 'settle' }, this.nowMs)
      }
      if (!moved && round > 2) return
    }
    assert.fail('it never ends')
  }

  /** What honest people wrote. */
  get own(): readonly SignedRecord[] {
    return this.#own
  }

  #find(id: string, liarsAnswer: boolean): SignedRecord | undefined {
    for (const node of this.nodes) if (node.stored.has(id)) return node.stored.get(id)
    return liarsAnswer ? this.#lies.find((record) => record.id === id) : undefined
  }

  #all(graph: string): SignedRecord[] {
    return [...this.#own, ...this.#lies].filter((record) => record.graph === graph)
  }

  #settings(pick: number): Map<string, unknown> {
    return pick % 5 === 0 ? new Map<string, unknown>([['access', pick % ACCESS.length]]) : new Map([['topic', String(this.#count)]])
  }

  /** What an invite and an admission by it hold. */
  #door(by: Person, target: Person, word: string, known: readonly SignedRecord[]): Record<string, unknown> {
    const invite = known.findLast((record) => record.kind === KIND.invite)
    if (word === 'invite') return { key: INVITE_KEY.identity, uses: null, expiresMs: null }
    if (word === 'revoke-invite') return { invite: invite?.id ?? this.genesis.id }
    if (word !== 'admit' || by !== target || invite === undefined) return { invited: null }
    return { invited: { invite: invite.id, proof: proveInvite(INVITE_KEY, this.genesis.id, invite.id, idOf(by)) } }
  }
}

function actionOf(word: string): Action {
  return ACTIONS.find((one) => one.word === word)!
}
