/** One home that runs twice: both processes hear of it, are told, and lose nothing; nobody can make a node believe it who has not its key. */
import assert from 'node:assert/strict'
import { createSigner } from '../../src/core/record/keys.ts'
import { readBinding, makeBinding } from '../../src/core/seal/binding.ts'
import { lobby } from '../hostile/lobby.ts'
import type { Scene } from '../hostile/lobby.ts'
import { World } from './world.ts'
import type { SimNode } from './world.ts'

const TURN_MS = 6_000

function elsewhere(node: SimNode): string[] {
  return node.notices('elsewhere')
}

/** The hello that this node said last to the liar. */
function helloOf({ liar }: Scene, name: string): Uint8Array {
  for (const { from, message } of [...liar.heard].reverse()) if (from === name && message.type === 'hello') return message.binding
  return assert.fail('it said no hello')
}

function timeOf(bytes: Uint8Array, peerId: string): number {
  const read = readBinding(bytes, peerId)
  assert.ok(read.ok)
  return read.value.timeMs
}

describe('a home that runs twice', () => {
  it('is told to both processes once, and whoever stays has all that both said', async () => {
    const world = new World(81)
    const [ann, bob] = [await world.node('ann'), await world.node('bob')]
    await world.run(1_000)
    for (const node of [ann, bob]) await world.call(node.chat.join('lobby'))
    await world.run(1_000)
    const room = ann.chat.rooms('joined')[0]!.id
    await world.call(ann.chat.send({ room, text: 'before' }))
    await world.run(2_000)

    let resumeAnn = world.ether.suspend('ann')
    const copy = await world.copyOf(ann)
    await world.run(1_000)
    await world.call(copy.chat.join('lobby'))
    await world.run(TURN_MS)
    assert.deepEqual(elsewhere(copy), [], 'whoever came last cannot know yet')
    await world.call(copy.chat.send({ room, text: 'of the copy' }))
    await world.run(2_000)

    let resumeCopy = world.ether.suspend('ann')
    resumeAnn()
    await world.run(TURN_MS)
    assert.match(elsewhere(ann).join(), /online elsewhere too, at \/memory\/ann, as bob says.*cannot run at once/u)
    assert.deepEqual(ann.chat.status().elsewhere, { address: '/memory/ann' })
    await world.call(ann.chat.send({ room, text: 'of the first' }))
    await world.run(2_000)

    resumeAnn = world.ether.suspend('ann')
    resumeCopy()
    await world.run(TURN_MS)
    assert.equal(elsewhere(copy).length, 1, 'the first signed a later binding, so the copy hears of it')
    for (let turn = 0; turn < 8; turn++) {
      resumeCopy = world.ether.suspend('ann')
      resumeAnn()
      await world.run(TURN_MS)
      resumeAnn = world.ether.suspend('ann')
      resumeCopy()
      await world.run(TURN_MS)
    }
    assert.deepEqual([elsewhere(ann).length, elsewhere(copy).length], [1, 1], 'told once')

    world.ether.suspend('ann')
    copy.alive = false
    await world.call(bob.chat.send({ room, text: 'of bob' }))
    resumeAnn()
    await world.run(5_000)
    for (const node of [ann, bob]) assert.deepEqual(node.texts(room).sort(), ['before', 'of bob', 'of the copy', 'of the first'])
    await world.run(20 * 60_000)
    assert.equal(ann.chat.status().elsewhere, undefined, 'and some time later it is over')
  })

  it('is not what a later start is, also by a clock that was set back', async () => {
    const scene = await lobby(82)
    const [ann] = scene.nodes as [SimNode]
    const first = helloOf(scene, 'ann')
    ann.crash()
    ann.skewMs = -3_600_000
    await ann.start()
    await scene.world.run(5_000)
    const second = helloOf(scene, 'ann')
    assert.ok(timeOf(second, 'ann') > timeOf(first, 'ann'), 'its binding is later')
    for (const binding of [first, second]) scene.liar.say('ann', { type: 'elsewhere', binding, address: '/ip4/192.0.2.1/tcp/1' })
    await scene.world.run(5_000)
    assert.deepEqual(elsewhere(ann), [], 'what it signed itself proves nothing, whoever plays it back')
    assert.equal(ann.chat.status().elsewhere, undefined)
  })

  it('cannot be made up without the key, and who tries is shunned', async () => {
    const scene = await lobby(83)
    const { liar, world, nodes: [ann] } = scene as Scene & { nodes: [SimNode] }
    const other = createSigner(world.random.bytes(32))
    const timeMs = world.timeline.nowMs + 1_000_000
    const forged = makeBinding(other, { peerId: 'ann', device: '', prekey: other.publicKey, timeMs }).bytes
    const ofBob = helloOf(scene, 'bob')
    const broken = Uint8Array.from(helloOf(scene, 'ann'), (byte, at) => (at === 100 ? byte ^ 1 : byte))
    for (let at = 0; at < 30; at++) {
      for (const binding of [forged, ofBob, broken]) liar.say('ann', { type: 'elsewhere', binding, address: '/ip4/192.0.2.1/tcp/1' })
      await world.run(10_000)
    }
    assert.deepEqual(elsewhere(ann), [])
    const cut = ann.events.filter((event) => event.method === 'peer' && event.params.peerId === 'liar' && event.params.event === 'disconnected')
    assert.ok(cut.length > 0, 'no honest node says so')
    assert.equal(ann.chat.status().peers.find(({ peerId }) => peerId === 'liar')?.identity, undefined)
  })

  it('a thief of the key does not use up the times of bindings', async () => {
    const scene = await lobby(85, ['ann'])
    const { liar, world, nodes: [ann] } = scene as Scene & { nodes: [SimNode] }
    const signer = world.signerOf(ann)
    const { bytes: binding } = makeBinding(signer, { peerId: 'ann', device: '', prekey: signer.publicKey, timeMs: Number.MAX_SAFE_INTEGER - 1 })
    liar.say('ann', { type: 'elsewhere', binding, address: '' })
    await world.run(5_000)
    assert.match(elsewhere(ann).join(), /online elsewhere too, somewhere, as liar says/u)
    ann.crash()
    await ann.start()
    await world.run(5_000)
    assert.ok(timeOf(helloOf(scene, 'ann'), 'ann') <= world.timeline.nowMs, 'and its bindings are read as before')
  })

  it('two that answer each other sign no more than once in five minutes', async () => {
    const scene = await lobby(84, ['ann'])
    const { liar, world, nodes: [ann] } = scene as Scene & { nodes: [SimNode] }
    // The thief of a key, or the copy of a home: it always has a later binding.
    const signer = world.signerOf(ann)
    const before = liar.heard.filter(({ message }) => message.type === 'hello').length
    for (let at = 0; at < 20; at++) {
      const binding = makeBinding(signer, { peerId: 'ann', device: '', prekey: signer.publicKey, timeMs: world.timeline.nowMs + 1_000 }).bytes
      liar.say('ann', { type: 'elsewhere', binding, address: 'x'.repeat(256) })
      await world.run(30_000)
    }
    const hellos = liar.heard.filter(({ message }) => message.type === 'hello').length - before
    assert.ok(hellos >= 1 && hellos <= 3, `${hellos} in ten minutes`)
    assert.equal(elsewhere(ann).length, 1)
  })
})
