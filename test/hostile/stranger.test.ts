/** A stranger: connected, in no room. What it is told, and what a wire-tapper sees between honest nodes. */
import assert from 'node:assert/strict'
import { fromHex } from '../../src/core/record/bytes.ts'
import { nameHash, roomProof } from '../../src/core/seal/topic.ts'
import { World } from '../sim/world.ts'
import type { SimNode } from '../sim/world.ts'
import { Liar, strangeIds } from './liar.ts'

const CANARY = { name: 'canary-in-the-mine', topic: 'topic of canaries', text: 'the canary sings', nick: 'ann' }

interface Talk {
  readonly world: World
  readonly ann: SimNode
  readonly bob: SimNode
  readonly room: string
}

async function secretTalk(seed: number): Promise<Talk> {
  const world = new World(seed)
  const ann = await world.node('ann')
  const bob = await world.node('bob')
  await world.run(1_000)
  const { id: room } = await world.call(ann.chat.create({ name: CANARY.name, topic: CANARY.topic }))
  await world.call(bob.chat.join(CANARY.name))
  await world.run(1_000)
  for (const node of [ann, bob]) for (let at = 0; at < 5; at++) await world.call(node.chat.send({ room, text: `${CANARY.text} ${node.name} ${at}` }))
  return { world, ann, bob, room }
}

/** What must not be seen: words as UTF-8, ids and keys as bytes and as hex. `host` is who is listened to; it may say who it is itself. */
function secrets({ room, ann, bob }: Talk, host: SimNode): Map<string, Buffer> {
  const hidden = new Map<string, Buffer>()
  const bytes = (what: string, hex: string): void => {
    hidden.set(what, Buffer.from(fromHex(hex)))
    hidden.set(`${what} in hex`, Buffer.from(hex))
  }
  for (const [what, text] of [['name', CANARY.name], ['topic', CANARY.topic], ['text', CANARY.text]] as const) hidden.set(what, Buffer.from(text))
  bytes('room id', room)
  for (const epoch of ann.store.epochs(room)) bytes('epoch key', Buffer.from(epoch.key).toString('hex'))
  for (const record of ann.store.timeline(room, [1], 20)) bytes(`record ${record.id.slice(0, 6)}`, record.id)
  const other = host === ann ? bob : ann
  bytes('the other member', other.chat.status().identity)
  return hidden
}

function search(seen: readonly Uint8Array[], hidden: ReadonlyMap<string, Buffer>): string[] {
  return [...hidden].filter(([, canary]) => seen.some((bytes) => Buffer.from(bytes).includes(canary))).map(([what]) => what)
}

describe('a stranger', () => {
  it('is told nothing of a room, whatever it asks, as long as it does not name it', async () => {
    const talk = await secretTalk(80)
    const { world, ann, bob, room } = talk
    const seen: Record<string, Uint8Array[]> = { ann: [], bob: [] }
    world.ether.tap = (_, from, to, bytes) => {
      if (to === 'stranger') seen[from]!.push(bytes)
    }
    const stranger = await new Liar(world, 'stranger').start()
    stranger.greet = (peerId) => stranger.hello(peerId)
    await world.run(1_000)
    const guesses = [nameHash('lobby'), ...strangeIds(world, 5)]
    const overheard = ann.store.timeline(room, [1], 1).map((record) => record.id)
    for (const to of ['ann', 'bob']) {
      const other = to === 'ann' ? 'bob' : 'ann'
      // Whatever names a room on this connection, made without the room's id: what it was sent itself, and what it saw go elsewhere.
      const proofs = [...stranger.all('rooms', to).flatMap((message) => message.proofs), roomProof(room, other, to), roomProof(room, to, other), ...guesses]
      stranger.say(to, { type: 'rooms', proofs })
      stranger.say(to, { type: 'find', names: guesses })
      for (const proof of proofs) {
        stranger.say(to, { type: 'want', room: proof, ids: [...guesses, ...overheard] })
        stranger.say(to, { type: 'epochs', room: proof, epochs: [] })
        stranger.say(to, { type: 'reconcile', room: proof, graph: 'message', toInitiator: false, message: Uint8Array.of(0x61, 0, 0, 2, 0) })
      }
    }
    for (const node of [ann, bob]) await world.call(node.chat.send({ room, text: `${CANARY.text} once more` }))
    await world.run(60_000)
    assert.ok(stranger.all('found').every(({ candidates }) => candidates.length === 0))
    for (const node of [ann, bob]) {
      assert.ok(seen[node.name]!.length > 3, 'it is spoken to')
      assert.deepEqual(search(seen[node.name]!, secrets(talk, node)), [], `from ${node.name}`)
    }
    assert.ok(!ann.chat.members(room).some((member) => member.identity === stranger.signer.identity))
  })

  it('cannot make a member believe that somebody is in the room with a proof made for another connection', async () => {
    const { world, ann, room } = await secretTalk(81)
    const stranger = await new Liar(world, 'stranger').start()
    stranger.greet = (peerId) => {
      stranger.hello(peerId)
      stranger.say(peerId, { type: 'rooms', proofs: [roomProof(room, 'bob', 'ann'), roomProof(room, 'ann', 'stranger')] })
    }
    await world.run(2_000)
    assert.equal(ann.chat.members(room).length, 2)
    assert.deepEqual(stranger.all('epochs'), [])
  })
})

describe('frames of gossip', () => {
  it('show nothing of who said what where, and no nonce is used twice', async () => {
    const talk = await secretTalk(82)
    const { world, ann, bob, room } = talk
    const frames: Uint8Array[] = []
    world.ether.tap = (kind, _from, _to, bytes) => {
      if (kind === 'frame') frames.push(bytes)
    }
    for (let at = 0; at < 20; at++) for (const node of [ann, bob]) await world.call(node.chat.send({ room, text: `${CANARY.text} ${at}` }))
    await world.run(90_000)
    assert.ok(frames.length > 40, `${frames.length} frames, presence among them`)
    const hidden = secrets(talk, ann)
    for (const [what, bytes] of secrets(talk, bob)) hidden.set(`${what} (bob)`, bytes)
    assert.deepEqual(search(frames, hidden), [])
    const distinct = new Set(frames.map((frame) => Buffer.from(frame).toString('hex')))
    const nonces = new Set([...distinct].map((hex) => hex.slice(2 * 20, 2 * 32)))
    assert.equal(nonces.size, distinct.size, 'no nonce is used twice')
  })
})
