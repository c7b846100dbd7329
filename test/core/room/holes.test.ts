/** What lies before a cut, while some of it is missing here, late, or was refused. */
import assert from 'node:assert/strict'
import { ban } from '../../../src/core/authority/actions/ban.ts'
import type { BanPayload } from '../../../src/core/authority/actions/ban.ts'
import { close } from '../../../src/core/authority/actions/close.ts'
import { DEFAULT_RATE } from '../../../src/core/authority/messages.ts'
import type { SignedRecord } from '../../../src/core/record/record.ts'
import type { ActInput, RoomEffect } from '../../../src/core/room/effects.ts'
import { createRoom } from '../../../src/core/room/room.ts'
import type { Room, RoomReader } from '../../../src/core/room/room.ts'
import { ann, bob, genesis, line, TIME_US } from '../record/samples.ts'

interface Opened {
  readonly room: Room
  readonly stored: Map<string, SignedRecord>
  readonly lines: string[]
  nowMs: number
  take(effects: RoomEffect[]): RoomEffect[]
  gossip(...records: SignedRecord[]): void
  act(input: ActInput): SignedRecord
}

function open(signer = ann): Opened {
  const stored = new Map<string, SignedRecord>()
  const reader: RoomReader = {
    vouched: () => false,
    has: (id) => stored.has(id),
    message: (id) => (stored.get(id)?.graph === 'message' ? stored.get(id) : undefined),
    messagesBy: (author, fromUs, toUs) => [...stored.values()].filter((record) => {
      return record.author === author && record.graph === 'message' && record.timeUs >= fromUs && record.timeUs < toUs
    }),
    name: (identity) => identity.slice(0, 4)
  }
  const room = createRoom({ genesis, authority: [genesis], saved: new Uint8Array(0), lastOwn: null }, signer, reader)
  const opened: Opened = {
    room,
    stored,
    lines: [],
    nowMs: TIME_US / 1000 + 60_000,
    take(effects) {
      for (const effect of effects) {
        if (effect.type === 'persist') stored.set(effect.record.id, effect.record)
        if (effect.type === 'discard') stored.delete(effect.record.id)
        if (effect.type === 'line') opened.lines.push(effect.record.id)
      }
      room.handle({ type: 'written', ids: [...stored.keys()] }, opened.nowMs)
      return effects
    },
    gossip(...records) {
      for (const record of records) opened.take(room.handle({ type: 'gossip', bytes: record.bytes }, opened.nowMs))
    },
    act(input) {
      const [persist] = opened.take(room.handle(input, opened.nowMs))
      assert.ok(persist?.type === 'persist')
      return persist.record
    }
  }
  return opened
}

function chain(count: number, fromUs: number, stepUs: number): SignedRecord[] {
  const records: SignedRecord[] = []
  for (let at = 0; at < count; at++) {
    const last = records.at(-1)?.id
    records.push(line(bob, `${at}`, { timeUs: fromUs + at * stepUs, parents: last === undefined ? [] : [last], prev: last ?? null }))
  }
  return records
}

const visible = ({ room }: Opened, records: readonly SignedRecord[]): boolean[] => records.map((record) => room.rights.visibility(record) === 'shown')

describe('what lies before a cut', () => {
  it('is shown and told as soon as all of it is here, whatever came first', () => {
    const [one, other] = [open(ann), open(bob)]
    const said = chain(4, TIME_US + 1_000, 1_000_000)
    one.gossip(...said)
    const deed: BanPayload = { target: bob.identity, untilMs: null, purge: false, reason: '', cut: [] }
    const banned = one.act({ type: 'act', action: ban, deed })
    other.gossip(banned, ...said.slice(0, 3))
    assert.deepEqual(other.lines, [])
    other.take(other.room.handle({ type: 'tick' }, other.nowMs += 250))
    const asked = other.room.handle({ type: 'tick' }, other.nowMs += 500)
    assert.deepEqual(asked.find((effect) => effect.type === 'fetch'), { type: 'fetch', ids: [said[3]!.id] }, 'what the ban had seen is asked for')
    other.gossip(said[3]!)
    other.take(other.room.handle({ type: 'tick' }, other.nowMs += 250))
    assert.deepEqual(new Set(other.lines), new Set(said.map(({ id }) => id)))
    assert.deepEqual(visible(other, said), [true, true, true, true])
    assert.equal(other.room.restless, false)
  })

  it('is not put in doubt by what was refused here for being too much, and shown elsewhere before it was displaced', () => {
    const [one, other] = [open(ann), open(bob)]
    const old = chain(3, TIME_US + 1_000, 1_000_000)
    const windowUs = (Math.floor(TIME_US / 10_000_000) + 2) * 10_000_000
    const filled = chain(DEFAULT_RATE.count, windowUs, 1)
    const link = line(bob, 'too much', { timeUs: windowUs + 1_000, parents: [old[2]!.id, filled.at(-1)!.id] })
    const next = line(bob, 'upon it', { timeUs: windowUs + 10_000_000, parents: [link.id] })
    one.gossip(...old, link, ...filled.slice(0, -1), next, filled.at(-1)!)
    assert.ok(one.stored.has(link.id), 'something names it')
    other.gossip(...old, ...filled, link, next)
    assert.deepEqual([...one.room.graph.heads.keys()], [next.id])
    assert.ok(!other.stored.has(link.id), 'refused')
    const deed = { reason: '', cut: [] }
    const closed = one.act({ type: 'act', action: close, deed })
    other.gossip(closed)
    const all = [...old, ...filled, next]
    assert.ok(visible(one, all).every(Boolean))
    assert.ok(!visible(other, all).every(Boolean), 'in doubt')
    assert.ok(!other.room.knows(link.id), 'and so it is wanted after all')
    other.take(other.room.handle({ type: 'sync', records: [link.bytes] }, other.nowMs))
    other.take(other.room.handle({ type: 'tick' }, other.nowMs))
    assert.ok(visible(other, all).every(Boolean))
    assert.deepEqual(visible(other, [link]), [false])
    assert.ok(!other.lines.includes(link.id))
  })

  it('is found without what was displaced and is gone: what that alone named is named again', () => {
    const [one, other] = [open(ann), open(bob)]
    const old = chain(3, TIME_US + 1_000, 1_000_000)
    const windowUs = (Math.floor(TIME_US / 10_000_000) + 2) * 10_000_000
    const filled = chain(DEFAULT_RATE.count, windowUs, 1)
    const link = line(bob, 'too much', { timeUs: windowUs + 1_000, parents: [old[2]!.id] })
    one.gossip(...old, link, ...filled)
    other.gossip(...old, ...filled)
    assert.ok(!one.stored.has(link.id))
    assert.deepEqual(new Set(one.room.graph.heads.keys()), new Set([old[2]!.id, filled.at(-1)!.id]))
    const deed = { reason: '', cut: [] }
    other.gossip(one.act({ type: 'act', action: close, deed }))
    assert.ok(visible(other, [...old, ...filled]).every(Boolean))
  })
})
