/** What a node of the DHT answers, counted in bytes, by PeerId and by host: with a clock that the test sets, and by streams as the library has them. */
import assert from 'node:assert/strict'
import type { Connection, Stream, StreamHandler } from '@libp2p/interface'
import { peerIdFromString } from '@libp2p/peer-id'
import { multiaddr } from '@multiformats/multiaddr'
import { DHT_ANSWER_BURST_BYTES, DHT_ANSWER_BYTES_PER_S, DHT_ANSWER_HOST_SHARES, MAX_DHT_ANSWER_BYTES } from '../../src/core/record/limits.ts'
import { Hearsay } from '../../src/network/dht/hearsay.ts'
import { makePeerIds } from '../hostile/sybils/sybil.ts'

const QUESTION = new Uint8Array(100)
const ANSWER = new Uint8Array(80_000)
const PER_HOST = DHT_ANSWER_HOST_SHARES * DHT_ANSWER_BURST_BYTES
const peerIds = makePeerIds(60)

class Node {
  nowMs = 0
  answeredBytes = 0
  #handler!: StreamHandler

  constructor() {
    const manager = { getConnections: () => [] } as unknown as ConstructorParameters<typeof Hearsay>[0]
    const registrar = { handle: async (_: string, handler: StreamHandler) => void (this.#handler = handler) }
    const hearsay = new Hearsay(manager, () => true, () => this.nowMs)
    const { registrar: guarded } = hearsay.parts(registrar as unknown as Parameters<Hearsay['parts']>[0])
    // The library answers each question, at once, as long as the stream is there.
    void guarded.handle('/kad', (stream) => {
      stream.addEventListener('message', ({ data }) => {
        for (let at = 0; at < data.byteLength && stream.status === 'open'; at += QUESTION.length) stream.send(ANSWER)
      })
    })
  }

  /** Asks on a stream of its own, so many questions in one message; what it is answered, bytes. */
  ask(peerId: string, address = '/ip4/45.1.1.1/tcp/1', questions = 1): number {
    const before = this.answeredBytes
    const stream = Object.assign(new EventTarget(), {
      status: 'open',
      send: (data: Uint8Array) => {
        this.answeredBytes += data.byteLength
        return true
      },
      abort: () => void (stream.status = 'aborted')
    })
    void this.#handler(stream as unknown as Stream, { remotePeer: peerIdFromString(peerId), remoteAddr: multiaddr(address) } as Connection)
    stream.dispatchEvent(Object.assign(new Event('message'), { data: new Uint8Array(questions * QUESTION.length) }))
    return this.answeredBytes - before
  }
}

/** All of it, and one answer as a debt. */
function about(bytes: number, expected: number): void {
  assert.ok(bytes >= expected && bytes < expected + MAX_DHT_ANSWER_BYTES, `${bytes} bytes, not ${expected}`)
}

describe('what a node of the DHT answers', () => {
  const [ann, bob] = peerIds as [string, string]

  it('one peer: so much at once, over whatever streams and from wherever, and then so much a second', () => {
    const node = new Node()
    while (node.ask(ann) > 0);
    about(node.answeredBytes, DHT_ANSWER_BURST_BYTES)
    assert.equal(node.ask(ann, '/ip4/46.2.2.2/tcp/1'), 0)
    assert.ok(node.ask(bob) > 0, 'another one is answered')
    const beforeBytes = node.answeredBytes
    for (let second = 0; second < 600; second++) {
      node.nowMs += 1000
      node.ask(ann)
    }
    assert.ok(node.answeredBytes - beforeBytes <= 600 * DHT_ANSWER_BYTES_PER_S + MAX_DHT_ANSWER_BYTES)
    assert.ok(node.answeredBytes - beforeBytes >= 590 * DHT_ANSWER_BYTES_PER_S - 2 * MAX_DHT_ANSWER_BYTES)
  })

  it('one peer that asks many questions in one message: not more', () => {
    const node = new Node()
    node.ask(ann, undefined, 600)
    about(node.answeredBytes, DHT_ANSWER_BURST_BYTES)
  })

  for (const [what, address, other] of [
    ['address', () => '/ip4/45.1.1.1/tcp/1', '/ip4/45.1.1.2/tcp/1'],
    ['/64 of IPv6', (n: number) => `/ip6/2a00:1:2:3::${n + 1}/tcp/1`, '/ip6/2a00:1:2:4::1/tcp/1']
  ] as const) {
    it(`one ${what}: so much, however many PeerIds it has; others are answered`, () => {
      const node = new Node()
      for (const [at, peerId] of peerIds.slice(0, -1).entries()) while (node.ask(peerId, address(at)) > 0);
      about(node.answeredBytes, PER_HOST)
      assert.equal(node.ask(peerIds.at(-1)!, other), ANSWER.length)
    })
  }

  it('a lecture hall of fifty, each of whom looks for four rooms at once: all of it', () => {
    const node = new Node()
    for (const peerId of peerIds.slice(0, 50)) for (let room = 0; room < 4; room++) assert.equal(node.ask(peerId), ANSWER.length)
  })
})
