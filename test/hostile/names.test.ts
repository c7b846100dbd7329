/** Names and handles that a liar claims. */
import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { encode } from '../../src/core/record/codec.ts'
import { KIND } from '../../src/core/record/kinds.ts'
import { readGenesis } from '../../src/core/record/payloads.ts'
import { decodeRecord } from '../../src/core/record/record.ts'
import { roomSuffix } from '../../src/core/room/naming.ts'
import { nameHash } from '../../src/core/seal/topic.ts'
import { World } from '../sim/world.ts'
import { Liar } from './liar.ts'

const NAME = nameHash('lobby')

describe('a liar that offers rooms', () => {
  it('without end does not crowd out the one that others are in', async () => {
    const world = new World(90)
    const ann = await world.node('ann')
    const bob = await world.node('bob')
    await world.run(1_000)
    for (const node of [ann, bob]) await world.call(node.chat.join('lobby'))
    await world.run(1_000)
    const { id } = ann.chat.rooms('joined')[0]!
    world.ether.partition(['ann', 'bob'], ['liar', 'cat'])
    const liar = await new Liar(world, 'liar').start()
    liar.greet = (peerId) => liar.hello(peerId)
    const offer = (established: boolean) => Array.from({ length: 8 }, () => ({ genesis: liar.genesis('lobby').bytes, established }))
    liar.answer = (from, message) => {
      if (message.type !== 'find' || !message.names.includes(NAME)) return
      for (let times = 0; times < 10; times++) liar.say(from, { type: 'found', name: NAME, candidates: offer(true) })
    }
    const cat = await world.node('cat')
    await world.run(1_000)
    await assert.rejects(world.call(cat.chat.join('lobby')), { reason: 'ambiguous' })
    world.ether.heal()
    await world.run(2_000)
    await assert.rejects(world.call(cat.chat.join('lobby')), (error: Error & { candidates: string[] }) => {
      assert.ok(error.candidates.includes(`lobby~${roomSuffix(id)}`), 'the honest one is among those to choose from')
      assert.ok(error.candidates.length <= 33)
      return true
    })
    assert.equal((await world.call(cat.chat.join(id))).id, id)
  })

  it('of which one has the handle of an honest one makes nobody join it by mistake', async () => {
    const world = new World(91)
    const ann = await world.node('ann')
    await world.run(1_000)
    const { id } = await world.call(ann.chat.create({ name: 'lobby' }))
    const liar = await new Liar(world, 'liar').start()
    liar.greet = (peerId) => liar.hello(peerId)
    const twin = alike(liar, id)
    assert.equal(roomSuffix(decode(twin)), roomSuffix(id))
    liar.answer = (from, message) => {
      if (message.type !== 'find') return
      for (const name of message.names) liar.say(from, { type: 'found', name, candidates: name === NAME ? [{ genesis: twin, established: true }] : [] })
    }
    const bob = await world.node('bob')
    await world.run(1_000)
    await assert.rejects(world.call(bob.chat.join(`lobby~${roomSuffix(id)}`)), (error: Error & { candidates: string[] }) => {
      assert.deepEqual([...error.candidates].sort(), [id, decode(twin)].sort(), 'told apart by their whole ids')
      return true
    })
    assert.equal((await world.call(bob.chat.join(id))).id, id)
  }).timeout(60_000)
})

function decode(bytes: Uint8Array): string {
  const record = decodeRecord(bytes)
  assert.ok(record.ok)
  return record.value.id
}

/** A genesis whose id begins like the other's: a million tries, as anybody can afford. */
function alike(liar: Liar, id: string): Uint8Array {
  const record = liar.genesis('lobby')
  const payload = readGenesis(record.payload)
  assert.ok(payload.ok)
  const { commitment, nonce } = payload.value
  const body = encode([1, KIND.genesis, null, liar.signer.publicKey, record.timeUs, null, [], [], ['lobby', 0, '', commitment, nonce]])
  const view = new DataView(body.buffer, body.byteOffset + body.length - nonce.length)
  const wanted = id.slice(0, 5)
  for (let tries = 0; ; tries++) {
    view.setUint32(0, tries)
    const digest = hash('sha256', body, 'hex')
    if (!digest.startsWith(wanted)) continue
    const domain = Buffer.from('p2pchat record v1\0')
    return encode([body, liar.signer.sign(Buffer.concat([domain, Buffer.from(digest, 'hex')]))])
  }
}
