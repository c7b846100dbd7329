/** Budgets are for attacks: a busy room of honest people never meets one. */
import assert from 'node:assert/strict'
import { createSigner } from '../../../src/core/record/keys.ts'
import { KIND } from '../../../src/core/record/kinds.ts'
import { presencePayload } from '../../../src/core/record/payloads.ts'
import { createRecord } from '../../../src/core/record/record.ts'
import { GossipBudget } from '../../../src/core/room/gossip-budget.ts'
import { PeerBudgets } from '../../../src/engine/peer-budgets.ts'
import { SourceBudget } from '../../../src/engine/source-budget.ts'
import { World } from '../../sim/world.ts'
import type { SimNode } from '../../sim/world.ts'

const ROOM = 'ab'.repeat(32)

describe('an honest room', () => {
  const { take, waitMs } = SourceBudget.prototype
  const { mayHear, mayAskFor, mayFetch } = GossipBudget.prototype

  afterEach(() => {
    Object.assign(SourceBudget.prototype, { take, waitMs })
    Object.assign(GossipBudget.prototype, { mayHear, mayAskFor, mayFetch })
  })

  it('of ten who all come at once, and say two hundred lines within a second, meets no budget', async () => {
    let met = 0
    SourceBudget.prototype.take = function (...args) {
      const isPaid = take.apply(this, args)
      if (!isPaid) met++
      return isPaid
    }
    SourceBudget.prototype.waitMs = function (...args) {
      const ms = waitMs.apply(this, args)
      if (ms > 0) met++
      return ms
    }
    GossipBudget.prototype.mayHear = function (...args) {
      const isHeard = mayHear.apply(this, args)
      if (!isHeard) met++
      return isHeard
    }
    GossipBudget.prototype.mayAskFor = function (ids, nowMs) {
      const asked = mayAskFor.call(this, ids, nowMs)
      met += ids.length - asked.length
      return asked
    }
    const world = new World(6_300)
    const nodes: SimNode[] = [await world.node('first')]
    await world.call(nodes[0]!.chat.join('lobby'))
    for (let n = 1; n < 10; n++) nodes.push(await world.node(`node ${n}`))
    await world.run(1_000)
    await Promise.all(nodes.slice(1).map((node) => world.call(node.chat.join('lobby'))))
    await world.run(3_000)
    const room = nodes[0]!.chat.rooms('joined')[0]!.id
    for (let round = 0; round < 20; round++) {
      for (const node of nodes) void node.chat.send({ room, text: `line ${round} of ${node.name}` }).catch(() => undefined)
      await world.run(50)
    }
    for (let waitedMs = 0; waitedMs < 20_000 && nodes.some((node) => node.texts(room).length < 200); waitedMs += 500) await world.run(500)
    assert.deepEqual(nodes.map((node) => node.texts(room).length), nodes.map(() => 200))
    assert.equal(met, 0)
  }).timeout(60_000)

  it('of a hundred who come at once from one address, and are all heard by way of one neighbour, meets no budget', () => {
    const budget = new GossipBudget()
    const peers = new PeerBudgets()
    for (let n = 0; n < 100; n++) {
      const seed = new Uint8Array(32).fill(1)
      seed[0] = n
      const signer = createSigner(seed)
      const source = { peerId: `peer ${n}`, host: '203.0.113.1' }
      for (let said = 0; said < 4; said++) {
        const payload = presencePayload({ nick: 'x', state: 'online', missing: 0 })
        const record = createRecord(signer, {
          kind: KIND.presence, room: ROOM, timeUs: said, prev: null, parents: [], auth: [ROOM], payload
        })
        assert.ok(budget.mayHear(record, 'neighbour', 0))
        budget.heard(record, 0)
      }
      assert.equal(peers.meetAfterMs(source, ROOM, 0), 0)
      assert.ok(peers.greetings.take(source, 1, 0) && peers.introductions.take(source, 1, 0, ROOM) && peers.epochs.take(source, 2, 0, ROOM))
      assert.ok(peers.held.take(source, 40, 0) && peers.rooms.take(source, 2, 0) && peers.found.take(source, 4, 0))
      // A newcomer is told everything once: 10 000 ids of 32 bytes, and 10 000 lines of 350.
      peers.reconcile.charge(source, (10_000 * 32) / (64 * 1024 + 80 * 10_000), 0, ROOM)
      peers.bulk.charge(source, 10_000 * 350, 0)
      assert.equal(peers.reconcile.waitMs(source, 0.001, 0, ROOM) + peers.bulk.waitMs(source, 1, 0), 0)
    }
  })
})
