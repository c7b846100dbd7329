/** A member who says more than the room takes, in whatever order, by whatever door. What each node then stores, shows, passes on and offers is counted. */
import assert from 'node:assert/strict'
import { DEFAULT_RATE } from '../../src/core/authority/messages.ts'
import { DISPLACED_BURST } from '../../src/core/record/limits.ts'
import { createSigner } from '../../src/core/record/keys.ts'
import { KIND } from '../../src/core/record/kinds.ts'
import { linePayload } from '../../src/core/record/payloads.ts'
import { createRecord } from '../../src/core/record/record.ts'
import type { SignedRecord } from '../../src/core/record/record.ts'
import { listing } from './listing.ts'
import { converse, lobby } from './lobby.ts'
import type { Scene } from './lobby.ts'

const COUNT = DEFAULT_RATE.count
const FLOOD = 400

/** Honest nodes late in a window of 10 s, and the time from which on in it is the flood's, µs. */
async function scene(seed: number): Promise<Scene & { readonly fromUs: number; readonly passedOn: () => number }> {
  const made = await lobby(seed, ['ann', 'bob', 'cat'])
  const { world } = made
  let passedOn = 0
  world.ether.tap = (kind, from) => {
    if (kind === 'frame' && from !== 'liar') passedOn++
  }
  await world.run(10_000 - (world.timeline.nowMs % 10_000) + 9_000)
  return { ...made, fromUs: Math.floor(world.timeline.nowMs / 10_000) * 10_000_000, passedOn: () => passedOn }
}

function floodOf({ liar, room, fromUs }: Scene & { fromUs: number }, count = FLOOD): SignedRecord[] {
  return Array.from({ length: count }, (_, at) => liar.line(room, `flood ${at}`, { timeUs: fromUs + at * 1000 }))
}

/** From now on it offers these in each reconciliation, and hands over what is asked for, one at a time if that is wanted. */
function offer({ liar, room }: Scene, records: readonly SignedRecord[], size = records.length): void {
  liar.answer = (from, message) => {
    if (message.type === 'reconcile' && !message.toInitiator) {
      const ids = message.graph === 'message' ? records.map(({ id }) => id) : []
      liar.say(from, { type: 'reconcile', room: liar.proof(room, from), graph: message.graph, toInitiator: true, message: listing(ids) })
    }
    if (message.type !== 'want') return
    const wanted = records.filter(({ id }) => message.ids.includes(id))
    for (let at = 0; at < wanted.length; at += size) {
      liar.records(from, room, wanted.slice(at, at + size), Math.max(0, wanted.length - at - size))
    }
  }
}

async function gossip({ world, liar, room }: Scene, records: readonly SignedRecord[]): Promise<void> {
  for (const [at, record] of records.entries()) {
    liar.gossip(room, record)
    if (at % 5 === 4) await world.run(25)
  }
  await world.run(2_000)
}

/** How many of the liar's messages each node stores. */
function stored({ nodes, room, liar }: Scene): number[] {
  return nodes.map((node) => node.store.messagesBy(room, liar.signer.identity, 0, 1e16).length)
}

function floods({ nodes, room }: Scene): string[][] {
  return nodes.map((node) => node.texts(room).filter((text) => text.startsWith('flood')))
}

/** How often each was told of a message or of a timeline that is another now. */
function told({ nodes }: Scene): number[] {
  return nodes.map(({ events }) => events.filter(({ method }) => method === 'message' || method === 'timeline').length)
}

const first = Array.from({ length: COUNT }, (_, at) => `flood ${at}`)

describe('a flood within one window', () => {
  it('of ever earlier times is stored as far as it counts, and passed on and told of little further', async () => {
    const all = await scene(41)
    await gossip(all, floodOf(all).toReversed())
    assert.deepEqual(stored(all), [COUNT, COUNT, COUNT])
    const most = COUNT + DISPLACED_BURST + 20
    // Each passes on to the two others.
    assert.ok(all.passedOn() <= 3 * 2 * (most + 10), `${all.passedOn()} frames`)
    for (const count of told(all)) assert.ok(count <= most * 2, `${count} events`)
    await all.world.run(400_000)
    assert.deepEqual(stored(all), [COUNT, COUNT, COUNT])
    for (const texts of floods(all)) assert.deepEqual(texts, floods(all)[0])
    await converse(all, 'heard')
  }).timeout(30_000)

  it('in any order is the same everywhere in the end: the first of all that anybody offers', async () => {
    const all = await scene(42)
    const flood = floodOf(all)
    await gossip(all, flood.toSorted(() => all.world.random.next() - 0.5))
    offer(all, flood)
    await all.world.run(600_000)
    for (const texts of floods(all)) assert.deepEqual(texts, first)
    assert.deepEqual(stored(all), [COUNT, COUNT, COUNT])
  }).timeout(30_000)

  it('handed over by a member, one at a time and the latest first, is stored as far as it counts, and told of little further', async () => {
    const all = await scene(43)
    const before = told(all)
    offer(all, floodOf(all).toReversed(), 1)
    await all.world.run(600_000)
    for (const texts of floods(all)) assert.deepEqual(texts, first)
    for (const count of stored(all)) assert.ok(count <= COUNT, `${count} stored`)
    for (const [at, count] of told(all).entries()) assert.ok(count - before[at]! <= COUNT + DISPLACED_BURST + 700, `${count - before[at]!} events`)
  }).timeout(30_000)

  it('that honest members spoke into leaves what they say in the room, and no gap for who comes later', async () => {
    const all = await scene(44)
    const { world, room, nodes } = all
    const flood = floodOf(all, 200).toReversed()
    for (let at = 0; at < flood.length; at += 20) {
      await gossip(all, flood.slice(at, at + 20))
      await world.call(nodes[(at / 20) % 3]!.chat.send({ room, text: `honest ${at}` }))
    }
    await world.run(5_000)
    const late = await world.node('dan')
    await world.call(late.chat.join('lobby'))
    await world.run(60_000)
    const honest = (texts: string[]): string[] => texts.filter((text) => text.startsWith('honest'))
    assert.equal(honest(late.texts(room)).length, 10)
    for (const node of nodes) assert.deepEqual(honest(node.texts(room)), honest(late.texts(room)))
    // Of what was displaced, no more stays than was named in the time.
    for (const count of stored(all)) assert.ok(count <= 2 * COUNT + DISPLACED_BURST, `${count} stored`)
    const gaps = late.events.flatMap((event) => (event.method === 'gap' ? event.params.missing : []))
    assert.ok(gaps.length === 0 || gaps.at(-1) === 0, `gaps: ${gaps.join()}`)
  }).timeout(30_000)

  it('that names itself, in a chain, is stored no further than twice as far as it counts', async () => {
    const all = await scene(45)
    const { liar, room, fromUs } = all
    const chain: SignedRecord[] = []
    for (let at = 0; at < COUNT; at++) {
      chain.push(liar.line(room, `flood ${1000 + at}`, { timeUs: fromUs + 5_000_000 + at * 1000, parents: chain.slice(-1).map(({ id }) => id) }))
    }
    await gossip(all, [...chain, ...floodOf(all, COUNT)])
    for (const count of stored(all)) assert.ok(count <= 2 * COUNT, `${count} stored`)
    for (const texts of floods(all)) assert.deepEqual(texts, first)
  }).timeout(30_000)
})

describe('identities that cost nothing', () => {
  it('have no more kept out of sight than one room keeps, in a room in which they may not speak', async () => {
    const all = await lobby(51, ['ann', 'bob'])
    const { world, room, liar, nodes } = all
    const owner = nodes.find((node) => node.chat.roomState(room).owner === node.chat.status().identity)!
    await world.call(owner.chat.act({ room, action: 'policy', set: { announceOnly: true } }))
    await world.run(3_000)
    const before = nodes.map((node) => [...node.store.items(room, 'message')].length)
    for (let n = 0; n < 600; n++) {
      const payload = linePayload({ nick: 'x', text: 'out of sight', replyTo: null })
      const timeUs = world.timeline.nowMs * 1000 + n
      const fields = { kind: KIND.say, room, timeUs, prev: null, parents: [], auth: [room], payload }
      liar.gossip(room, createRecord(createSigner(world.random.bytes(32)), fields))
      if (n % 20 === 19) await world.run(50)
    }
    await world.run(5_000)
    for (const [at, node] of nodes.entries()) {
      const more = [...node.store.items(room, 'message')].length - before[at]!
      assert.ok(more <= 256 && more > 0, `${more} more`)
      assert.deepEqual(node.texts(room).filter((text) => text === 'out of sight'), [])
    }
  }).timeout(30_000)
})
