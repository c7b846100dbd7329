/** To whom a node says that it is not in a topic, since a server forwards it. The rest of gossipsub is not there. */
import assert from 'node:assert/strict'
import { SparedPeers } from '../../src/network/gossip/spared.ts'
import type { SparingPubsub, Ways } from '../../src/network/gossip/spared.ts'

const TOPIC = 'lobby'
const SURE_MS = 3_000

class Node {
  nowMs = 0
  /** What was sent: `ann -lobby`, `server graft`. */
  readonly sent: string[] = []
  readonly relays = new Map<string, string[]>()
  readonly down = new Set<string>()
  readonly backoff = new Map<string, Map<string, number>>()
  readonly mesh = new Map([[TOPIC, new Set(['ann', 'bob'])]])
  readonly topics = new Map([[TOPIC, new Set(['ann', 'bob', 'server'])]])
  readonly spared: SparedPeers

  constructor() {
    for (const peerId of ['ann', 'bob']) this.relays.set(peerId, ['server'])
    const pubsub: SparingPubsub = {
      topics: this.topics,
      mesh: this.mesh,
      backoff: this.backoff,
      getScore: () => 0,
      addToMesh: (peerId, topic) => void this.mesh.get(topic)?.add(peerId),
      sendGraft: (peerId) => void this.sent.push(`${peerId} graft`),
      sendPrune: async (peerId) => void this.sent.push(`${peerId} prune`),
      sendSubscriptions: (peerId, topics, subscribe) => void this.sent.push(`${peerId} ${subscribe ? '+' : '-'}${topics.join()}`),
      sendRpc: () => true
    }
    const ways: Ways = { up: (peerId) => !this.down.has(peerId), relaysTo: (peerId) => this.relays.get(peerId) ?? [] }
    this.spared = new SparedPeers(pubsub, ways)
  }

  /** What is sent, and how many are spared at the end. */
  after(ms: number, wanted: readonly string[] = ['ann', 'bob']): [number, string[]] {
    this.nowMs += ms
    const count = this.spared.want(TOPIC, wanted, this.nowMs)
    return [count, this.sent.splice(0).sort()]
  }
}

/** Behind one relay with ann and bob, who are spared. */
function settled(): Node {
  const node = new Node()
  node.after(0)
  assert.equal(node.after(SURE_MS)[0], 2)
  return node
}

describe('members are spared the frames that a server forwards', () => {
  it('once it has this node in its mesh, which it is asked for', () => {
    const node = new Node()
    assert.deepEqual(node.after(0), [0, ['server graft']])
    assert.deepEqual(node.after(SURE_MS - 1), [0, []])
    assert.deepEqual(node.after(1), [2, ['ann -lobby', 'ann prune', 'bob -lobby', 'bob prune']])
    assert.deepEqual([...node.mesh.get(TOPIC)!], ['server'])
    assert.deepEqual(node.after(60_000), [2, []])
  })

  it('not those to whom there is a way without it, or by another relay that does not forward', () => {
    const node = new Node()
    node.relays.set('ann', [])
    node.relays.set('bob', ['server', 'other'])
    node.after(0)
    assert.deepEqual(node.after(SURE_MS), [0, []])
    node.relays.set('bob', ['server'])
    assert.deepEqual(node.after(1), [1, ['bob -lobby', 'bob prune']])
    node.relays.set('bob', [])
    assert.deepEqual(node.after(1), [0, ['bob +lobby']])
  })

  const ends: Record<string, (node: Node) => void> = {
    'the server has this node in its mesh no more': (node) => {
      node.mesh.get(TOPIC)!.delete('server')
      node.backoff.set(TOPIC, new Map([['server', 1]]))
    },
    'the server leaves the topic': (node) => void node.topics.get(TOPIC)!.delete('server'),
    'no gossip stream with the server is there': (node) => void node.down.add('server')
  }
  for (const [what, happens] of Object.entries(ends)) {
    it(`not any more when ${what}`, () => {
      const node = settled()
      happens(node)
      node.nowMs += 1
      node.spared.review(node.nowMs)
      assert.deepEqual(node.sent.splice(0), ['ann +lobby', 'bob +lobby'])
      assert.equal(node.after(SURE_MS)[0], 0)
    })
  }

  it('and asked again by who is not to spare them', () => {
    const node = settled()
    node.sent.length = 0
    assert.deepEqual(node.after(1, ['bob']), [1, ['ann +lobby']])
    assert.deepEqual(node.after(1, []), [0, ['bob +lobby']])
  })

  it('and told anew on another stream, by which they heard of all topics', () => {
    const node = settled()
    node.sent.length = 0
    node.spared.forgetPeer('ann')
    assert.deepEqual(node.after(1), [2, ['ann -lobby']])
    node.spared.forgetPeer('server')
    assert.deepEqual(node.after(1), [0, ['ann +lobby', 'bob +lobby']])
  })

  it('and nobody is told anything of a topic that this node has left', () => {
    const node = settled()
    node.sent.length = 0
    node.spared.forgetTopic(TOPIC)
    node.mesh.delete(TOPIC)
    node.spared.review(node.nowMs + 60_000)
    assert.deepEqual(node.after(1, []), [0, []])
  })
})
