/**
 * Scenario scripts: what people do in a room, one line each, and below `=>` what all nodes then say. A line is
 *
 *   LABEL: WHO DOES WHAT  | after LABEL …, knowing MESSAGE …, at TIME
 *
 * Without `after` it is made knowing all that stands above it. `after` names the records that its author had seen (with all before them), `knowing` the
 * messages. Times are minutes and seconds after the room began; each line is a second later than the one above.
 */
import { createHash } from 'node:crypto'
import type { Deed } from '../../src/core/authority/actions/action.ts'
import { proveInvite } from '../../src/core/authority/actions/admit.ts'
import { ACTIONS } from '../../src/core/authority/actions/index.ts'
import { proveToken } from '../../src/core/authority/actions/token-proof.ts'
import { reclaimCommitment, reclaimKey } from '../../src/core/authority/reclaim-token.ts'
import type { Value } from '../../src/core/record/codec.ts'
import { createSigner } from '../../src/core/record/keys.ts'
import type { Signer } from '../../src/core/record/keys.ts'
import { ACCESS } from '../../src/core/record/fields.ts'
import { KIND } from '../../src/core/record/kinds.ts'
import { genesisPayload, linePayload } from '../../src/core/record/payloads.ts'
import { createRecord } from '../../src/core/record/record.ts'
import type { SignedRecord } from '../../src/core/record/record.ts'

export const BEGIN_MS = Date.UTC(2026, 0, 1)

export interface Script {
  /** All people in it, by identity. */
  readonly names: ReadonlyMap<string, string>
  readonly labels: ReadonlyMap<string, string>
  /** The genesis first; parents before children. */
  readonly records: readonly SignedRecord[]
  readonly messages: readonly SignedRecord[]
}

interface Line {
  readonly label: string
  readonly who: string
  readonly words: readonly string[]
  readonly after: readonly string[] | undefined
  readonly knowing: readonly string[] | undefined
  readonly timeMs: number
}

const seedOf = (text: string): Uint8Array => new Uint8Array(createHash('sha256').update(`scenario ${text}`).digest())
const signerOf = (name: string): Signer => createSigner(seedOf(name))
const tokenKey = (name: string): Signer => reclaimKey(seedOf(`token ${name}`))
const commitmentOf = (name: string): Uint8Array => reclaimCommitment(seedOf(`token ${name}`))

/** The lines above `=>`. @throws {Error} for a line that is none: a bug in the script */
export function readScript(text: string): Script {
  const room = new Room()
  let seconds = 0
  for (const raw of text.split('\n=>')[0]!.split('\n')) {
    const line = raw.trim()
    if (line === '' || line.startsWith('#')) continue
    const parsed = parse(line, seconds++)
    if (parsed.words[0] === 'creates') room.create(parsed)
    else room.take(parsed)
  }
  return room
}

function parse(line: string, seconds: number): Line {
  const [said = '', ...terms] = line.split(/\s*\|\s*|,\s+(?=after |knowing |at )/)
  const [, label = '', who = '', rest = ''] = /^(\w+):\s+(\w+)\s+(.*)$/.exec(said) ?? []
  if (who === '') throw new Error(`not a line: ${line}`)
  const term = (name: string): string[] | undefined => terms.find((one) => one.startsWith(name))?.split(/\s+/).slice(1)
  const [, minutes = '0', second = String(seconds)] = /^(\d+):(\d\d)$/.exec(term('at')?.[0] ?? '') ?? []
  const timeMs = BEGIN_MS + (Number(minutes) * 60 + Number(second)) * 1000
  return { label, who, words: rest.trim().split(/\s+/), after: term('after'), knowing: term('knowing'), timeMs }
}

class Room implements Script {
  readonly names = new Map<string, string>()
  readonly labels = new Map<string, string>()
  readonly records: SignedRecord[] = []
  readonly messages: SignedRecord[] = []
  readonly #byLabel = new Map<string, SignedRecord>()

  /** `room: alice creates an open room` */
  create({ label, who, words, timeMs }: Line): void {
    const access = ACCESS.find((one) => words.includes(one)) ?? 'open'
    const payload = genesisPayload({ name: 'lobby', access, topic: '', commitment: commitmentOf('first'), nonce: seedOf('nonce').subarray(0, 16) })
    const fields = { kind: KIND.genesis, room: null, timeUs: timeMs * 1000, prev: null, parents: [], auth: [], payload }
    this.#note(label, createRecord(this.#person(who), fields), this.records)
  }

  take(line: Line): void {
    const { label, who, words, timeMs } = line
    const known = line.after?.map((one) => this.#idOf(one)) ?? heads(this.records)
    const cut = line.knowing?.map((one) => this.#idOf(one)) ?? (line.after === undefined ? heads(this.messages) : [])
    const fields = { room: this.records[0]!.id, timeUs: timeMs * 1000, prev: null }
    if (words[0] === 'says') {
      const payload = linePayload({ nick: who, text: words.slice(1).join(' '), replyTo: null })
      this.#note(label, createRecord(this.#person(who), { ...fields, kind: KIND.say, parents: cut, auth: known, payload }), this.messages)
      return
    }
    const [word, deed] = this.#deed(line, known, cut)
    const action = ACTIONS.find((one) => one.word === word)
    const kind = action?.kind ?? 127
    const payload = action === undefined ? ['future'] : action.write(deed)
    this.#note(label, createRecord(this.#person(who), { ...fields, kind, parents: known, auth: [], payload }), this.records)
  }

  #deed({ who, words, timeMs }: Line, parents: readonly string[], cut: readonly string[]): [string, Deed & Record<string, unknown>] {
    const [verb = '', first = '', second = '', third = ''] = words
    const simple = /^(promote|demote|kick|unban|unmute|admit)s$/.exec(verb)?.[1]
    const about = { cut, reason: '', invited: null }
    if (simple !== undefined) return [simple, { ...about, target: this.#person(first).identity }]
    switch (verb) {
      case 'bans':
      case 'mutes': {
        const minutes = words.find((one) => /^\d+m$/.test(one))
        const untilMs = minutes === undefined ? null : timeMs + Number.parseInt(minutes) * 60_000
        return [verb.slice(0, -1), { ...about, target: this.#person(first).identity, untilMs, purge: words.includes('purging') }]
      }
      case 'transfers':
        return ['transfer', { ...about, target: this.#person(second).identity }]
      case 'redacts':
        return ['redact', { ...about, target: this.#byLabel.get(first)!.author, message: this.#idOf(first) }]
      case 'reclaims':
      case 'rotates': {
        // `reclaims with first for second`, `rotates first to second`
        const [word, from, to] = verb === 'reclaims' ? ['reclaim', second, words[4]!] : ['rotate-token', first, third]
        const generation = from === 'first' ? 0 : from === 'second' ? 1 : 2
        const domain = verb === 'reclaims' ? 'p2pchat reclaim proof v1' : 'p2pchat rotate proof v1'
        const commitment = commitmentOf(to)
        const context = { domain, room: this.records[0]!.id, generation, owner: this.#person(who).identity, commitment, parents }
        return [word, { generation, commitment, key: tokenKey(from).publicKey, proof: proveToken(tokenKey(from), context), cut }]
      }
      case 'sets':
        return ['policy', { settings: new Map<string, Value>([[first, JSON.parse(words.slice(2).join(' ')) as Value]]), cut }]
      case 'invites': {
        // `invites`, `invites 3`, `invites 3 10m`: so many uses, so long
        const expiresMs = second === '' ? null : timeMs + Number.parseInt(second) * 60_000
        return ['invite', { key: signerOf('invite').identity, uses: first === '' ? null : Number(first), expiresMs }]
      }
      case 'joins': {
        const [target, invite] = [this.#person(who).identity, this.#idOf(second)]
        return ['admit', { target, invited: { invite, proof: proveInvite(signerOf('invite'), this.records[0]!.id, invite, target) } }]
      }
      case 'ends':
        return ['revoke-invite', { invite: this.#idOf(first) }]
      case 'closes':
        return ['close', about]
      case 'leaves':
        return ['leave', about]
      case 'does':
        return ['unknown', {}]
      default:
        throw new Error(`not a verb: ${verb}`)
    }
  }

  #person(name: string): Signer {
    const signer = signerOf(name)
    this.names.set(signer.identity, name)
    return signer
  }

  #idOf(label: string): string {
    const record = this.#byLabel.get(label)
    if (record === undefined) throw new Error(`no line is called ${label}`)
    return record.id
  }

  #note(label: string, record: SignedRecord, list: SignedRecord[]): void {
    list.push(record)
    this.labels.set(record.id, label)
    this.#byLabel.set(label, record)
  }
}

function heads(records: readonly SignedRecord[]): string[] {
  return records.filter((record) => !records.some((other) => other.parents.includes(record.id))).map((record) => record.id)
}
