import assert from 'node:assert/strict'
import type { Engine } from '../../src/engine/context.ts'
import { RoomSparing } from '../../src/engine/room-sparing.ts'
import type { Session } from '../../src/engine/session.ts'

const BEAT_MS = 5_000
const MINUTE_MS = 60_000

/** One node in one room, on a network that spares whomever it may. */
class Node {
  nowMs = 1_000_000
  asked: readonly string[] = []
  /** Whether servers forward the topic. */
  forwarded = true
  members: readonly Session[] = []
  readonly sparing: RoomSparing

  constructor(relayed: number, direct = 0) {
    const spare = (_topic: string, peerIds: readonly string[]): number => {
      this.asked = peerIds
      return this.forwarded ? peerIds.length : 0
    }
    const engine = { clock: { nowMs: () => this.nowMs }, network: { spare } } as unknown as Engine
    this.sparing = new RoomSparing(engine, { topic: 'topic' })
    this.members = [...people('relay', relayed), ...people('direct', direct)]
  }

  beat(forMs = BEAT_MS): void {
    for (const endMs = this.nowMs + forMs; this.nowMs < endMs; this.nowMs += BEAT_MS) this.sparing.review(this.members)
  }

  /** A message that was said so long ago comes from a member. */
  missed(agoMs: number, graph: 'message' | 'authority' = 'message'): void {
    this.sparing.missed({ graph, timeUs: (this.nowMs - agoMs) * 1000 })
  }
}

function people(path: Session['path'], count: number): Session[] {
  return Array.from({ length: count }, (_, i) => ({ peerId: `${path}${i}`, path }) as Session)
}

describe('members behind a relay send nothing that the server forwards', () => {
  it('where they are more than three, and to none who is connected without', () => {
    const few = new Node(3, 8)
    few.beat()
    assert.deepEqual([few.asked, few.sparing.active], [[], false])
    const node = new Node(4, 2)
    node.beat()
    assert.deepEqual(node.asked, ['relay0', 'relay1', 'relay2', 'relay3'])
    assert.equal(node.sparing.active, true)
  })

  it('not while no server forwards to this node', () => {
    const node = new Node(9)
    node.forwarded = false
    node.beat(MINUTE_MS)
    assert.equal(node.sparing.active, false)
    node.forwarded = true
    node.beat()
    assert.equal(node.sparing.active, true)
    node.forwarded = false
    node.beat()
    assert.equal(node.sparing.active, false)
  })

  it('not for ten minutes once a message came that the server has kept back', () => {
    const node = new Node(9)
    node.beat(MINUTE_MS)
    node.missed(4_000)
    assert.deepEqual([node.asked, node.sparing.active], [[], false])
    node.beat(9 * MINUTE_MS)
    assert.deepEqual([node.asked, node.sparing.active], [[], false])
    node.beat(2 * MINUTE_MS)
    assert.equal(node.sparing.active, true)
  })

  it('still, when what came was said before, is on its way, or is no message', () => {
    const node = new Node(9)
    node.beat(MINUTE_MS)
    node.missed(2 * MINUTE_MS)
    node.missed(1_000)
    node.missed(10_000, 'authority')
    assert.equal(node.sparing.active, true)
    node.missed(10_000)
    assert.equal(node.sparing.active, false)
  })

  it('again after a clock was set back', () => {
    const node = new Node(9)
    node.beat(MINUTE_MS)
    node.missed(4_000)
    node.nowMs -= 60 * MINUTE_MS
    node.beat(11 * MINUTE_MS)
    assert.equal(node.sparing.active, true)
  })
})
