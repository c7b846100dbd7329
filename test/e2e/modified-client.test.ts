/** Somebody who was banned goes on with a client of their own, which signs anyway: written from the specification, against real nodes. */
import assert from 'node:assert/strict'
import { Homes, Program, until } from '../cli/program.ts'
import { RpcProgram } from '../cli/rpc-program.ts'
import { bytesOf, KIND, list, makeRecord, NAMES, Sealer } from './specimen/format.ts'
import { CODE, GRAPH, listIds, Specimen } from './specimen/peer.ts'

describe('the client of somebody who was banned', function () {
  this.timeout(60_000)
  const homes = new Homes()
  const peers: Specimen[] = []
  after(async () => {
    for (const peer of peers) await peer.node.stop()
    await Program.endAll()
    homes.remove()
  })

  it('is heard by nobody, is handed no new key and no message, and loses its connections', async () => {
    const ann = await RpcProgram.start(homes.path('ann'), ['--nick', 'ann'])
    const made = await ann.call<{ id: string }>('room.create', { name: 'lobby' })
    const bob = await RpcProgram.start(homes.path('bob'), ['--nick', 'bob', '--peer', await ann.address()])
    await bob.call('room.join', { room: 'lobby' })
    const room = Buffer.from(made.id, 'hex')
    const topic = NAMES.topic(room)
    for (const node of [ann, bob]) {
      const peer = await Specimen.meet(await node.address(), 'mallory')
      peers.push(peer)
      await peer.hears(CODE.rooms, 'rooms')
      peer.say(CODE.rooms, [peer.proofs(room).ours])
      await peer.subscribe(topic)
    }
    const [first, second] = peers as [Specimen, Specimen]
    const [, , epochs] = await first.hears(CODE.epochs, 'keys')
    const sealer = new Sealer(room, list(epochs)[0])
    const says = (author: Specimen, text: string, auth?: readonly Buffer[]): Buffer => makeRecord(author.author, room, {
      kind: KIND.say, timeUs: Date.now() * 1000, prev: null, parents: [], payload: ['mallory', text, null], ...(auth === undefined ? {} : { auth })
    }).bytes
    for (const [at, peer] of peers.entries()) {
      await peer.publish(topic, sealer.seal(says(peer, `still a member ${at}`)))
      await ann.notified('message', (message) => message['text'] === `still a member ${at}`)
    }

    for (const peer of peers) {
      const target = peer.author.identity.toString('hex')
      const { id } = await ann.call<{ id: string }>('room.act', { room: made.id, action: 'ban', target })
      for (const node of [ann, bob]) await node.notified('role', (told) => told['record'] === id)
    }
    const keys = peers.map((peer) => peer.said.filter((message) => message[0] === CODE.epochs).length)
    const { records: acts } = await ann.call<{ records: { id: string }[] }>('room.why', { room: made.id, target: 'ban' })
    const bans = acts.map(({ id }) => Buffer.from(id, 'hex'))
    await ann.call('message.send', { room: made.id, text: 'among ourselves' })
    await bob.notified('message', (message) => message['text'] === 'among ourselves')

    // As if it knew of nothing: not refused as a lie, and shown to nobody.
    await first.publish(topic, sealer.seal(says(first, 'by old heads')))
    // It asks for what is said now, and gets no answer.
    first.say(CODE.reconcile, first.proofs(room).ours, GRAPH.message, false, listIds([]))
    // And knowing of it: enough of that, and nobody listens any more.
    for (const peer of [first, second]) {
      for (let at = 0; at < 40 && peer.node.getConnections().length > 0; at++) {
        await peer.publish(topic, sealer.seal(says(peer, `defiance ${at}`, bans.slice(-1)))).catch(() => undefined)
      }
      await until(() => peer.node.getConnections().length === 0, 'it is dropped', 10_000)
    }
    for (const node of [ann, bob]) {
      const history = await node.call<{ text: string }[]>('message.history', { room: made.id })
      assert.deepEqual(history.map(({ text }) => text), ['still a member 0', 'still a member 1', 'among ourselves'])
    }
    assert.deepEqual(peers.map((peer) => peer.said.filter((message) => message[0] === CODE.epochs).length), keys, 'no key since')
    assert.ok(!first.said.some((message) => message[0] === CODE.records && list(message[2]).some((bytes) => bytesOf(bytes).includes('among ourselves'))))
    for (const peer of peers) {
      const opened = peer.frames.map((frame) => openWith(sealer, frame))
      assert.ok(opened.some((record) => record === undefined), 'sealed with a key that it lacks')
      assert.ok(opened.every((record) => record?.includes('among ourselves') !== true))
    }
  })
})

function openWith(sealer: Sealer, frame: Uint8Array): Buffer | undefined {
  try {
    return sealer.open(frame)
  } catch {
    return undefined
  }
}
