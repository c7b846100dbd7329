/** What a room takes in, and how much of it. Whether standing is right is for the properties; here are the bounds, and what is told. */
import assert from 'node:assert/strict'
import type { Deed } from '../../../src/core/authority/actions/action.ts'
import { ACTIONS } from '../../../src/core/authority/actions/index.ts'
import { Authority } from '../../../src/core/authority/authority.ts'
import { QUOTAS } from '../../../src/core/authority/quotas.ts'
import { stateHash } from '../../../src/core/authority/state.ts'
import type { Access } from '../../../src/core/record/fields.ts'
import { createSigner } from '../../../src/core/record/keys.ts'
import type { Signer } from '../../../src/core/record/keys.ts'
import { KIND } from '../../../src/core/record/kinds.ts'
import {
  MAX_ADMIN_ACTS, MAX_FORKED_RECORDS, MAX_OWNER_ACTS, MAX_UNNAMED_ADMISSIONS, OWNER_RESERVE, QUOTA_WINDOW_MS
} from '../../../src/core/record/limits.ts'
import { genesisPayload } from '../../../src/core/record/payloads.ts'
import { createRecord } from '../../../src/core/record/record.ts'
import type { SignedRecord } from '../../../src/core/record/record.ts'
import { ann, bob, filled, TIME_US } from '../record/samples.ts'
import { commitmentOf } from './details.ts'

const UNKNOWN = 127

class Room {
  readonly authority: Authority
  readonly #genesis: SignedRecord
  #count = 0

  constructor(access: Access = 'open', quotas = QUOTAS) {
    const payload = genesisPayload({ name: 'lobby', access, topic: '', commitment: commitmentOf(0), nonce: filled(9, 16) })
    this.#genesis = createRecord(ann, { kind: KIND.genesis, room: null, timeUs: TIME_US, prev: null, parents: [], auth: [], payload })
    this.authority = new Authority(this.#genesis, quotas)
  }

  get genesis(): SignedRecord {
    return this.#genesis
  }

  /** @param parents what is newest here, unless they are named */
  sign(
    by: Signer, word: string, deed: Record<string, unknown> = {}, parents: readonly string[] = this.authority.heads,
    timeUs = TIME_US + ++this.#count
  ): SignedRecord {
    const action = ACTIONS.find((one) => one.word === word)
    const full = { reason: '', cut: [], untilMs: null, purge: false, invited: null, ...deed } as Deed
    const payload = action === undefined ? [this.#count] : action.write(full)
    return createRecord(by, { kind: action?.kind ?? UNKNOWN, room: this.#genesis.id, timeUs, prev: null, parents, auth: [], payload })
  }

  /** So many, each upon the one before; not taken in. */
  chain(count: number, one: (n: number) => [by: Signer, word: string, deed?: Record<string, unknown>]): SignedRecord[] {
    const records: SignedRecord[] = []
    for (let n = 0; n < count; n++) {
      const [by, word, deed] = one(n)
      records.push(this.sign(by, word, deed, n === 0 ? this.authority.heads : [records.at(-1)!.id]))
    }
    return records
  }
}

/** Numbers from 1 on are people. */
const signerOf = (n: number): Signer => createSigner(Uint8Array.from({ length: 32 }, (_, at) => (at < 4 ? n >> (8 * at) : 0) & 255))
const somebody = (n: number): { target: string } => ({ target: signerOf(n).identity })

describe('what a room takes in', () => {
  it('nothing of what nobody had a right to sign, whatever there is of it, and nothing upon it', () => {
    const room = new Room()
    const before = stateHash(room.authority.state)
    const settings = new Map([['topic', 'x']])
    const words = ['kick', 'promote', 'close', 'transfer', 'policy']
    const records = room.chain(2_000, (n) => [bob, words[n % 5]!, { ...somebody(n + 1), settings }])
    const { change, refused } = room.authority.sift(records)
    assert.equal(room.authority.size, 1)
    assert.equal(stateHash(room.authority.state), before)
    assert.deepEqual([change.turned, change.people?.size, change.binds], [[], 0, false])
    assert.deepEqual(refused.map(({ reason }) => reason), ['no-standing', ...records.slice(1).map(() => 'on-refused')])
  })

  it('what is here already is passed over', () => {
    const room = new Room()
    const kick = room.sign(ann, 'kick', { target: bob.identity })
    assert.deepEqual(room.authority.sift([kick, kick, room.genesis]).refused, [])
    assert.equal(room.authority.size, 2)
    assert.ok(!room.authority.hasStanding(room.genesis))
  })

  it('each in turn is judged by all before it', () => {
    const room = new Room()
    const dave = signerOf(4)
    const steps: [Signer, string, Signer, boolean][] = [
      [bob, 'kick', dave, false], [ann, 'promote', bob, true], [bob, 'kick', dave, true], [ann, 'demote', bob, true], [bob, 'kick', dave, false],
      [ann, 'promote', bob, true], [bob, 'kick', dave, true], [dave, 'leave', dave, false], [bob, 'unban', dave, true], [dave, 'leave', dave, true],
      [ann, 'transfer', dave, true], [ann, 'demote', bob, false], [dave, 'demote', bob, true], [bob, 'kick', ann, false]
    ]
    for (const [by, word, { identity }, stands] of steps) {
      const record = room.sign(by, word, { target: identity })
      assert.equal(room.authority.hasStanding(record), stands, `${word} ${steps.findIndex((one) => one[1] === word)}`)
      if (stands) room.authority.add(record)
    }
  })

  it('a record whose parent is missing is the caller\'s bug, and no judgement', () => {
    const room = new Room()
    const orphan = room.sign(ann, 'kick', { target: bob.identity }, ['f'.repeat(64)])
    const { authority } = room
    for (const ask of [() => authority.hasStanding(orphan), () => authority.add(orphan)]) {
      assert.throws(ask, RangeError)
    }
    assert.deepEqual(room.authority.sift([orphan]).refused, [{ record: orphan, reason: 'no-parent' }])
  })

  for (const word of ['leave', 'unknown']) {
    it(`nothing that changes nothing, and nothing upon it: ${word}`, () => {
      const room = new Room()
      const junk = room.sign(bob, word)
      const upon = room.sign(ann, 'promote', { target: bob.identity }, [junk.id])
      const reasons = room.authority.sift([junk, upon]).refused.map(({ reason }) => reason)
      assert.deepEqual(reasons, ['no-weight', 'on-refused'])
      assert.equal(room.authority.size, 1)
    })
  }

  const topic = (n: number): Record<string, unknown> => ({ settings: new Map([['topic', String(n)]]) })
  const reasonsOf = ({ authority }: Room, records: readonly SignedRecord[]): string[] =>
    authority.sift(records).refused.map(({ reason }) => reason)

  it('of an admin so many acts in a week, as the past shows it, and again a week later; others go on', () => {
    const room = new Room()
    room.authority.sift([room.sign(ann, 'promote', { target: bob.identity })])
    const chain = room.chain(MAX_ADMIN_ACTS + 1, (n) => [bob, 'policy', topic(n)])
    assert.deepEqual(reasonsOf(room, chain), ['too-many'])
    assert.deepEqual(reasonsOf(room, [room.sign(bob, 'ban', somebody(3))]), ['too-many'])
    const longAgo = TIME_US - 10 * QUOTA_WINDOW_MS * 1000
    const backdated = room.sign(bob, 'policy', topic(0), room.authority.heads, longAgo)
    assert.deepEqual(reasonsOf(room, [backdated]), ['too-many'], 'a time of its own choice gains nothing')
    for (const word of ['demote', 'ban', 'unban']) {
      assert.deepEqual(reasonsOf(room, [room.sign(ann, word, { target: bob.identity })]), [], word)
    }
    assert.deepEqual(reasonsOf(room, [room.sign(ann, 'promote', { target: bob.identity })]), [])
    assert.deepEqual(reasonsOf(room, [room.sign(bob, 'policy', topic(1))]), ['too-many'], 'promoted again, in the same week')
    const later = TIME_US + QUOTA_WINDOW_MS * 1000 + 1_000_000
    assert.deepEqual(reasonsOf(room, [room.sign(bob, 'policy', topic(2), room.authority.heads, later)]), [])
  })

  it('of the owner more, and beyond that what protects the room', () => {
    const room = new Room()
    assert.deepEqual(reasonsOf(room, room.chain(MAX_OWNER_ACTS, (n) => [ann, 'policy', topic(n)])), [])
    assert.deepEqual(reasonsOf(room, [room.sign(ann, 'policy', topic(0))]), ['too-many'])
    assert.deepEqual(reasonsOf(room, room.chain(OWNER_RESERVE, (n) => [ann, 'ban', somebody(n + 1)])), [])
    for (const word of ['ban', 'transfer', 'close', 'policy']) {
      assert.deepEqual(reasonsOf(room, [room.sign(ann, word, { ...somebody(9999), ...topic(1) })]), ['too-many'], word)
    }
  })

  it('of who forks so many beside each other, and more where something names them', () => {
    const room = new Room()
    const promote = room.sign(ann, 'promote', { target: bob.identity })
    room.authority.sift([promote])
    const forks = Array.from({ length: MAX_FORKED_RECORDS + 2 }, (_, n) => room.sign(bob, 'policy', topic(n), [promote.id]))
    assert.deepEqual(reasonsOf(room, forks), ['no-room', 'no-room'])
    const [one, other] = forks.slice(-2) as [SignedRecord, SignedRecord]
    assert.deepEqual(room.authority.sift([one, other], (record) => record === one).refused, [{ record: other, reason: 'no-room' }])
    assert.deepEqual(reasonsOf(room, [room.sign(bob, 'policy', topic(0), [promote.id])]), ['no-room'], 'nor beside them')
    assert.deepEqual(reasonsOf(room, [room.sign(ann, 'demote', { target: bob.identity }, room.authority.headsFor(ann.identity))]), [])
  })

  it('of one member, and of all, so many admissions in a week; admins let in more', () => {
    const quotas = { ...QUOTAS, memberAdmissions: 60, allMemberAdmissions: 500 }
    const room = new Room('passcode', quotas)
    room.authority.add(room.sign(ann, 'admit', { target: bob.identity }))
    const chain = room.chain(quotas.memberAdmissions + 1, (n) => [bob, 'admit', somebody(n + 1)])
    assert.deepEqual(room.authority.sift(chain).refused, [{ record: chain.at(-1), reason: 'too-many' }])
    const many = quotas.allMemberAdmissions - quotas.memberAdmissions
    const rest = room.chain(many, (n) => [signerOf(1 + Math.floor(n / 50)), 'admit', somebody(n + 5000)])
    assert.deepEqual(room.authority.sift(rest).refused, [])
    assert.deepEqual(reasonsOf(room, [room.sign(signerOf(5001), 'admit', somebody(4000))]), ['too-many'])
    assert.deepEqual(reasonsOf(room, [room.sign(ann, 'admit', somebody(4001))]), [])
    const again = new Map<string, unknown>([['access', 1]])
    assert.deepEqual(reasonsOf(room, [room.sign(ann, 'policy', { settings: again })]), [])
    assert.deepEqual(reasonsOf(room, [room.sign(signerOf(5001), 'admit', somebody(4000))]), [], 'the owner has said anew who comes in')
  }).timeout(20_000)

  it('of admissions that nothing names so many', () => {
    const room = new Room('passcode')
    const hosts = room.chain(3, (n) => [ann, 'admit', somebody(n + 1)])
    room.authority.sift(hosts)
    const beside = Array.from({ length: MAX_UNNAMED_ADMISSIONS + 1 }, (_, n) =>
      room.sign(signerOf(1 + n % 3), 'admit', somebody(n + 10), [hosts.at(-1)!.id]))
    assert.deepEqual(reasonsOf(room, beside), ['no-room'])
    assert.deepEqual(reasonsOf(room, [room.sign(ann, 'admit', somebody(5), room.authority.headsFor(ann.identity))]), [])
  })

  it('a long chain of admissions is judged without end of the stack', () => {
    const room = new Room('passcode')
    const chain = room.chain(5000, (n) => [n === 0 ? ann : signerOf(n), 'admit', somebody(n + 1)])
    assert.deepEqual(room.authority.sift(chain).refused, [])
    const beside = room.sign(signerOf(4000), 'admit', somebody(9999), [chain[4500]!.id])
    assert.ok(room.authority.hasStanding(beside))
    assert.ok(!room.authority.hasStanding(room.sign(signerOf(4600), 'admit', somebody(9999), [chain[4500]!.id])))
  }).timeout(20_000)
})

describe('who speaks freely', () => {
  const free = (...acts: [word: string, deed: Record<string, unknown>][]): boolean[] => {
    const room = new Room()
    for (const [word, deed] of acts) room.authority.add(room.sign(ann, word, deed))
    return [bob, createSigner(filled(3))].map((one) => room.authority.speaksFreely(one.identity))
  }

  it('all, until something is done that might bind them', () => {
    const { target } = { target: bob.identity }
    const setting = (key: string, value: unknown): Record<string, unknown> => ({ settings: new Map([[key, value]]) })
    assert.deepEqual(free(), [true, true])
    assert.deepEqual(free(['kick', { target }]), [false, true])
    assert.deepEqual(free(['mute', { target }]), [false, true])
    assert.deepEqual(free(['ban', { target }], ['unban', { target }]), [false, true])
    assert.deepEqual(free(['policy', setting('slow', 1000)], ['policy', setting('topic', 'tea')], ['promote', { target }]), [true, true])
    assert.deepEqual(free(['policy', setting('announceOnly', false)]), [false, false])
    assert.deepEqual(free(['policy', setting('access', 0)]), [false, false])
    assert.deepEqual(free(['close', {}]), [false, false])
    assert.ok(!new Room('passcode').authority.speaksFreely(ann.identity))
  })
})
