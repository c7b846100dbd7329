/** For each range of kinds that gossip carries, and for what is no record, what a hostile member does with it. */
import { createSigner } from '../../../src/core/record/keys.ts'
import { KIND } from '../../../src/core/record/kinds.ts'
import { presencePayload } from '../../../src/core/record/payloads.ts'
import { createRecord } from '../../../src/core/record/record.ts'
import type { Signer } from '../../../src/core/record/keys.ts'
import type { RecordFields, SignedRecord } from '../../../src/core/record/record.ts'
import { makeEpoch } from '../../../src/core/seal/epoch.ts'
import { strangeIds } from '../liar.ts'
import type { Scene } from '../lobby.ts'
import type { Attack } from './member-attacks.ts'

const nowUs = ({ world }: Scene): number => world.timeline.nowMs * 1000

function presence(scene: Scene, at: number, fields: Partial<RecordFields> = {}): SignedRecord {
  const payload = presencePayload({ nick: `n${at}`, state: at % 2 === 0 ? 'online' : 'offline', missing: 0 })
  return scene.liar.record(scene.room, { kind: KIND.presence, timeUs: nowUs(scene) + at, payload, ...fields })
}

/** Making an identity costs more than to hear of it: each is used four times. */
const others: Signer[] = []

function bySomebodyElse(scene: Scene, at: number): SignedRecord {
  const payload = presencePayload({ nick: `n${at}`, state: 'online', missing: 0 })
  if (at % 1000 < 250) others[at % 250] = createSigner(scene.world.random.bytes(32))
  return createRecord(others[at % 250]!, {
    kind: KIND.presence, room: scene.room, timeUs: nowUs(scene) + at, prev: null, parents: [], auth: [scene.room], payload
  })
}

export const GOSSIP_ATTACKS: Readonly<Record<string, Attack>> = {
  'message': { what: 'lines by one author', strike: (scene, at) => scene.liar.gossip(scene.room, scene.liar.line(scene.room, `line ${at}`)) },
  'message of an unknown kind': {
    what: 'of 2 KiB each',
    strike: (scene, at) => scene.liar.gossip(scene.room, scene.liar.record(scene.room, { kind: 60, payload: [new Uint8Array(2_000), at] }))
  },
  'message too old': {
    what: 'said eleven minutes ago, each another one',
    strike: (scene, at) => scene.liar.gossip(scene.room, scene.liar.line(scene.room, `old ${at}`, { timeUs: nowUs(scene) - 660_000_000 + at }))
  },
  'message with parents that nobody has': {
    what: 'sixteen each',
    strike: (scene, at) => {
      scene.liar.gossip(scene.room, scene.liar.line(scene.room, `gap ${at}`, { parents: strangeIds(scene.world, 16) }))
    }
  },
  'message on authority that nobody has': {
    what: 'eight records each',
    strike: (scene, at) => scene.liar.gossip(scene.room, scene.liar.line(scene.room, `parked ${at}`, { auth: strangeIds(scene.world, 8) }))
  },
  'presence': {
    what: 'by one author, each a microsecond newer, online and offline in turn',
    strike: (scene, at) => scene.liar.gossip(scene.room, presence(scene, at))
  },
  'presence of many': { what: 'by 250 identities, four times each', strike: (scene, at) => scene.liar.gossip(scene.room, bySomebodyElse(scene, at)) },
  'presence with heads that nobody has': {
    what: 'sixteen each',
    strike: (scene, at) => scene.liar.gossip(scene.room, presence(scene, at, { parents: strangeIds(scene.world, 16) }))
  },
  'unknown ephemeral kind': {
    what: 'of 2 KiB each',
    strike: (scene, at) => {
      const payload = [new Uint8Array(2_000), at]
      scene.liar.gossip(scene.room, scene.liar.record(scene.room, { kind: 150, timeUs: nowUs(scene) + at, payload }))
    }
  },
  'unknown ephemeral kind, one record': {
    what: 'sealed anew each time',
    strike: ({ liar, room }) => liar.gossip(room, liar.record(room, { kind: 151, timeUs: 1_767_225_600_000_000, payload: [] }))
  },
  'frame under a key that nobody has': {
    what: 'another key each time',
    strike: (scene) => {
      const { liar, room, world } = scene
      liar.gossip(room, liar.line(room, 'x'), makeEpoch(room, world.random.bytes(32), [room], world.timeline.nowMs))
    }
  },
  'no frame': { what: 'random bytes', strike: ({ liar, room, world }) => liar.frame(room, world.random.bytes(300)) }
}
