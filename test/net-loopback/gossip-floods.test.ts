/** Gossip RPCs that carry nothing of use: so many are looked at, so many more are dropped, and then the connection ends. Real nodes on loopback. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { RPC } from '@libp2p/gossipsub/message'
import { RpcBudget } from '../../src/network/gossip/rpc-budget.ts'
import { costOf } from '../../src/network/gossip/rpc-cost.ts'
import { pair, reach, stopAll, until } from './nodes.ts'
import { encodeRpc, startRawPeer, stopRawPeers } from './raw-peer.ts'

const TOPIC = 'room'
const NONE = { ihave: [], iwant: [], graft: [], prune: [], idontwant: [] }
const IDS = Array.from({ length: 500 }, () => randomBytes(32))
const ids = (count: number): Uint8Array[] => IDS.slice(0, count)
const control = (part: Partial<RPC.ControlMessage>): RPC => ({ subscriptions: [], messages: [], control: { ...NONE, ...part } })
const frames = (count: number, topic: string, data: () => Uint8Array): RPC =>
  ({ subscriptions: [], messages: Array.from({ length: count }, () => ({ topic, data: data() })) })

/** Each makes the next RPC of its flood. The most that are taken before the connection ends, by the budget of rpc-budget.ts. */
const FLOODS: Readonly<Record<string, { readonly next: (at: number) => RPC; readonly most: number }>> = {
  'an empty control message': { next: () => control({}), most: 8_000 },
  'GRAFT and PRUNE in turn': {
    next: (at) => control(at % 2 === 0 ? { graft: [{ topicID: TOPIC }] } : { prune: [{ topicID: TOPIC, peers: [], backoff: 1 }] }),
    most: 8_000
  },
  'GRAFTs by the hundred': { next: () => control({ graft: Array.from({ length: 200 }, () => ({ topicID: TOPIC })) }), most: 2_000 },
  'IHAVE of 500 ids': { next: () => control({ ihave: [{ topicID: TOPIC, messageIDs: ids(500) }] }), most: 2_000 },
  'IWANT of 500 ids': { next: () => control({ iwant: [{ messageIDs: ids(500) }] }), most: 2_000 },
  'IDONTWANT of 500 ids': { next: () => control({ idontwant: [{ messageIDs: ids(500) }] }), most: 2_000 },
  'a subscription taken and given up in turn': {
    next: (at) => ({ subscriptions: [{ topic: TOPIC, subscribe: at % 2 === 0 }], messages: [] }), most: 8_000
  },
  'subscriptions by the hundred': {
    next: (at) => ({ subscriptions: Array.from({ length: 400 }, (_, one) => ({ topic: `t${at}-${one}`, subscribe: true })), messages: [] }), most: 2_000
  },
  'frames of a topic that it is not in': { next: () => frames(60, 'elsewhere', () => randomBytes(40)), most: 1_000 },
  'one frame, again and again': { next: () => frames(60, TOPIC, () => Buffer.alloc(40, 7)), most: 1_000 }
}

describe('gossip RPCs of no use', () => {
  afterEach(async () => {
    await stopRawPeers()
    await stopAll()
  })

  for (const [what, { next, most }] of Object.entries(FLOODS)) {
    it(`end the connection: ${what}`, async () => {
      const [node, honest] = await pair()
      for (const one of [node, honest]) one.network.subscribe(TOPIC)
      const raw = await startRawPeer()
      const stream = await raw.gossip(node, TOPIC)
      await until(() => node.told.topicPeers.length >= 2, 'both in the topic')
      const isOpen = (): boolean => raw.libp2p.getConnections().length > 0 && stream.status === 'open' && stream.writeStatus === 'writable'
      let sent = 0
      while (isOpen() && sent < 3 * most) {
        for (let at = 0; at < 20 && isOpen(); at++) stream.send(encodeRpc(next(sent++)))
        await new Promise<void>((resolve) => setImmediate(resolve))
        if (stream.writableNeedsDrain) await Promise.race([stream.onDrain().catch(() => undefined), until(() => !isOpen(), 'the end').catch(() => undefined)])
      }
      await until(() => !isOpen(), 'the end')
      assert.ok(sent <= most + 1_000, `${sent} RPCs were sent before the end`)
      assert.ok(await reach(honest, TOPIC, 'still here') >= 1)
      await until(() => node.told.texts().includes('still here'), 'the honest frame')
    }).timeout(20_000)
  }

  it('are counted on when the peer comes again, and by its address when it comes under other names', () => {
    const budget = new RpcBudget((peerId) => (peerId === 'elsewhere' ? '198.51.100.2' : '198.51.100.1'), () => 0)
    const takenBy = (peerId: string): number => {
      let taken = 0
      while (budget.mayAsk(peerId, 64)) taken++
      return taken
    }
    const first = takenBy('one')
    assert.ok(first > 0)
    assert.equal(takenBy('one'), 0)
    let all = first
    for (let at = 0; at < 100; at++) all += takenBy(`another ${at}`)
    assert.equal(all, 32 * first)
    assert.equal(takenBy('elsewhere'), first)
  })

  it('cost nothing to those who say what a node says', () => {
    const subscriptions = Array.from({ length: 512 }, (_, at) => ({ topic: `t${at}`, subscribe: true }))
    assert.equal(costOf(RPC.encode({ subscriptions, messages: [] })), 512)
    assert.equal(costOf(RPC.encode(frames(3, TOPIC, () => randomBytes(100)))), 0)
    assert.equal(costOf(RPC.encode(control({ ihave: [{ topicID: TOPIC, messageIDs: ids(32) }] }))), 3)
    assert.equal(costOf(RPC.encode(control({}))), 1)
    for (let at = 0; at < 2_000; at++) assert.ok(costOf(randomBytes(at % 300)) >= 0)
  })
})
