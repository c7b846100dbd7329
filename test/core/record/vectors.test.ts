/** The wire format as bytes. A vector that changes means a new version of the format, not a new vector. UPDATE_VECTORS=1 writes the file anew. */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { formatReclaimToken, parseReclaimToken, reclaimCommitment } from '../../../src/core/authority/reclaim-token.ts'
import { stateHash, stateOf } from '../../../src/core/authority/state.ts'
import { fromHex, toHex } from '../../../src/core/record/bytes.ts'
import { encode } from '../../../src/core/record/codec.ts'
import { fingerprint, x25519PublicKey } from '../../../src/core/record/keys.ts'
import { KIND } from '../../../src/core/record/kinds.ts'
import { createRecord, decodeRecord, verifyRecord } from '../../../src/core/record/record.ts'
import { roomSuffix } from '../../../src/core/room/naming.ts'
import { encodeMemberMessage } from '../../../src/core/room/member-protocol.ts'
import { makeBinding, readBinding } from '../../../src/core/seal/binding.ts'
import { epochValue, makeEpoch } from '../../../src/core/seal/epoch.ts'
import { frameKey, openFrame, readFrame, sealFrame } from '../../../src/core/seal/frame.ts'
import { idHash, nameHash, roomProof, topicOf } from '../../../src/core/seal/topic.ts'
import { ann, bob, filled, genesis, line, presence, TIME_US } from './samples.ts'

const FILE = new URL('vectors.json', import.meta.url)

const first = line(ann, 'hello')
const second = line(bob, 'ça va? 👩🏽‍💻', { timeUs: TIME_US + 2_000_000, parents: [first.id], kind: KIND.action })
const unknown = createRecord(bob, { kind: 127, room: genesis.id, timeUs: TIME_US + 5, prev: null, parents: [genesis.id], auth: [], payload: ['future', 1] })
const epoch = makeEpoch(genesis.id, filled(3), [genesis.id], 1_767_225_600_000)
const binding = makeBinding(ann, { peerId: '12D3KooWtest', device: 'laptop', prekey: x25519PublicKey(filled(4)), timeMs: 1_767_225_600_000 })

function made(): Record<string, unknown> {
  const wire = (record: { id: string; bytes: Uint8Array }) => ({ id: record.id, bytes: toHex(record.bytes) })
  return {
    identity: { seed: toHex(filled(1)), publicKey: ann.identity, fingerprint: fingerprint(ann.identity) },
    records: { genesis: wire(genesis), say: wire(first), action: wire(second), unknownAuthority: wire(unknown), presence: wire(presence) },
    room: {
      topic: topicOf(genesis.id),
      suffix: roomSuffix(genesis.id),
      proof: roomProof(genesis.id, 'alpha', 'beta'),
      idHash: idHash(genesis.id),
      nameHash: nameHash('lobby'),
      nameHashUnicode: nameHash('café ☕ room'),
      stateHash: stateHash(stateOf(genesis))
    },
    epoch: { id: epoch.id, value: toHex(encode(epochValue(epoch))) },
    frame: { nonce: toHex(filled(5, 12)), bytes: toHex(sealFrame(frameKey(genesis.id, epoch), filled(5, 12), first.bytes)) },
    binding: toHex(binding.bytes),
    reclaim: { secret: toHex(filled(7)), token: formatReclaimToken(filled(7)), commitment: toHex(reclaimCommitment(filled(7))) },
    memberMessages: {
      hello: toHex(encodeMemberMessage({ type: 'hello', binding: binding.bytes, nick: 'ann', addresses: ['/ip4/192.0.2.1/tcp/4001'], nowMs: 5 })),
      peers: toHex(encodeMemberMessage({ type: 'peers', room: toHex(filled(1)), peers: [{ peerId: '12D3', addresses: ['/ip4/192.0.2.1/tcp/4001'] }] })),
      rooms: toHex(encodeMemberMessage({ type: 'rooms', proofs: [toHex(filled(1)), toHex(filled(2))] })),
      want: toHex(encodeMemberMessage({ type: 'want', room: toHex(filled(1)), ids: [first.id] })),
      found: toHex(encodeMemberMessage({ type: 'found', name: nameHash('lobby'), candidates: [{ genesis: genesis.bytes, established: true }] }))
    }
  }
}

describe('golden vectors', () => {
  if (process.env['UPDATE_VECTORS'] === '1') writeFileSync(FILE, `${JSON.stringify(made(), undefined, 2)}\n`)
  const golden = JSON.parse(readFileSync(FILE, 'utf8')) as Record<string, unknown>

  for (const [name, expected] of Object.entries(golden)) {
    it(name, () => assert.deepEqual(made()[name], expected))
  }

  it('are read back', () => {
    const records = golden['records'] as Record<string, { id: string; bytes: string }>
    for (const { id, bytes } of Object.values(records)) {
      const record = decodeRecord(fromHex(bytes))
      assert.ok(record.ok)
      assert.equal(record.value.id, id)
      assert.ok(verifyRecord(record.value))
      assert.equal(toHex(record.value.bytes), bytes)
    }
    const frame = readFrame(fromHex((golden['frame'] as { bytes: string }).bytes))
    assert.ok(frame.ok && frame.value.epochId === epoch.id)
    const opened = openFrame(frameKey(genesis.id, epoch), frame.value)
    assert.ok(opened.ok && toHex(opened.value) === toHex(first.bytes))
    assert.ok(readBinding(binding.bytes, '12D3KooWtest').ok)
    assert.ok(parseReclaimToken((golden['reclaim'] as { token: string }).token).ok)
  })
})
