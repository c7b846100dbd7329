/** A room that lives for years: people come and go every day, its admins act every day, and one of them forked once without end. */
import assert from 'node:assert/strict'
import type { Deed } from '../../../src/core/authority/actions/action.ts'
import { ACTIONS } from '../../../src/core/authority/actions/index.ts'
import { stateHash } from '../../../src/core/authority/state.ts'
import { createSigner } from '../../../src/core/record/keys.ts'
import type { Signer } from '../../../src/core/record/keys.ts'
import { KIND } from '../../../src/core/record/kinds.ts'
import { MAX_FORKED_RECORDS, RECORD_BATCH_BYTES } from '../../../src/core/record/limits.ts'
import { genesisPayload, linePayload } from '../../../src/core/record/payloads.ts'
import { createRecord } from '../../../src/core/record/record.ts'
import type { SignedRecord } from '../../../src/core/record/record.ts'
import type { RoomInput } from '../../../src/core/room/effects.ts'
import { createRoom } from '../../../src/core/room/room.ts'
import type { Room } from '../../../src/core/room/room.ts'
import { ann, filled, TIME_US } from '../record/samples.ts'

const DAY_US = 86_400_000_000
const ADMINS = [2, 3, 4].map((byte) => createSigner(filled(byte)))
const JUDAS = createSigner(filled(66))
/** What a moderator's day is made of; each pair is undone after a while. */
const WORDS = ['kick', 'policy', 'ban', 'mute', 'unban', 'unmute', 'policy', 'invite']
const seedOf = (n: number): Uint8Array => Uint8Array.from({ length: 32 }, (_, at) => (at < 2 ? n >> (8 * at) : 5) & 255)
const PEOPLE = Array.from({ length: 1_000 }, (_, n) => createSigner(seedOf(n)))

interface Life {
  readonly days: number
  /** People of a day who go, and say so. */
  readonly leaving: number
  readonly actsADay: number
}

interface Kept {
  readonly room: Room
  readonly stored: Map<string, SignedRecord>
}

function open(genesis: SignedRecord, signer: Signer): Kept {
  const stored = new Map([[genesis.id, genesis]])
  const room = createRoom({ genesis, authority: [genesis], saved: new Uint8Array(0), lastOwn: null }, signer, {
    vouched: () => false, has: (id) => stored.has(id), message: (id) => stored.get(id), messagesBy: () => [], name: (identity) => identity
  })
  return { room, stored }
}

function feed({ room, stored }: Kept, records: readonly SignedRecord[], nowMs: number): void {
  const bytes = records.map((record) => record.bytes)
  const input: RoomInput = bytes.length === 1 ? { type: 'gossip', bytes: bytes[0]! } : { type: 'sync', records: bytes }
  for (const effect of room.handle(input, nowMs)) if (effect.type === 'persist') stored.set(effect.record.id, effect.record)
  room.handle({ type: 'written', ids: records.map(({ id }) => id) }, nowMs)
}

/** Lives through it, and checks that the room goes on as on its first day. */
export function liveThrough({ days, leaving, actsADay }: Life): void {
  const payload = genesisPayload({ name: 'lobby', access: 'open', topic: '', commitment: filled(7), nonce: filled(9, 16) })
  const genesis = createRecord(ann, { kind: KIND.genesis, room: null, timeUs: TIME_US, prev: null, parents: [], auth: [], payload })
  const kept = open(genesis, ann)
  let timeUs = TIME_US
  const sign = (by: Signer, word: string, deed: Record<string, unknown>, parents?: readonly string[]): SignedRecord => {
    const action = ACTIONS.find((one) => one.word === word)!
    const full = { reason: '', cut: [], untilMs: null, purge: false, expiresMs: null, uses: 1, key: ann.identity, ...deed } as Deed
    const named = parents ?? kept.room.rights.authority.headsFor(by.identity)
    const fields = { kind: action.kind, room: genesis.id, timeUs: ++timeUs, prev: null, parents: named, auth: [] }
    return createRecord(by, { ...fields, payload: action.write(full) })
  }
  const take = (record: SignedRecord): void => {
    feed(kept, [record], timeUs / 1000)
    assert.ok(kept.stored.has(record.id), `after ${kept.stored.size} records another is taken`)
  }
  for (const { identity } of [...ADMINS, JUDAS]) take(sign(ann, 'promote', { target: identity }))
  const heads = kept.room.authorityHeads
  for (let n = 0; n < MAX_FORKED_RECORDS; n++) take(sign(JUDAS, 'policy', { settings: new Map([['topic', String(n)]]) }, heads))
  take(sign(ann, 'demote', { target: JUDAS.identity }))
  const begun = kept.stored.size
  for (let [day, n, gone] = [0, 0, 0]; day < days; day++) {
    timeUs = TIME_US + (day + 1) * DAY_US
    for (let at = 0; at < leaving; at++) {
      const who = PEOPLE[gone++ % PEOPLE.length]!
      feed(kept, [sign(who, 'leave', {}, [genesis.id])], timeUs / 1000)
    }
    for (let at = 0; at < actsADay; at++, n++) {
      const settings = new Map([['topic', `day ${day}`]])
      take(sign([ann, ...ADMINS][n % 4]!, WORDS[n % WORDS.length]!, { target: PEOPLE[(n >> 3) % PEOPLE.length]!.identity, settings }))
    }
  }
  assert.equal(kept.stored.size, begun + days * actsADay, 'who comes and goes leaves nothing behind')
  join(kept, genesis, timeUs / 1000)
}

/** Somebody joins now, and both say something. */
function join(kept: Kept, genesis: SignedRecord, nowMs: number): void {
  const joiner = open(genesis, PEOPLE[0]!)
  const all = [...kept.stored.values()]
  const size = all.reduce((sum, { bytes }) => sum + bytes.length, 0)
  for (let from = 0; from < all.length;) {
    let [to, bytes] = [from, 0]
    while (to < all.length && bytes < RECORD_BATCH_BYTES) bytes += all[to++]!.bytes.length
    feed(joiner, all.slice(from, Math.max(to, from + 2)), nowMs)
    from = to
  }
  assert.equal(stateHash(joiner.room.state), stateHash(kept.room.state), 'who joins finds the same')
  assert.ok(size < all.length * 320, `it is given ${Math.round(size / all.length)} bytes a record`)
  for (const { room } of [kept, joiner]) {
    const said = linePayload({ nick: 'x', text: 'still here', replyTo: null })
    assert.equal(room.handle({ type: 'post', kind: KIND.say, payload: said }, nowMs + 60_000)[0]?.type, 'persist')
  }
}
