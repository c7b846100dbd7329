/**
 * No message makes an honest node send or write much more than the message itself had, and none does so without end: for every type of message one hostile
 * peer sends some thousand within a minute, and what the node under attack does is counted. The figures stand in docs/SECURITY.md.
 */
import assert from 'node:assert/strict'
import { MEMBER_MESSAGE_TYPES } from '../../../src/core/room/member-protocol.ts'
import { lobby } from '../lobby.ts'
import { GOSSIP_ATTACKS } from './gossip-attacks.ts'
import { MEMBER_ATTACKS } from './member-attacks.ts'
import type { Attack } from './member-attacks.ts'
import { meter } from './meter.ts'
import type { Figures } from './meter.ts'
import { note } from './table.ts'

const STRIKES = 1_000
const EVERY_MS = 60_000 / STRIKES
/** What comes out for each byte that goes in. */
const MOST = 4
/** What three idle nodes say to each other meanwhile. */
const IDLE_BYTES = 16 * 1024
/** And within a minute, whatever goes in: bytes to all peers, and operations on the disk. */
const MOST_BYTES = 1536 * 1024
const MOST_OPS = 2_048

async function suffer(attack: Attack, seed: number): Promise<Figures> {
  const scene = await lobby(seed, ['ann', 'bob', 'cat'])
  await attack.prepare?.(scene)
  const read = meter(scene, scene.nodes[0]!)
  for (let at = 0; at < STRIKES; at++) {
    attack.strike(scene, at)
    await scene.world.run(EVERY_MS)
  }
  return read()
}

function check(name: string, { what }: Attack, figures: Figures): void {
  note(name, what, figures)
  const { bytesIn, toSender, toOthers, ops, diskBytes } = figures
  const out = toSender + toOthers
  assert.ok(bytesIn > 0)
  assert.ok(out <= MOST * bytesIn + IDLE_BYTES, `${out} bytes out for ${bytesIn} in`)
  assert.ok(diskBytes <= MOST * bytesIn + IDLE_BYTES, `${diskBytes} bytes written for ${bytesIn} in`)
  assert.ok(out <= MOST_BYTES, `${out} bytes out in a minute`)
  assert.ok(ops <= MOST_OPS, `${ops} operations in a minute`)
}

describe('what a hostile member can have a node do, by message of the member stream', () => {
  it('is known for every type', () => {
    assert.deepEqual(Object.keys(MEMBER_ATTACKS).sort(), [...MEMBER_MESSAGE_TYPES].sort())
  })

  for (const [at, [name, attack]] of Object.entries(MEMBER_ATTACKS).entries()) {
    it(`${name}: ${attack.what}`, async () => check(name, attack, await suffer(attack, 6_000 + at))).timeout(30_000)
  }
})

describe('what a hostile member can have a node do, by gossip', () => {
  for (const [at, [name, attack]] of Object.entries(GOSSIP_ATTACKS).entries()) {
    it(`${name}: ${attack.what}`, async () => check(name, attack, await suffer(attack, 6_100 + at))).timeout(30_000)
  }
})
