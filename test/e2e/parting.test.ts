/** Strangers, one of them an admin, who give each node other records of rights: against real nodes, by a client written from the specification. */
import assert from 'node:assert/strict'
import { Homes, Program, until } from '../cli/program.ts'
import { RpcProgram } from '../cli/rpc-program.ts'
import { bytesOf, list, makeRecord } from './specimen/format.ts'
import type { Item } from './specimen/format.ts'
import { CODE, Specimen } from './specimen/peer.ts'

const LEAVE = 66
const POLICY = 80
/** More than a node keeps of one author whose records nothing names. */
const MANY = 300

interface Made { readonly id: Buffer; readonly bytes: Buffer }

/** Negentropy's list of these ids over the whole range. */
function listing(ids: readonly Buffer[]): Buffer {
  const digits = [ids.length & 127]
  for (let rest = ids.length >> 7; rest > 0; rest >>= 7) digits.unshift((rest & 127) | 128)
  return Buffer.concat([Buffer.of(0x61, 0, 0, 2, ...digits), ...ids])
}

/** Tells its node of these records when it compares, and gives what it asks for. Returns how many were asked for. */
function hand(peer: Specimen, room: Buffer, records: readonly Made[]): () => number {
  const ours = peer.proofs(room).ours
  const byId = new Map(records.map((record) => [record.id.toString('hex'), record]))
  let [at, given] = [0, 0]
  const answer = (message: readonly Item[]): void => {
    if (message[0] === CODE.reconcile && message[3] === false) {
      const graph = Number(message[2])
      peer.say(CODE.reconcile, ours, graph, true, listing(graph === 1 ? records.map(({ id }) => id) : []))
    }
    if (message[0] !== CODE.want) return
    const found = list(message[2]).flatMap((id) => byId.get(bytesOf(id).toString('hex')) ?? [])
    given += found.length
    peer.say(CODE.records, ours, found.map(({ bytes }) => bytes), 0)
  }
  peer.say(CODE.rooms, [])
  peer.said.splice(0)
  peer.say(CODE.rooms, [ours])
  return () => {
    for (; at < peer.said.length; at++) answer(peer.said[at]!)
    return given
  }
}

describe('strangers who give each node other records of rights', function () {
  this.timeout(120_000)
  const homes = new Homes()
  const peers: Specimen[] = []
  after(async () => {
    for (const peer of peers) await peer.node.stop()
    await Program.endAll()
    homes.remove()
  })

  it('part nobody, take nobody\'s rights, and are ended by one act of the owner', async () => {
    const ann = await RpcProgram.start(homes.path('ann'), ['--nick', 'ann'])
    const made = await ann.call<{ id: string; reclaimToken: string }>('room.create', { name: 'lobby' })
    const bob = await RpcProgram.start(homes.path('bob'), ['--nick', 'bob', '--peer', await ann.address()])
    await bob.call('room.join', { room: 'lobby' })
    const cat = await RpcProgram.start(homes.path('cat'), ['--nick', 'cat', '--peer', await ann.address(), '--peer', await bob.address()])
    await cat.call('room.join', { room: 'lobby' })
    const nodes = [ann, bob, cat]
    const room = Buffer.from(made.id, 'hex')
    for (const node of [ann, bob]) {
      const peer = await Specimen.meet(await node.address(), 'mallory')
      peers.push(peer)
      await peer.hears(CODE.rooms, 'rooms')
    }
    const [first] = peers as [Specimen, Specimen]
    const sign = (kind: number, parents: readonly Buffer[], payload: Item): Made => makeRecord(first.author, room, {
      kind, timeUs: Date.now() * 1000, prev: null, parents, payload, auth: []
    })
    const target = first.author.identity.toString('hex')

    const stateOf = async (node: RpcProgram): Promise<Record<string, unknown>> => await node.call('room.state', { room: made.id })
    const agree = async (): Promise<void> => {
      for (;;) {
        const hashes = new Set<unknown>()
        for (const node of nodes) hashes.add((await stateOf(node))['stateHash'])
        if (hashes.size === 1) return
        await new Promise((resolve) => setTimeout(resolve, 100))
      }
    }
    const converse = async (tag: string): Promise<void> => {
      for (const [at, node] of nodes.entries()) {
        const text = `${tag} ${at}`
        await node.call('message.send', { room: made.id, text })
        for (const other of nodes) if (other !== node) await other.notified('message', (message) => message['text'] === text)
      }
    }
    const attack = async (make: (at: number, n: number) => Made): Promise<void> => {
      const sets = peers.map((_, at) => Array.from({ length: MANY }, (_one, n) => make(at, n)))
      const counts = peers.map((peer, at) => hand(peer, room, sets[at]!))
      await until(() => counts.every((count) => count() >= MANY), 'each node has asked for its set', 30_000)
    }

    await attack((at, n) => sign(LEAVE, [room], [`${at} ${n}`]))
    await converse('among leaves')
    for (const node of nodes) assert.equal((await stateOf(node))['records'], 1, 'leaves are not kept')

    const { id: grant } = await ann.call<{ id: string }>('room.act', { room: made.id, action: 'promote', target })
    for (const node of [bob, cat]) await node.notified('role', (told) => told['record'] === grant)
    await attack((at, n) => sign(POLICY, [Buffer.from(grant, 'hex')], [[['topic', `${at} ${n}`]], []]))
    await converse('among forks')
    const { id: promoted } = await ann.call<{ id: string }>('room.act', { room: made.id, action: 'promote', target: 'bob' })
    await bob.notified('role', (told) => told['record'] === promoted)
    const { id: banned } = await bob.call<{ id: string }>('room.act', { room: made.id, action: 'ban', target: peers[1]!.author.identity.toString('hex') })
    for (const node of [ann, cat]) await node.notified('role', (told) => told['record'] === banned && told['effective'] === true)

    await ann.call('room.act', { room: made.id, action: 'demote', target })
    await agree()
    await converse('in peace')
    await cat.call('room.reclaim', { room: made.id, token: made.reclaimToken })
    await agree()
    for (const node of nodes) assert.deepEqual((await stateOf(node))['generation'], 1)
  })
})
