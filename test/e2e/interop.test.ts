/** A real node talks with one that was written from the text of docs/SPEC.md and shares only libp2p with it. */
import assert from 'node:assert/strict'
import { Homes, Program, until } from '../cli/program.ts'
import { RpcProgram } from '../cli/rpc-program.ts'
import { bytesOf, KIND, list, makeRecord, NAMES, readBinding, readRecord, Sealer } from './specimen/format.ts'
import type { Record } from './specimen/format.ts'
import { CODE, fingerprintOf, GRAPH, isOpening, listIds, NOTHING, readIds, Specimen } from './specimen/peer.ts'

const nowUs = (): number => Date.now() * 1000

describe('a node written from the specification', function () {
  this.timeout(60_000)
  const homes = new Homes()
  const peers: Specimen[] = []
  let ann: RpcProgram
  let peer: Specimen
  let room: Buffer
  let sealer: Sealer
  /** What the specimen said before it met anybody. */
  let early: Record
  let newest: Buffer

  const says = (text: string, parents: readonly Buffer[], prev: Buffer | null, timeUs: number): Record =>
    makeRecord(peer.author, room, { kind: KIND.say, timeUs, prev, parents, payload: ['specimen', text, null] })
  const shown = (text: string): Promise<unknown> => ann.notified('message', (message) => message['text'] === text)
  const meet = async (nick: string, addresses: readonly string[] = []): Promise<Specimen> => {
    const met = await Specimen.meet(await ann.address(), nick, addresses)
    peers.push(met)
    return met
  }

  before(async () => {
    ann = await RpcProgram.start(homes.path('ann'), ['--nick', 'ann'])
    await ann.call('room.create', { name: 'Lobby', topic: 'tea' })
    for (const text of ['one', 'two', 'three']) await ann.call('message.send', { room: 'lobby', text })
    peer = await meet('specimen', ['/ip4/127.0.0.1/tcp/9'])
  })
  after(async () => {
    for (const met of peers) await met.node.stop()
    await Program.endAll()
    homes.remove()
  })

  it('learns who the other is, and finds a room by its name and by its id', async () => {
    const [, binding, nick, addresses, nowMs] = await peer.hears(CODE.hello, 'hello')
    const { identity } = await ann.call<{ identity: string }>('node.status')
    assert.deepEqual([readBinding(binding, peer.them), nick], [identity, 'ann'])
    assert.ok(list(addresses).includes(await ann.address()) && Math.abs(Number(nowMs) - Date.now()) < 60_000)

    peer.say(CODE.rooms, [])
    peer.say(CODE.find, [NAMES.ofName('lobby')])
    const found = await peer.hears(CODE.found, 'the room', (message) => bytesOf(message[1]).equals(NAMES.ofName('lobby')))
    const [genesis, established] = list(list(found[2])[0])
    const { id, fields } = readRecord(bytesOf(genesis))
    assert.deepEqual([fields[1], fields[2], list(fields[8]).slice(0, 3), established], [64, null, ['Lobby', 0, 'tea'], true])
    room = id
    peer.say(CODE.find, [NAMES.ofId(room)])
    const byId = await peer.hears(CODE.found, 'the room by id', (message) => bytesOf(message[1]).equals(NAMES.ofId(room)))
    assert.deepEqual(byId[2], found[2])
  })

  it('is given the keys of the room for its proof, and is pulled from', async () => {
    const { ours, theirs } = peer.proofs(room)
    const [, proofs] = await peer.hears(CODE.rooms, 'rooms')
    assert.ok(list(proofs).some((proof) => bytesOf(proof).equals(theirs)))
    early = says('said before we met', [], null, nowUs() - 60_000_000)
    peer.say(CODE.rooms, [ours])
    const [, , epochs] = await peer.hears(CODE.epochs, 'keys')
    sealer = new Sealer(room, list(epochs)[0])

    for (const [graph, ids] of [[GRAPH.authority, [room]], [GRAPH.message, [early.id]]] as const) {
      const opening = await peer.hears(CODE.reconcile, `a pull of graph ${graph}`, (message) => message[2] === graph && message[3] === false)
      assert.ok(bytesOf(opening[1]).equals(theirs) && isOpening(opening[4]))
      peer.say(CODE.reconcile, ours, graph, true, listIds(ids))
    }
    const [, , wanted] = await peer.hears(CODE.want, 'a request for what it lacks')
    assert.deepEqual(list(wanted).map((id) => bytesOf(id)), [early.id])
    peer.say(CODE.records, ours, [early.bytes], 0)
    await shown('said before we met')
    await peer.hears(CODE.held, 'that it is stored', (message) => list(message[2]).some((id) => bytesOf(id).equals(early.id)))
  })

  it('is given the history, each record signed, and agrees that it is whole', async () => {
    const { ours } = peer.proofs(room)
    peer.say(CODE.reconcile, ours, GRAPH.message, false, listIds([early.id]))
    const answer = await peer.hears(CODE.reconcile, 'an answer', (message) => message[2] === GRAPH.message && message[3] === true)
    const ids = readIds(answer[4])!.filter((id) => !id.equals(early.id))
    assert.equal(ids.length, 3)
    peer.say(CODE.want, ours, ids)
    const [, , records, left] = await peer.hears(CODE.records, 'the records')
    const read = list(records).map((record) => readRecord(bytesOf(record)))
    assert.deepEqual([read.map(({ fields }) => list(fields[8])[1]).sort(), left], [['one', 'three', 'two'], 0])
    assert.ok(read.every(({ fields }) => bytesOf(fields[2]).equals(room)))
    peer.say(CODE.reconcile, ours, GRAPH.message, false, fingerprintOf([...ids, early.id]))
    await peer.hears(CODE.reconcile, 'that nothing differs', (message) => message[3] === true && bytesOf(message[4]).equals(NOTHING))
    newest = read.find(({ fields }) => list(fields[8])[1] === 'three')!.id
  })

  it('is heard by gossip, asked for what was lost, and told what is held', async () => {
    const topic = NAMES.topic(room)
    await peer.subscribe(topic)
    const first = says('lost on the way', [newest, early.id], early.id, nowUs())
    const second = says('arrived', [first.id], first.id, nowUs() + 1)
    await peer.publish(topic, sealer.seal(second.bytes))
    await shown('arrived')
    await peer.hears(CODE.want, 'a request for the gap', (message) => list(message[2]).some((id) => bytesOf(id).equals(first.id)))
    peer.say(CODE.records, peer.proofs(room).ours, [first.bytes], 0)
    await shown('lost on the way')
    for (const { id } of [first, second]) {
      await peer.hears(CODE.held, 'that it is stored', (message) => list(message[2]).some((held) => bytesOf(held).equals(id)))
    }
    newest = second.id
  })

  it('hears what is said, and acknowledges it by the heads of its presence', async () => {
    const { id } = await ann.call<{ id: string }>('message.send', { room: 'lobby', text: 'to everybody' })
    const find = () => peer.frames.map((frame) => readRecord(sealer.open(frame))).find((record) => record.id.toString('hex') === id)
    await until(() => find() !== undefined, 'a frame that holds it')
    const said = find()!
    assert.deepEqual(said.fields[6], [newest])
    const presence = makeRecord(peer.author, room, {
      kind: KIND.presence, timeUs: nowUs(), prev: null, parents: [said.id], payload: ['specimen', 0, 0]
    })
    await peer.publish(NAMES.topic(room), sealer.seal(presence.bytes))
    await ann.notified('delivery', (delivery) => delivery['id'] === id && delivery['held'] === 1 && delivery['of'] === 1)
  })

  it('is introduced to another in the room', async () => {
    const other = await meet('other')
    other.say(CODE.rooms, [other.proofs(room).ours])
    const [, proof, told] = await other.hears(CODE.peers, 'who else is there')
    assert.ok(bytesOf(proof).equals(other.proofs(room).theirs))
    assert.deepEqual(told, [[peer.peerId, [`/ip4/127.0.0.1/tcp/9/p2p/${peer.peerId}`]]])
  })

  it('may say more than the other understands', async () => {
    for (let at = 0; at < 20; at++) peer.say(99, 'a message of a later version')
    const before = peer.said.length
    peer.say(CODE.want, peer.proofs(room).ours, [early.id], 'a field of a later version')
    await peer.hears(CODE.records, 'the record', (message) => peer.said.indexOf(message) >= before)
  })
})
