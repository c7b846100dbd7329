/** The fixed keys, times and rooms from which the golden vectors are made. */
import { createSigner } from '../../../src/core/record/keys.ts'
import type { Signer } from '../../../src/core/record/keys.ts'
import { KIND } from '../../../src/core/record/kinds.ts'
import { genesisPayload, linePayload, presencePayload } from '../../../src/core/record/payloads.ts'
import { createRecord } from '../../../src/core/record/record.ts'
import type { SignedRecord } from '../../../src/core/record/record.ts'
import { reclaimCommitment } from '../../../src/core/authority/reclaim-token.ts'

export const filled = (byte: number, length = 32): Uint8Array => new Uint8Array(length).fill(byte)
export const ann: Signer = createSigner(filled(1))
export const bob: Signer = createSigner(filled(2))
export const TIME_US = 1_767_225_600_000_000

export const genesis: SignedRecord = createRecord(ann, {
  kind: KIND.genesis,
  room: null,
  timeUs: TIME_US,
  prev: null,
  parents: [],
  auth: [],
  payload: genesisPayload({ name: 'lobby', access: 'open', topic: 'tea', commitment: reclaimCommitment(filled(7)), nonce: filled(9, 16) })
})

interface LineInit {
  timeUs?: number
  prev?: string | null
  parents?: string[]
  kind?: number
}

export function line(signer: Signer, text: string, init: LineInit = {}): SignedRecord {
  return createRecord(signer, {
    kind: init.kind ?? KIND.say,
    room: genesis.id,
    timeUs: init.timeUs ?? TIME_US + 1_000_000,
    prev: init.prev ?? null,
    parents: init.parents ?? [],
    auth: [genesis.id],
    payload: linePayload({ nick: signer === ann ? 'ann' : 'bob', text, replyTo: null })
  })
}

export const presence: SignedRecord = createRecord(bob, {
  kind: KIND.presence,
  room: genesis.id,
  timeUs: TIME_US,
  prev: null,
  parents: [],
  auth: [genesis.id],
  payload: presencePayload({ nick: 'bob', state: 'online', missing: 0 })
})
