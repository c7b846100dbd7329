/** Presence from more identities than a room remembers. */
import assert from 'node:assert/strict'
import { createSigner } from '../../src/core/record/keys.ts'
import { KIND } from '../../src/core/record/kinds.ts'
import { MAX_MEMBERS, MAX_PRESENCE_AGE_MS } from '../../src/core/record/limits.ts'
import { createRecord } from '../../src/core/record/record.ts'
import type { SignedRecord } from '../../src/core/record/record.ts'
import { createRoom } from '../../src/core/room/room.ts'
import { ann, genesis, presence, TIME_US } from '../core/record/samples.ts'

describe('presence of more people than are kept', () => {
  it('leaves out newcomers rather than let what others said be said again', () => {
    const none = { has: () => false, vouched: () => false, message: () => undefined, messagesBy: () => [] }
    const reader = { ...none, name: (identity: string) => identity }
    const room = createRoom({ genesis, authority: [genesis], saved: new Uint8Array(0), lastOwn: null }, ann, reader)
    const saidMs = TIME_US / 1000
    const hear = (record: SignedRecord, nowMs: number): string =>
      room.handle({ type: 'gossip', bytes: record.bytes }, nowMs).map((effect) => effect.type).join()
    const by = (seed: number, timeUs: number) => {
      const seedBytes = new Uint8Array(32)
      new DataView(seedBytes.buffer).setUint32(0, seed)
      return createRecord(createSigner(seedBytes), {
        kind: KIND.presence, room: genesis.id, timeUs, prev: null, parents: [], auth: [genesis.id], payload: ['nick', 0, 0]
      })
    }
    assert.equal(hear(presence, saidMs), 'verdict,presence')
    let accepted = 0
    for (let at = 0; at < MAX_MEMBERS + 10; at++) if (hear(by(at, TIME_US + 1), saidMs).includes('presence')) accepted++
    assert.equal(accepted, MAX_MEMBERS - 1)
    assert.equal(hear(presence, saidMs), 'verdict', 'not said again')
    const later = by(1_000_000, TIME_US + MAX_PRESENCE_AGE_MS * 1000)
    assert.equal(hear(later, saidMs + MAX_PRESENCE_AGE_MS + 1), 'verdict,presence', 'those whose time is over give way')
  }).timeout(20_000)
})
