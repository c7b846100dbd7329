/** What is passed over for want of room is not asked for, and is taken once something names it. */
import assert from 'node:assert/strict'
import { policy } from '../../../src/core/authority/actions/policy.ts'
import { promote } from '../../../src/core/authority/actions/promote.ts'
import { QUOTAS } from '../../../src/core/authority/quotas.ts'
import type { Value } from '../../../src/core/record/codec.ts'
import type { Signer } from '../../../src/core/record/keys.ts'
import { createSigner } from '../../../src/core/record/keys.ts'
import { KIND } from '../../../src/core/record/kinds.ts'
import { linePayload } from '../../../src/core/record/payloads.ts'
import { createRecord } from '../../../src/core/record/record.ts'
import type { SignedRecord } from '../../../src/core/record/record.ts'
import { createRoom } from '../../../src/core/room/room.ts'
import type { Room } from '../../../src/core/room/room.ts'
import { ann, bob, filled, genesis, TIME_US } from '../record/samples.ts'

const NOW_MS = TIME_US / 1000 + 300_000
const cat = createSigner(filled(3))

function scene(): { room: Room; stored: Set<string>; give: (...records: SignedRecord[]) => void; forks: SignedRecord[] } {
  const stored = new Set<string>()
  const init = { genesis, authority: [genesis], saved: new Uint8Array(0), lastOwn: null, quotas: { ...QUOTAS, forked: 1 } }
  const room = createRoom(init, ann, {
    vouched: () => false, has: (id) => stored.has(id), message: () => undefined, messagesBy: () => [], name: (identity) => identity
  })
  const give = (...records: SignedRecord[]): void => {
    const effects = room.handle({ type: 'sync', records: records.map(({ bytes }) => bytes) }, NOW_MS)
    for (const effect of effects) if (effect.type === 'persist') stored.add(effect.record.id)
  }
  const grant = act(ann, promote.kind, promote.write({ target: bob.identity }), [genesis.id])
  const forks = [1, 2, 3].map((n) => act(bob, policy.kind, policy.write({ settings: new Map([['topic', String(n)]]), cut: [] }), [grant.id], n))
  give(grant, ...forks)
  assert.deepEqual(forks.map(({ id }) => stored.has(id)), [true, false, false])
  for (const { id } of forks) assert.ok(room.knows(id), 'it is not asked for')
  return { room, stored, give, forks }
}

function act(by: Signer, kind: number, payload: Value, parents: readonly string[], n = 0): SignedRecord {
  return createRecord(by, { kind, room: genesis.id, timeUs: TIME_US + n, prev: null, parents, auth: [], payload })
}

function say(by: Signer, auth: readonly string[]): SignedRecord {
  const payload = linePayload({ nick: 'x', text: 'hi', replyTo: null })
  return createRecord(by, { kind: KIND.say, room: genesis.id, timeUs: NOW_MS * 1000, prev: null, parents: [], auth, payload })
}

describe('what is passed over', () => {
  it('is taken once a message of somebody else names it, and no other is', () => {
    const { room, stored, give, forks } = scene()
    const message = say(cat, [forks[2]!.id])
    give(message)
    assert.ok(!stored.has(message.id) && !room.knows(forks[2]!.id) && room.knows(forks[1]!.id), 'it is asked for now')
    give(forks[1]!, forks[2]!)
    assert.deepEqual([...forks, message].map(({ id }) => stored.has(id)), [true, false, true, true])
  })

  it('is not taken because its author names it', () => {
    const { stored, give, forks } = scene()
    give(say(bob, [forks[1]!.id]))
    give(forks[1]!)
    assert.ok(!stored.has(forks[1]!.id))
  })

  it('is taken once a key names it', () => {
    const { room, stored, give, forks } = scene()
    room.expect([forks[1]!.id])
    assert.ok(!room.knows(forks[1]!.id))
    give(forks[1]!, forks[2]!)
    assert.deepEqual(forks.map(({ id }) => stored.has(id)), [true, true, false])
  })
})
