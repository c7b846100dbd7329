/** Liars try to part a room, or to make its rights useless, by records of rights: each node is given others, and all that it takes. */
import assert from 'node:assert/strict'
import { ban } from '../../src/core/authority/actions/ban.ts'
import { leave } from '../../src/core/authority/actions/leave.ts'
import { policy } from '../../src/core/authority/actions/policy.ts'
import { toBase64 } from '../../src/core/record/bytes.ts'
import { createSigner } from '../../src/core/record/keys.ts'
import { MAX_ADMIN_ACTS, MAX_FORKED_RECORDS } from '../../src/core/record/limits.ts'
import type { SignedRecord } from '../../src/core/record/record.ts'
import type { Params } from '../../src/engine/api.ts'
import type { SimNode } from '../sim/world.ts'
import { listing } from './listing.ts'
import { converse, lobby } from './lobby.ts'
import type { Scene } from './lobby.ts'

const UNKNOWN = 127
/** More than were ever kept of one author, and than a node keeps of one that forks. */
const MANY = 300

const idOf = (node: SimNode): string => node.chat.status().identity

function ownerOf({ nodes, room }: Scene): SimNode {
  return nodes.find((node) => node.chat.roomState(room).owner === idOf(node))!
}

const othersOf = (scene: Scene): SimNode[] => scene.nodes.filter((node) => node !== ownerOf(scene))

async function act(scene: Scene, node: SimNode, action: Params<'room.act'>['action'], more: Partial<Params<'room.act'>> = {}): Promise<void> {
  await scene.world.call(node.chat.act({ room: scene.room, action, ...more }))
  await scene.world.run(2_000)
}

function weightless({ world, liar, room }: Scene, kind: number, parents: readonly string[], n: number): SignedRecord {
  const payload = kind === leave.kind ? leave.write({ reason: '' }) : [n]
  return liar.record(room, { kind, parents, auth: [], timeUs: world.timeline.nowMs * 1000 + n, payload })
}

function topic({ world, liar, room }: Scene, parents: readonly string[], n: number): SignedRecord {
  const payload = policy.write({ settings: new Map([['topic', `topic ${n}`]]), cut: [] })
  return liar.record(room, { kind: policy.kind, parents, auth: [], timeUs: world.timeline.nowMs * 1000 + n, payload })
}

/** Each node is told of its own set, whenever it compares, and given what it asks for. */
function hand({ liar, room }: Scene, setOf: (node: string) => readonly SignedRecord[]): void {
  liar.answer = (from, message) => {
    const mine = setOf(from)
    if (message.type === 'reconcile' && !message.toInitiator) {
      const ids = message.graph === 'authority' ? mine.map(({ id }) => id) : []
      liar.say(from, { type: 'reconcile', room: liar.proof(room, from), graph: message.graph, toInitiator: true, message: listing(ids) })
    }
    if (message.type !== 'want') return
    const wanted = new Set(message.ids)
    liar.records(from, room, mine.filter(({ id }) => wanted.has(id)))
  }
  for (const to of liar.connected) {
    liar.claim(to)
    liar.claim(to, room)
  }
}

/** All say the same of the room within the time. */
async function agree({ world, room, nodes }: Scene, withinMs = 300_000): Promise<void> {
  const hashes = (): Set<string> => new Set(nodes.map((node) => node.chat.roomState(room).stateHash))
  for (let waitedMs = 0; waitedMs < withinMs && hashes().size > 1; waitedMs += 1_000) await world.run(1_000)
  assert.equal(hashes().size, 1, 'all say the same of the room')
}

/** The liar is an admin, and has been handed over what it needs for that. */
async function withAdmin(seed: number): Promise<{ scene: Scene; grant: string }> {
  const scene = await lobby(seed, ['ann', 'bob', 'cat', 'dan'])
  const { id: grant } = await scene.world.call(ownerOf(scene).chat.act({ room: scene.room, action: 'promote', target: scene.liar.signer.identity }))
  await scene.world.run(3_000)
  return { scene, grant }
}

describe('a room that a stranger wants to part', function () {
  this.timeout(60_000)

  for (const kind of [leave.kind, UNKNOWN]) {
    it(`stays one, whatever each node is given of kind ${kind}, and says by whom it is named`, async () => {
      const scene = await lobby(7, ['ann', 'bob', 'cat', 'dan'])
      const { liar, room, nodes, world } = scene
      const sets = nodes.map((_, at) => Array.from({ length: MANY }, (_one, n) => weightless(scene, kind, [room], at * MANY + n)))
      hand(scene, (name) => sets[nodes.findIndex((node) => node.name === name)] ?? [])
      await world.run(5_000)
      for (const [at, set] of sets.entries()) {
        for (const junk of set.slice(0, 20)) liar.gossip(room, liar.line(room, `on junk ${at}`, { auth: [junk.id], timeUs: world.timeline.nowMs * 1000 + at }))
        for (const junk of set.slice(0, 20)) liar.gossip(room, liar.presence(room, [], { auth: [junk.id] }))
      }
      await world.run(5_000)
      liar.answer = () => undefined
      await converse(scene, 'as one')
      for (const node of nodes) assert.equal(node.store.authority(room).length, 1, `${node.name} keeps nothing of it`)
      await act(scene, ownerOf(scene), 'ban', { target: liar.signer.identity })
      await agree(scene)
      await converse(scene, 'in peace')
    })
  }

  it('does as its admins say, however many heads a stranger makes', async () => {
    const scene = await lobby(61, ['ann', 'bob', 'cat'])
    const { liar, room, world } = scene
    const [fresh, other] = othersOf(scene) as [SimNode, SimNode]
    const crowd = async (kind: number): Promise<void> => {
      for (let n = 0, last = room; n < 20; n++) {
        const record = weightless(scene, kind, [last], n)
        liar.gossip(room, record)
        if (n < 6) last = record.id
      }
      await world.run(2_000)
    }
    await act(scene, ownerOf(scene), 'promote', { target: idOf(fresh) })
    await crowd(leave.kind)
    await act(scene, fresh, 'kick', { target: idOf(other) })
    for (const node of scene.nodes) {
      const kick = node.chat.acts({ room, limit: 100 }).find((one) => one.action === 'kick')
      assert.equal(kick?.effective, true, `by ${node.name} it counts`)
    }
    await crowd(UNKNOWN)
    await act(scene, ownerOf(scene), 'ban', { target: idOf(other) })
    await crowd(leave.kind)
    await act(scene, ownerOf(scene), 'unban', { target: idOf(other) })
    for (const node of scene.nodes) assert.deepEqual(node.chat.roomState(room).banned, [], `by ${node.name} nobody is banned`)
    await converse(scene, 'all back')
  })
})

describe('a room with an admin who wants to part it', function () {
  this.timeout(120_000)

  it('goes on, whatever forks each node is given, and one act of the owner ends it', async () => {
    const { scene, grant } = await withAdmin(62)
    const { liar, room, nodes, world } = scene
    const sets = nodes.map((_, at) => Array.from({ length: MANY }, (_one, n) => topic(scene, [grant], at * 1_000 + n)))
    hand(scene, (name) => sets[nodes.findIndex((node) => node.name === name)] ?? [])
    await world.run(10_000)
    for (const [at, node] of nodes.entries()) {
      const mine = new Set(sets[at]!.map(({ id }) => id))
      const kept = node.store.authority(room).filter(({ id }) => mine.has(id)).length
      assert.ok(kept >= MAX_FORKED_RECORDS, `${node.name} is full of it: ${kept}`)
    }
    await converse(scene, 'beside forks')
    const [fresh, other] = othersOf(scene) as [SimNode, SimNode]
    await act(scene, ownerOf(scene), 'promote', { target: idOf(fresh) })
    await act(scene, fresh, 'ban', { target: idOf(other) })
    for (const node of nodes) assert.deepEqual(node.chat.roomState(room).banned, [idOf(other)], node.name)
    const keys = fresh.store.epochs(room).map(({ id }) => id)
    for (const node of nodes) {
      const known = new Set(node.store.epochs(room).map(({ id }) => id))
      assert.ok(node === other || keys.every((id) => known.has(id)), `${node.name} keeps the key that was made in knowledge of the ban`)
    }
    await act(scene, ownerOf(scene), 'unban', { target: idOf(other) })
    await act(scene, ownerOf(scene), 'demote', { target: liar.signer.identity })
    await agree(scene)
    await converse(scene, 'after forks')
    liar.answer = () => undefined
    let bytes = 0
    world.ether.tap = (_kind, from, _to, frame) => {
      if (from !== 'liar') bytes += frame.length
    }
    await world.run(600_000)
    world.ether.tap = undefined
    const perNode = bytes / nodes.length / 10
    assert.ok(perNode < 100_000, `what each keeps of it costs little to compare: ${Math.round(perNode)} bytes a minute and node`)
  })

  it('takes no more of it than its quota, one upon the other, nor what names more', async () => {
    const { scene, grant } = await withAdmin(63)
    const { room, nodes, world, liar } = scene
    const chain: SignedRecord[] = []
    for (let n = 0; n < MAX_ADMIN_ACTS + 100; n++) chain.push(topic(scene, [chain.at(-1)?.id ?? grant], n))
    hand(scene, () => chain)
    await world.run(10_000)
    liar.gossip(room, liar.line(room, 'beyond', { auth: [chain.at(-1)!.id] }))
    await world.run(3_000)
    for (const node of nodes) assert.equal(node.store.authority(room).length, 2 + MAX_ADMIN_ACTS, node.name)
    await converse(scene, 'none the less')
    await act(scene, ownerOf(scene), 'ban', { target: liar.signer.identity })
    await agree(scene)
    for (const node of nodes) assert.ok(!node.texts(room).includes('beyond'))
  })

  it('has a key to speak with, however many it bans beside each other', async () => {
    const { scene, grant } = await withAdmin(64)
    const { room, nodes, world, liar } = scene
    const somebody = (n: number): string => createSigner(Uint8Array.from({ length: 32 }, (_, at) => (at === 0 ? n : 9))).identity
    const bans = Array.from({ length: 40 }, (_, n) => {
      const payload = ban.write({ target: somebody(n), untilMs: null, purge: false, reason: '', cut: [] })
      return liar.record(room, { kind: ban.kind, parents: [grant], auth: [], payload })
    })
    hand(scene, () => bans)
    await world.run(5_000)
    for (const node of nodes) assert.ok(node.chat.roomState(room).banned.length > 20, node.name)
    await converse(scene, 'in spite of forty bans')
    const keys = nodes.map((node) => node.store.epochs(room).length)
    await converse(scene, 'and again')
    assert.deepEqual(nodes.map((node) => node.store.epochs(room).length), keys, 'nobody makes a key for each line')
  })

  it('is not parted by what somebody takes in from a file', async () => {
    const { scene, grant } = await withAdmin(65)
    const { room, nodes, world } = scene
    const [genesis] = nodes[0]!.chat.records({ room }).records as [string]
    for (const [at, node] of nodes.entries()) {
      const junk = Array.from({ length: MANY }, (_, n) => topic(scene, [grant], at * 1_000 + n))
      const leaves = Array.from({ length: 20 }, (_, n) => weightless(scene, leave.kind, [room], at * 1_000 + n))
      await world.call(node.chat.importRecords([genesis, ...[...junk, ...leaves].map(({ bytes }) => toBase64(bytes))]))
    }
    await converse(scene, 'after the files')
    await act(scene, ownerOf(scene), 'demote', { target: scene.liar.signer.identity })
    await agree(scene)
  })
})
