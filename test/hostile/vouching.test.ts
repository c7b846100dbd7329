/** One signature vouches for its author's chain, so records with spoilt signatures are stored by honest nodes. What do later ones get? */
import assert from 'node:assert/strict'
import { unsigned } from './liar.ts'
import { listing } from './listing.ts'
import { converse, lobby } from './lobby.ts'

const CHAINS = 40

/** Apart by enough that the room takes all of them from one author. */
const SECOND_US = 1_000_000

describe('records that are only vouched for', () => {
  it('with spoilt signatures reach those who come later, from honest nodes that are not blamed for them', async () => {
    const scene = await lobby(5, ['ann', 'bob', 'cat'])
    const { world, liar, room, nodes: [ann, bob, cat] } = scene
    world.ether.partition(['ann', 'liar'], ['bob', 'cat'])
    await world.run(1_000)
    // Of each chain only the second is signed; between firsts and seconds in time lies more than one batch holds.
    const nowUs = world.timeline.nowMs * 1000
    const chains = Array.from({ length: CHAINS }, (_, at) => {
      const first = liar.line(room, `first ${at}`, { timeUs: nowUs - (500 - at) * SECOND_US })
      return { first, second: liar.line(room, `second ${at}`, { timeUs: nowUs - (100 - at) * SECOND_US, prev: first.id, parents: [first.id] }) }
    })
    const filler = Array.from({ length: 400 }, (_, at) => liar.line(room, 'x'.repeat(1_000), { timeUs: nowUs - (400 - at / 2) * SECOND_US }))
    const ids = [...chains.flatMap(({ first, second }) => [first.id, second.id]), ...filler.map((record) => record.id)]
    liar.answer = (from, message) => {
      if (message.type === 'reconcile' && !message.toInitiator) {
        const listed = message.graph === 'message' ? ids : []
        liar.say(from, { type: 'reconcile', room: liar.proof(room, from), graph: message.graph, toInitiator: true, message: listing(listed) })
      }
      if (message.type !== 'want') return
      const wanted = new Set(message.ids)
      const all = [...chains.flatMap(({ first, second }) => [[first.id, unsigned(first)], [second.id, second.bytes]] as const)]
      const given = [...all, ...filler.map((record) => [record.id, record.bytes] as const)].filter(([id]) => wanted.has(id))
      liar.records(from, room, given.map(([, bytes]) => bytes))
    }
    liar.claim('ann')
    liar.claim('ann', room)
    await world.run(5_000)
    const firsts = (texts: readonly string[]) => texts.filter((text) => text.startsWith('first')).length
    assert.equal(firsts(ann!.texts(room)), CHAINS, 'taken, since vouched for')
    for (const node of [bob!, cat!]) assert.equal(firsts(node.texts(room)), 0)
    world.ether.partition(['ann', 'bob', 'cat'], ['liar'])
    const begun = new Map([bob!, cat!].map((node) => [node, node.events.length]))
    await world.run(30_000)
    for (const [node, from] of begun) {
      const cut = node.events.slice(from).filter((event) => event.method === 'peer' && event.params.event === 'disconnected')
      assert.equal(cut.length, 0, `${node.name} disconnected somebody honest`)
      assert.equal(firsts(node.texts(room)), CHAINS)
    }
    await converse(scene, 'unhurt')
  })
})
