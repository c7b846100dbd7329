import assert from 'node:assert/strict'
import fc from 'fast-check'
import { leave } from '../../../src/core/authority/actions/leave.ts'
import { policy } from '../../../src/core/authority/actions/policy.ts'
import { stateHash } from '../../../src/core/authority/state.ts'
import { toHex } from '../../../src/core/record/bytes.ts'
import { KIND } from '../../../src/core/record/kinds.ts'
import { MAX_FUTURE_MS, MAX_GAPS, MAX_PARKED_RECORDS, MAX_PRESENCE_AGE_MS } from '../../../src/core/record/limits.ts'
import { linePayload } from '../../../src/core/record/payloads.ts'
import { createRecord } from '../../../src/core/record/record.ts'
import type { SignedRecord } from '../../../src/core/record/record.ts'
import { createRoom } from '../../../src/core/room/room.ts'
import type { Room, RoomReader } from '../../../src/core/room/room.ts'
import type { RoomEffect } from '../../../src/core/room/effects.ts'
import { ann, bob, filled, genesis, line, presence, TIME_US } from '../record/samples.ts'

const NOW_MS = TIME_US / 1000 + 300_000
const RUNS = Number(process.env['RUNS'] ?? 200)

interface Opened {
  room: Room
  stored: Map<string, SignedRecord>
  take: (effects: RoomEffect[]) => RoomEffect[]
}

/** A room with a store that is a map. */
function open(saved: Uint8Array = new Uint8Array(0), signer = ann): Opened {
  const stored = new Map<string, SignedRecord>()
  const vouched = (id: string, author: string) => [...stored.values()].some((record) => record.prev === id && record.author === author)
  const reader: RoomReader = {
    vouched,
    has: (id) => stored.has(id),
    message: (id) => stored.get(id),
    messagesBy: (author, fromUs, toUs) => [...stored.values()].filter((record) => {
      return record.author === author && record.graph === 'message' && record.timeUs >= fromUs && record.timeUs < toUs
    }),
    name: (identity) => identity.slice(0, 4)
  }
  const room = createRoom({ genesis, authority: [genesis], saved, lastOwn: null }, signer, reader)
  const take = (effects: RoomEffect[]): RoomEffect[] => {
    for (const effect of effects) if (effect.type === 'persist') stored.set(effect.record.id, effect.record)
    room.handle({ type: 'written', ids: [...stored.keys()] }, NOW_MS)
    return effects
  }
  return { room, stored, take }
}

/** A conversation of two with forks, as each spoke without having heard all. */
function conversation(shape: readonly { by: 0 | 1; heard: number }[]): SignedRecord[] {
  const records: SignedRecord[] = []
  const prev: (string | null)[] = [null, null]
  shape.forEach(({ by, heard }, at) => {
    const known = records.slice(0, Math.max(0, at - heard))
    const children = new Set(known.flatMap((record) => record.parents))
    const heads = known.filter((record) => !children.has(record.id)).slice(-4)
    const record = line([ann, bob][by]!, `line ${at}`, { timeUs: TIME_US + 1_000 + at, prev: prev[by]!, parents: heads.map((head) => head.id) })
    prev[by] = record.id
    records.push(record)
  })
  return records
}

const shapes = fc.array(fc.record({ by: fc.constantFrom(0 as const, 1 as const), heard: fc.nat(4) }), { minLength: 1, maxLength: 40 })

describe('a room', () => {
  it('comes to the same state by any order, batching and duplication', () => {
    fc.assert(
      fc.property(shapes, fc.infiniteStream(fc.nat()), fc.boolean(), (shape, numbers, byGossip) => {
        const records = conversation(shape)
        const next = () => numbers.next().value as number
        const reference = feed(records.map((record) => [record]), false)
        const twice = [...records, ...records.filter(() => next() % 3 === 0)]
        const shuffled = twice.map((record) => ({ record, key: next() })).sort((l, r) => l.key - r.key)
        const batches: SignedRecord[][] = []
        for (const { record } of shuffled) {
          if (batches.length === 0 || next() % 3 === 0) batches.push([])
          batches.at(-1)!.push(record)
        }
        assert.deepEqual(feed(batches, byGossip), reference)
      }),
      { numRuns: RUNS }
    )
  })

  it('survives being saved and loaded at any point', () => {
    fc.assert(
      fc.property(shapes, fc.nat(), (shape, at) => {
        const records = conversation(shape).reverse()
        const cut = at % (records.length + 1)
        const before = open()
        for (const record of records.slice(0, cut)) before.take(before.room.handle({ type: 'gossip', bytes: record.bytes }, NOW_MS))
        const after = open(before.room.save())
        for (const [id, record] of before.stored) after.stored.set(id, record)
        for (const record of records.slice(cut)) after.take(after.room.handle({ type: 'gossip', bytes: record.bytes }, NOW_MS))
        assert.deepEqual(digest(after.room, after.stored), feed(records.map((record) => [record]), true))
      }),
      { numRuns: RUNS }
    )
  })

  it('says what it made and shows what others said, once', () => {
    const { room, take } = open()
    const effects = take(room.handle({ type: 'post', kind: KIND.say, payload: linePayload({ nick: 'ann', text: 'hi', replyTo: null }) }, NOW_MS))
    assert.deepEqual(effects.map((effect) => effect.type), ['persist', 'publish', 'line'])
    const record = line(bob, 'hello')
    assert.deepEqual(types(take(room.handle({ type: 'gossip', bytes: record.bytes }, NOW_MS))), ['verdict accept', 'persist', 'line'])
    assert.deepEqual(types(take(room.handle({ type: 'gossip', bytes: record.bytes }, NOW_MS))), ['verdict ignore'])
    assert.deepEqual(take(room.handle({ type: 'sync', records: [record.bytes] }, NOW_MS)), [])
  })

  it('chains what one author says and names all heads', () => {
    const { room, take } = open()
    const first = post(take, room)
    const theirs = line(bob, 'meanwhile', { timeUs: NOW_MS * 1000 + 50 })
    take(room.handle({ type: 'gossip', bytes: theirs.bytes }, NOW_MS))
    const second = post(take, room)
    assert.equal(second.prev, first.id)
    assert.deepEqual(second.parents, [first.id, theirs.id].sort())
    assert.ok(second.timeUs > theirs.timeUs, 'a child is later than its parents, whatever the clock says')
    assert.deepEqual(second.auth, [genesis.id])
  })

  it('speaks behind all that it knows, also when somebody claims to have answered it long ago', () => {
    const { room, take } = open()
    const ahead = line(ann, 'by a clock that is ahead', { timeUs: (NOW_MS + 30_000) * 1000 })
    const backdated = line(bob, 'an answer before the question', { timeUs: 1, parents: [ahead.id] })
    take(room.handle({ type: 'sync', records: [ahead.bytes, backdated.bytes] }, NOW_MS))
    assert.deepEqual([...room.graph.heads.keys()].sort(), [ahead.id, backdated.id].sort(), 'what claims to be older stands behind nothing')
    assert.equal(post(take, room).timeUs, ahead.timeUs + 1)
  })

  it('is not silenced by what it said while its clock was ahead', () => {
    const { room, take } = open()
    const ahead = post(take, room, NOW_MS + 3 * 3_600_000)
    const theirs = line(bob, 'meanwhile', { timeUs: NOW_MS * 1000 })
    take(room.handle({ type: 'gossip', bytes: theirs.bytes }, NOW_MS))
    const now = post(take, room)
    assert.deepEqual(now.parents, [theirs.id])
    assert.equal(now.timeUs, theirs.timeUs + 1)
    const then = post(take, room, NOW_MS + 3 * 3_600_000)
    assert.deepEqual(then.parents, [ahead.id, now.id].sort())
  })

  it('reports a gap after a moment, asks for it, and closes it', () => {
    const { room, take } = open()
    const first = line(bob, 'one')
    const second = line(bob, 'two', { timeUs: TIME_US + 2_000_000, parents: [first.id], prev: first.id })
    assert.ok(types(take(room.handle({ type: 'gossip', bytes: second.bytes }, NOW_MS))).includes('line'), 'it is shown although something is missing')
    assert.deepEqual(room.handle({ type: 'tick' }, NOW_MS), [])
    assert.deepEqual(room.handle({ type: 'tick' }, NOW_MS + 400), [
      { type: 'fetch', ids: [first.id] },
      { type: 'gap', missing: 1 }
    ])
    assert.deepEqual(room.handle({ type: 'tick' }, NOW_MS + 500), [], 'not asked for again at once')
    assert.deepEqual(types(room.handle({ type: 'tick' }, NOW_MS + 3_000)), ['fetch'])
    take(room.handle({ type: 'sync', records: [first.bytes] }, NOW_MS))
    assert.deepEqual(room.handle({ type: 'tick' }, NOW_MS + 3_250), [{ type: 'gap', missing: 0 }])
    assert.equal(room.restless, false)
  })

  it('lists no more gaps than it can keep, and takes what lies behind more all the same', () => {
    const { room, take } = open()
    for (let at = 0; at <= MAX_GAPS / 16 + 1; at++) {
      const parents = Array.from({ length: 16 }, (_, i) => toHex(filled(0, 30)) + (at * 16 + i).toString(16).padStart(4, '0'))
      const effects = take(room.handle({ type: 'gossip', bytes: line(ann, 'x', { timeUs: TIME_US + at, parents }).bytes }, NOW_MS))
      assert.deepEqual(types(effects), ['verdict accept', 'persist', 'line'])
    }
    assert.equal(room.graph.gaps.size, MAX_GAPS)
  })

  it('holds what is from the future until its time has come', () => {
    const { room, take } = open()
    const future = line(bob, 'tomorrow', { timeUs: (NOW_MS + MAX_FUTURE_MS + 5_000) * 1000 })
    assert.deepEqual(types(take(room.handle({ type: 'gossip', bytes: future.bytes }, NOW_MS))), ['verdict ignore'])
    assert.equal(room.restless, true)
    assert.deepEqual(types(take(room.handle({ type: 'tick' }, NOW_MS + 4_000))), [])
    assert.deepEqual(types(take(room.handle({ type: 'tick' }, NOW_MS + 5_001))), ['persist', 'line'])
  })

  it('parks what relies on authority records that are not here, within a bound, and applies it when they come', () => {
    const { room, take } = open()
    const payload = policy.write({ settings: new Map([['topic', 'tea']]), cut: [] })
    const fields = { kind: KIND.policy, room: genesis.id, timeUs: TIME_US + 9, prev: null, parents: [genesis.id], auth: [], payload }
    const grant = createRecord(ann, fields)
    const relying = createRecord(bob, {
      kind: KIND.say, room: genesis.id, timeUs: TIME_US + 10, prev: null, parents: [], auth: [grant.id],
      payload: linePayload({ nick: 'bob', text: 'by right', replyTo: null })
    })
    assert.deepEqual(types(take(room.handle({ type: 'gossip', bytes: relying.bytes }, NOW_MS))), ['verdict ignore'])
    room.handle({ type: 'tick' }, NOW_MS)
    assert.deepEqual(room.handle({ type: 'tick' }, NOW_MS + 400), [{ type: 'fetch', ids: [grant.id] }])
    const effects = take(room.handle({ type: 'sync', records: [grant.bytes] }, NOW_MS))
    assert.deepEqual(types(effects), ['persist', 'rights', 'persist', 'line'])
    assert.deepEqual(room.authorityHeads, [grant.id])
    for (let at = 0; at < MAX_PARKED_RECORDS + 10; at++) {
      const orphan = createRecord(bob, {
        kind: 3, room: genesis.id, timeUs: TIME_US + at, prev: null, parents: [], auth: [toHex(filled(at % 250 + 1))], payload: null
      })
      room.handle({ type: 'gossip', bytes: orphan.bytes }, NOW_MS)
    }
  }).timeout(20_000)

  for (const kind of [KIND.leave, 127]) {
    it(`keeps nothing of kind ${kind}, which changes nothing, and nothing that relies on it, whatever comes first`, () => {
      const { room, take, stored } = open()
      const payload = kind === KIND.leave ? leave.write({ reason: '' }) : 'x'
      const made = { kind, room: genesis.id, timeUs: NOW_MS * 1000, prev: null, parents: [genesis.id], auth: [], payload }
      const junk = createRecord(bob, made)
      const said = linePayload({ nick: 'bob', text: 'by junk', replyTo: null })
      const relying = (timeUs: number): SignedRecord =>
        createRecord(bob, { kind: KIND.say, room: genesis.id, timeUs, prev: null, parents: [], auth: [junk.id], payload: said })
      const deed = policy.write({ settings: new Map([['topic', 'tea']]), cut: [] })
      const fields = { kind: KIND.policy, room: genesis.id, timeUs: TIME_US + 9, prev: null, parents: [junk.id], auth: [], payload: deed }
      const upon = createRecord(ann, fields)
      const hear = (to: Room, { bytes }: SignedRecord): string[] => types(to.handle({ type: 'gossip', bytes }, NOW_MS))
      for (const record of [relying(NOW_MS * 1000), upon]) assert.deepEqual(hear(room, record), ['verdict ignore'])
      assert.deepEqual(take(room.handle({ type: 'sync', records: [junk.bytes] }, NOW_MS)), [], 'nobody is blamed for it')
      assert.equal(room.restless, false, 'what waited for it waits no more')
      for (const record of [junk, upon]) assert.ok(room.knows(record.id), 'it is not asked for again')
      assert.deepEqual(hear(room, relying(NOW_MS * 1000 + 1)), ['verdict reject', 'misbehaviour'])
      const told = open()
      const fresh = ['verdict accept', ...(kind === KIND.leave ? ['left'] : [])]
      assert.deepEqual(hear(told.room, junk), fresh, 'passed on while it is fresh')
      assert.deepEqual(hear(told.room, junk), ['verdict ignore'], 'and once')
      for (const one of [room, told.room]) assert.deepEqual(one.authorityHeads, [genesis.id])
      assert.deepEqual([...stored.keys(), ...told.stored.keys()], [])
    })
  }

  it('rejects what no honest node sends', () => {
    const { room } = open()
    const other = createRecord(bob, {
      kind: KIND.say, room: toHex(filled(9)), timeUs: TIME_US, prev: null, parents: [], auth: [genesis.id],
      payload: linePayload({ nick: 'bob', text: 'wrong room', replyTo: null })
    })
    const forged = Uint8Array.from(line(bob, 'forged').bytes)
    forged[forged.length - 1]! ^= 1
    for (const bytes of [other.bytes, forged, filled(0, 50)]) assert.deepEqual(types(room.handle({ type: 'gossip', bytes }, NOW_MS)), ['verdict reject'])
    const faults = room.handle({ type: 'sync', records: [other.bytes, forged, filled(0, 50)] }, NOW_MS)
    assert.deepEqual(types(faults), ['misbehaviour', 'misbehaviour'], 'a spoilt signature may be passed on in good faith')
    assert.equal(room.knows(line(bob, 'forged').id), false)
  })

  it('tells of presence while it is fresh, once, and stores nothing of it', () => {
    const { room } = open()
    const saidMs = TIME_US / 1000
    const hear = (nowMs: number) => types(room.handle({ type: 'gossip', bytes: presence.bytes }, nowMs))
    assert.deepEqual(hear(saidMs + MAX_PRESENCE_AGE_MS + 1), ['verdict ignore'], 'too old')
    assert.deepEqual(hear(saidMs - MAX_FUTURE_MS - 1), ['verdict ignore'], 'from the future')
    assert.deepEqual(hear(saidMs + 1_000), ['verdict accept', 'presence'])
    assert.deepEqual(hear(saidMs + 2_000), ['verdict ignore'], 'replayed')
  })
})

describe('a batch', () => {
  it('needs one signature for a chain, and takes nothing that is not vouched for', () => {
    const first = line(bob, 'one')
    const second = line(bob, 'two', { timeUs: TIME_US + 2_000_000, prev: first.id })
    const third = line(bob, 'three', { timeUs: TIME_US + 3_000_000, prev: second.id })
    const unsigned = (record: SignedRecord) => {
      const bytes = Uint8Array.from(record.bytes)
      bytes.fill(0, bytes.length - 64)
      return bytes
    }
    const chain = open()
    const effects = chain.take(chain.room.handle({ type: 'sync', records: [unsigned(first), unsigned(second), third.bytes] }, NOW_MS))
    const persisted = effects.flatMap((effect) => (effect.type === 'persist' ? [[effect.record.id, effect.verified]] : []))
    assert.deepEqual(persisted, [[first.id, false], [second.id, false], [third.id, true]])
    const headless = open()
    assert.deepEqual(headless.room.handle({ type: 'sync', records: [unsigned(first), unsigned(second)] }, NOW_MS), [])
    assert.equal(headless.room.knows(second.id), false)
    const later = open()
    later.take(later.room.handle({ type: 'sync', records: [third.bytes] }, NOW_MS))
    assert.deepEqual(types(later.room.handle({ type: 'sync', records: [unsigned(second)] }, NOW_MS)), ['persist', 'line'], 'vouched for by what is stored')
  })

  it('vouches whoever else names the same record', () => {
    const first = line(bob, 'one')
    const second = line(bob, 'two', { timeUs: TIME_US + 3_000_000, prev: first.id })
    const meddling = line(ann, 'not hers', { timeUs: TIME_US + 2_000_000, prev: first.id })
    const bytes = Uint8Array.from(first.bytes)
    bytes.fill(0, bytes.length - 64)
    const { room } = open()
    assert.equal(types(room.handle({ type: 'sync', records: [bytes, second.bytes, meddling.bytes] }, NOW_MS)).filter((type) => type === 'persist').length, 3)
  })

  it('of another author vouches for nothing', () => {
    const first = line(ann, 'one')
    const second = line(bob, 'two', { timeUs: TIME_US + 2_000_000, prev: first.id })
    const bytes = Uint8Array.from(first.bytes)
    bytes.fill(0, bytes.length - 64)
    const { room } = open()
    assert.deepEqual(types(room.handle({ type: 'sync', records: [bytes, second.bytes] }, NOW_MS)), ['persist', 'line'])
    assert.equal(room.knows(first.id), false)
  })
})

function post(take: Opened['take'], room: Room, nowMs = NOW_MS): SignedRecord {
  const effects = take(room.handle({ type: 'post', kind: KIND.say, payload: linePayload({ nick: 'ann', text: 'hi', replyTo: null }) }, nowMs))
  const made = effects.find((effect) => effect.type === 'publish')
  assert.ok(made?.type === 'publish')
  return made.record
}

function feed(batches: readonly SignedRecord[][], byGossip: boolean): object {
  const { room, stored, take } = open()
  for (const batch of batches) {
    if (byGossip) for (const record of batch) take(room.handle({ type: 'gossip', bytes: record.bytes }, NOW_MS))
    else take(room.handle({ type: 'sync', records: batch.map((record) => record.bytes) }, NOW_MS))
  }
  return digest(room, stored)
}

function digest(room: Room, stored: Map<string, SignedRecord>): object {
  return {
    state: stateHash(room.state),
    records: [...stored.keys()].sort(),
    heads: [...room.graph.heads].sort(),
    gaps: [...room.graph.gaps].sort(),
    authority: room.authorityHeads
  }
}

function types(effects: readonly RoomEffect[]): string[] {
  return effects.map((effect) => (effect.type === 'verdict' ? `verdict ${effect.verdict}` : effect.type))
}
