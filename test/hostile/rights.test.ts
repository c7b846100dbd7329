/** A member, or one who was removed, with a client of its own that signs what it likes. */
import assert from 'node:assert/strict'
import { ban } from '../../src/core/authority/actions/ban.ts'
import { promote } from '../../src/core/authority/actions/promote.ts'
import type { SignedRecord } from '../../src/core/record/record.ts'
import type { SimNode } from '../sim/world.ts'
import { listing } from './listing.ts'
import { converse, lobby } from './lobby.ts'
import type { Scene } from './lobby.ts'

const INVALID = 10_000

/** The owner bans the liar, and all know it. */
async function banned(seed: number): Promise<Scene & { record: string; scene: Scene }> {
  const scene = await lobby(seed, ['ann', 'bob', 'cat'])
  const { world, room, liar, nodes } = scene
  const owner = nodes.find((node) => node.chat.roomState(room).owner === node.chat.status().identity)!
  const { id: record } = await world.call(owner.chat.act({ room, action: 'ban', target: liar.signer.identity }))
  await world.run(2_000)
  return { ...scene, record, scene }
}

/** How often the node has ended a connection with the liar. */
function cutsOf(node: SimNode): number {
  return node.events.filter((event) => event.method === 'peer' && event.params.peerId === 'liar' && event.params.event === 'disconnected').length
}

function hasCut(node: SimNode): boolean {
  const last = node.events.findLast((event) => event.method === 'peer' && event.params.peerId === 'liar')
  return last?.method === 'peer' && last.params.event === 'disconnected'
}

function counts(node: SimNode, room: string): { authority: number; message: number } {
  return { authority: node.store.authority(room).length, message: [...node.store.items(room, 'message')].length }
}

describe('a banned member with a client of its own', () => {
  it('that says it knows of the ban is not heard by anybody, and loses its connections', async () => {
    const { world, room, liar, nodes, record, scene } = await banned(1)
    for (let at = 0; at < 40; at++) liar.gossip(room, liar.line(room, `defiance ${at}`, { auth: [record], timeUs: world.timeline.nowMs * 1000 + at }))
    await world.run(3_000)
    await world.run(3_000)
    for (const node of nodes) assert.ok(hasCut(node), `${node.name} has dropped it`)
    for (const node of nodes) assert.ok(node.texts(room).every((text) => !text.startsWith('defiance')))
    for (const node of nodes) assert.equal(counts(node, room).message, 0, 'and keeps nothing of it')
    await converse(scene, 'in peace')
  })

  it('that claims not to know of the ban gains nothing, and fills no disk', async () => {
    const { world, room, liar, nodes, scene } = await banned(2)
    for (let at = 0; at < 2_000; at++) liar.gossip(room, liar.line(room, `old heads ${at}`, { timeUs: (world.timeline.nowMs - at * 250) * 1000 }))
    await world.run(3_000)
    for (const node of nodes) {
      assert.deepEqual(node.texts(room), [])
      assert.ok(counts(node, room).message <= 256, 'what may yet count is kept within a bound')
    }
    await converse(scene, 'in peace')
  })

  it('gets no key and no message any more, whatever it asks', async () => {
    const { world, room, liar, nodes, scene } = await banned(3)
    const before = liar.all('epochs').length
    const frames: Uint8Array[] = []
    world.ether.tap = (kind, from, _to, bytes) => {
      if (kind !== 'message' && from !== 'liar') frames.push(bytes)
    }
    await converse(scene, 'secret')
    world.ether.tap = undefined
    for (const to of liar.connected) {
      liar.claim(to, room)
      liar.say(to, { type: 'reconcile', room: liar.proof(room, to), graph: 'message', toInitiator: false, message: listing([]) })
      const ids = [...nodes[0]!.store.items(room, 'message')].map(({ id }) => Buffer.from(id).toString('hex'))
      liar.say(to, { type: 'want', room: liar.proof(room, to), ids })
    }
    await world.run(30_000)
    assert.equal(liar.all('epochs').length, before, 'no key was handed to it')
    const given = liar.all('records').flatMap(({ records }) => records)
    for (const bytes of given) assert.ok(!Buffer.from(bytes).toString('latin1').includes('secret'))
    assert.ok(liar.all('reconcile').every(({ graph, toInitiator }) => !toInitiator || graph === 'authority'))
    assert.ok(frames.length > 0)
    for (const frame of frames) assert.ok([...liar.epochs.keys()].every((id) => !Buffer.from(frame).toString('hex').includes(id)), 'sealed with a key it has')
  })
})

describe('a member who signs what it has no right to', () => {
  it(`by ${INVALID} records costs itself the connection, and nobody anything else`, async () => {
    const scene = await lobby(4, ['ann', 'bob'])
    const { world, room, liar, nodes: [ann, bob] } = scene
    const before = counts(ann!, room)
    const target = bob!.chat.status().identity
    const make = (at: number): SignedRecord => {
      const fields = { parents: [room], auth: [], timeUs: world.timeline.nowMs * 1000 + at }
      const promotion = promote.write({ target: liar.signer.identity })
      if (at % 2 === 0) return liar.record(room, { ...fields, kind: promote.kind, payload: promotion })
      return liar.record(room, { ...fields, kind: ban.kind, payload: ban.write({ target, untilMs: null, purge: true, reason: '', cut: [] }) })
    }
    const records = Array.from({ length: INVALID }, (_, at) => make(at))
    for (const record of records.slice(0, INVALID / 2)) liar.gossip(room, record)
    await world.run(3_000)
    for (const node of [ann!, bob!]) assert.ok(hasCut(node), `${node.name} cut it off for what it gossips`)
    // Once more, handed over as history.
    const ids = records.map(({ id }) => id)
    liar.answer = (from, message) => {
      if (message.type === 'reconcile' && !message.toInitiator) {
        const listed = message.graph === 'authority' ? ids : []
        liar.say(from, { type: 'reconcile', room: liar.proof(room, from), graph: message.graph, toInitiator: true, message: listing(listed) })
      }
      if (message.type !== 'want') return
      const wanted = new Set(message.ids)
      liar.records(from, room, records.filter(({ id }) => wanted.has(id)))
    }
    const cuts = [ann!, bob!].map(cutsOf)
    await world.run(400_000)
    for (const [at, node] of [ann!, bob!].entries()) {
      assert.ok(hasCut(node) && cutsOf(node) > cuts[at]!, `${node.name}: and for what it hands over`)
    }
    for (const node of [ann!, bob!]) {
      assert.deepEqual(counts(node, room), before)
      assert.deepEqual(node.chat.roomState(room).admins, [])
      assert.deepEqual(node.chat.roomState(room).banned, [])
    }
    await converse(scene, 'unhurt')
  }).timeout(60_000)
})
