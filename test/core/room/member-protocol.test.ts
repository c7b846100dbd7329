import assert from 'node:assert/strict'
import fc from 'fast-check'
import { MAX_MEMBER_MESSAGE_BYTES, MAX_WANTED_IDS } from '../../../src/core/record/limits.ts'
import { encode } from '../../../src/core/record/codec.ts'
import { decodeMemberMessage, encodeMemberMessage } from '../../../src/core/room/member-protocol.ts'
import type { MemberMessage } from '../../../src/core/room/member-protocol.ts'
import { chooseCandidate, yields } from '../../../src/core/room/naming.ts'
import { makeEpoch } from '../../../src/core/seal/epoch.ts'
import { frameKey, openFrame, readFrame, sealFrame } from '../../../src/core/seal/frame.ts'
import { readBinding, makeBinding } from '../../../src/core/seal/binding.ts'
import { ann, filled, genesis } from '../record/samples.ts'

const RUNS = Number(process.env['RUNS'] ?? 300)
const id = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes).toString('hex'))
const bytes = fc.uint8Array({ maxLength: 100 })
const shape = <T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }) => fc.record(model, { noNullPrototype: true })
const words = fc.array(fc.string({ maxLength: 9 }), { maxLength: 3 })
const hint = shape({ peerId: fc.string({ maxLength: 20 }), addresses: words })
const messages: fc.Arbitrary<MemberMessage> = fc.oneof(
  shape({
    type: fc.constant('hello' as const), binding: bytes, nick: fc.string({ maxLength: 20 }),
    addresses: words, nowMs: fc.nat()
  }),
  shape({ type: fc.constant('rooms' as const), proofs: fc.array(id, { maxLength: 5 }) }),
  shape({ type: fc.constant('find' as const), names: fc.array(id, { maxLength: 5 }) }),
  shape({ type: fc.constant('found' as const), name: id, candidates: fc.array(shape({ genesis: bytes, established: fc.boolean() }), { maxLength: 3 }) }),
  shape({ type: fc.constant('epochs' as const), room: id, epochs: fc.array(fc.constant([filled(1), [filled(2)], 5] as const), { maxLength: 3 }) }),
  shape({
    type: fc.constant('reconcile' as const), room: id, graph: fc.constantFrom('message' as const, 'authority' as const), toInitiator: fc.boolean(), message: bytes
  }),
  shape({ type: fc.constant('want' as const), room: id, ids: fc.array(id, { maxLength: 5 }) }),
  shape({ type: fc.constant('records' as const), room: id, records: fc.array(bytes, { maxLength: 5 }), left: fc.nat() }),
  shape({ type: fc.constant('peers' as const), room: id, peers: fc.array(hint, { maxLength: 3 }) }),
  shape({ type: fc.constant('held' as const), room: id, ids: fc.array(id, { maxLength: 5 }) }),
  shape({ type: fc.constant('enough' as const), room: id, enough: fc.boolean() }),
  shape({ type: fc.constant('elsewhere' as const), binding: bytes, address: fc.string({ maxLength: 20 }) })
)

describe('the member protocol', () => {
  it('gives back every message', () => {
    fc.assert(
      fc.property(messages, (message) => {
        const decoded = decodeMemberMessage(encodeMemberMessage(message))
        assert.ok(decoded.ok, decoded.ok ? '' : decoded.message)
        assert.deepEqual(decoded.value, message)
      }),
      { numRuns: RUNS }
    )
  })

  it('never throws on what is not one', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (junk) => void decodeMemberMessage(junk)), { numRuns: RUNS * 10 })
    fc.assert(
      fc.property(messages, fc.nat(), fc.integer({ min: 1, max: 255 }), (message, at, flip) => {
        const changed = encodeMemberMessage(message)
        changed[at % changed.length]! ^= flip
        decodeMemberMessage(changed)
      }),
      { numRuns: RUNS * 10 }
    )
  })

  it('passes over types that come later, and refuses what is too much', () => {
    const reason = (value: Uint8Array) => {
      const decoded = decodeMemberMessage(value)
      return decoded.ok ? 'ok' : decoded.reason
    }
    assert.equal(reason(encode([99, 'something new'])), 'unknown-type')
    assert.equal(reason(new Uint8Array(MAX_MEMBER_MESSAGE_BYTES + 1)), 'too-long')
    assert.equal(reason(encodeMemberMessage({ type: 'want', room: genesis.id, ids: Array.from({ length: MAX_WANTED_IDS + 1 }, () => genesis.id) })), 'malformed')
  })
})

describe('frames', () => {
  const epoch = makeEpoch(genesis.id, filled(3), [genesis.id], 1)

  it('open with their key, in their room, unchanged, and in no other case', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 8, maxLength: 2_000 }), fc.nat(), fc.integer({ min: 1, max: 255 }), (plain, at, flip) => {
        const frame = sealFrame(frameKey(genesis.id, epoch), filled(1, 12), plain)
        const read = readFrame(frame)
        assert.ok(read.ok)
        const opened = openFrame(frameKey(genesis.id, epoch), read.value)
        assert.ok(opened.ok && Buffer.compare(opened.value, plain) === 0)
        assert.equal(openFrame(frameKey('11'.repeat(32), epoch), read.value).ok, false)
        assert.equal(openFrame(frameKey(genesis.id, makeEpoch(genesis.id, filled(4), [], 1)), read.value).ok, false)
        const changed = Uint8Array.from(frame)
        changed[at % changed.length]! ^= flip
        const damaged = readFrame(changed)
        if (damaged.ok && damaged.value.epochId === epoch.id) assert.equal(openFrame(frameKey(genesis.id, epoch), damaged.value).ok, false)
      }),
      { numRuns: RUNS }
    )
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (junk) => void readFrame(junk)), { numRuns: RUNS * 10 })
  })

  it('show nothing of what they hold', () => {
    const canary = new TextEncoder().encode('canary canary canary')
    assert.equal(Buffer.from(sealFrame(frameKey(genesis.id, epoch), filled(1, 12), canary)).includes(Buffer.from('canary')), false)
  })
})

describe('bindings', () => {
  it('hold for their node only', () => {
    const binding = makeBinding(ann, { peerId: 'peer', device: 'd', prekey: filled(1), timeMs: 1_000 })
    const reason = (outcome: ReturnType<typeof readBinding>) => (outcome.ok ? 'ok' : outcome.reason)
    assert.equal(reason(readBinding(binding.bytes, 'peer')), 'ok')
    assert.equal(reason(readBinding(binding.bytes, 'other')), 'forged')
    const changed = Uint8Array.from(binding.bytes)
    changed[changed.length - 1]! ^= 1
    assert.equal(reason(readBinding(changed, 'peer')), 'forged')
    fc.assert(fc.property(fc.uint8Array({ maxLength: 600 }), (junk) => void readBinding(junk, 'peer')), { numRuns: RUNS })
  })
})

describe('the rules of naming', () => {
  const rooms = fc.array(fc.record({ room: fc.constantFrom('a', 'b', 'c', 'd'), established: fc.boolean() }), { maxLength: 6 })

  it('choose the same whatever the order of the answers', () => {
    fc.assert(
      fc.property(rooms, (candidates) => assert.deepEqual(chooseCandidate([...candidates].reverse()), chooseCandidate(candidates))),
      { numRuns: RUNS }
    )
  })

  it('of two rooms at most one yields, and an established one never', () => {
    fc.assert(
      fc.property(fc.constantFrom('a', 'b'), fc.boolean(), fc.constantFrom('a', 'b'), fc.boolean(), (left, leftNew, right, rightNew) => {
        const one = yields({ room: left, provisional: leftNew }, { room: right, established: !rightNew })
        const two = yields({ room: right, provisional: rightNew }, { room: left, established: !leftNew })
        assert.ok(!(one && two))
        if (!leftNew) assert.equal(one, false)
        if (left !== right && (leftNew || rightNew)) assert.ok(one || two, 'they become one room')
      })
    )
  })
})
