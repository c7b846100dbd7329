import assert from 'node:assert/strict'
import fc from 'fast-check'
import { encode } from '../../../src/core/record/codec.ts'
import { MAX_NAMES_PER_PEER, MAX_SERVER_MESSAGE_BYTES, MAX_SERVER_REQUEST_BYTES } from '../../../src/core/record/limits.ts'
import { serverMessages, serverRequests, topicHash, topicOfHash } from '../../../src/core/server/messages.ts'
import type { ServerMessage, ServerRequest } from '../../../src/core/server/messages.ts'
import { topicOf } from '../../../src/core/seal/topic.ts'
import { ann, genesis } from '../record/samples.ts'

const RUNS = Number(process.env['RUNS'] ?? 300)
const PEER = '12D3KooWHKUZ8TP9nqoD61k7BD4UosDGa8aJYCEX9bdnbPF7j42Q'
const id = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes).toString('hex'))
const bytes = fc.uint8Array({ maxLength: 100 })
const shape = <T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }) => fc.record(model, { noNullPrototype: true })
const words = fc.array(fc.string({ maxLength: 9 }), { maxLength: 3 })
const type = <T extends string>(name: T) => fc.constant(name)

const requests: fc.Arbitrary<ServerRequest> = fc.oneof(
  shape({
    type: type('hello'), binding: bytes, nick: fc.string({ maxLength: 9 }), addresses: words,
    have: fc.array(shape({ server: fc.constant(ann.identity), bans: fc.nat(), federation: fc.nat() }), { maxLength: 3 }),
    federates: fc.boolean()
  }),
  shape({ type: type('under'), names: fc.array(id, { maxLength: 5 }) }),
  shape({ type: type('forward'), topics: fc.array(id, { maxLength: 5 }) }),
  shape({ type: type('find'), request: fc.nat(), names: fc.array(id, { maxLength: 5 }) }),
  shape({ type: type('directory'), request: fc.nat(), after: fc.option(id) }),
  shape({ type: type('list'), request: fc.nat(), genesis: bytes, wish: bytes, steps: fc.array(bytes, { maxLength: 3 }) }),
  shape({ type: type('call'), request: fc.nat(), call: bytes })
)
const messages: fc.Arbitrary<ServerMessage> = fc.oneof(
  shape({ type: type('welcome'), binding: bytes, nick: fc.string({ maxLength: 9 }), nowMs: fc.nat(), challenge: id, federates: fc.boolean() }),
  shape({ type: type('statements'), statements: fc.array(bytes, { maxLength: 5 }) }),
  shape({
    type: type('found'), request: fc.nat(),
    nodes: fc.array(fc.array(shape({ peerId: fc.constant(PEER), addresses: words }), { maxLength: 3 }), { maxLength: 3 })
  }),
  shape({ type: type('rooms'), request: fc.nat(), rooms: fc.array(shape({ genesis: bytes, nodes: fc.nat(), owner: fc.constant(ann.identity) }), { maxLength: 3 }), more: fc.boolean() }),
  shape({ type: type('result'), request: fc.nat(), json: fc.string() }),
  shape({ type: type('refused'), request: fc.option(fc.nat()), reason: fc.string({ maxLength: 9 }), message: fc.string({ maxLength: 99 }) })
)

describe('what nodes and servers say', () => {
  it('comes back as it was said', () => {
    fc.assert(fc.property(requests, (message) => {
      assert.deepEqual(serverRequests.decode(serverRequests.encode(message)), { ok: true, value: message })
    }), { numRuns: RUNS })
    fc.assert(fc.property(messages, (message) => {
      assert.deepEqual(serverMessages.decode(serverMessages.encode(message)), { ok: true, value: message })
    }), { numRuns: RUNS })
  })

  it('never throws on what is none of it', () => {
    for (const codec of [serverRequests, serverMessages]) {
      fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (junk) => void codec.decode(junk)), { numRuns: RUNS * 10 })
    }
    const mutate = (encoded: Uint8Array, at: number, flip: number): Uint8Array => {
      encoded[at % encoded.length]! ^= flip
      return encoded
    }
    fc.assert(fc.property(requests, fc.nat(), fc.integer({ min: 1, max: 255 }), (message, at, flip) => {
      serverRequests.decode(mutate(serverRequests.encode(message), at, flip))
    }), { numRuns: RUNS * 10 })
    fc.assert(fc.property(messages, fc.nat(), fc.integer({ min: 1, max: 255 }), (message, at, flip) => {
      serverMessages.decode(mutate(serverMessages.encode(message), at, flip))
    }), { numRuns: RUNS * 10 })
  })

  it('passes over what comes later, and refuses what is too much', () => {
    const reason = (decoded: { ok: true } | { ok: false; reason: string }): string => (decoded.ok ? 'ok' : decoded.reason)
    assert.equal(reason(serverRequests.decode(encode([32, 'a sealed frame to keep']))), 'unknown-type')
    assert.equal(reason(serverRequests.decode(encode([1, [], 'a field of a later version']))), 'ok')
    assert.equal(reason(serverRequests.decode(new Uint8Array(MAX_SERVER_REQUEST_BYTES + 1))), 'too-long')
    assert.equal(reason(serverMessages.decode(new Uint8Array(MAX_SERVER_MESSAGE_BYTES + 1))), 'too-long')
    const names = Array.from({ length: MAX_NAMES_PER_PEER + 1 }, () => genesis.id)
    assert.equal(reason(serverRequests.decode(serverRequests.encode({ type: 'under', names }))), 'malformed')
  })

  it('names topics of rooms alone', () => {
    const topic = topicOf(genesis.id)
    assert.equal(topicOfHash(topicHash(topic)!), topic)
    assert.equal(topicHash('/p2pchat/server/1/' + '00'.repeat(32)), undefined)
  })
})
