import assert from 'node:assert/strict'
import { ArchiveReader } from '../../src/core/archive/reader.ts'
import { archiveOf } from '../../src/commands/export.ts'
import { createLocalClient } from '../../src/rpc/local-client.ts'
import type { SimNode } from './world.ts'
import { World } from './world.ts'

async function recordsOf(node: SimNode, room: string): Promise<string[]> {
  const records: string[] = []
  const reader = new ArchiveReader({ record: (_record, _line, text) => records.push(text), flaw: ({ text }) => assert.fail(text) })
  for await (const piece of archiveOf(createLocalClient(node.chat), room, () => undefined)) reader.feed(new TextEncoder().encode(piece))
  reader.end()
  return records
}

describe('a room that is exported and imported', function () {
  this.timeout(40_000)

  it('is shown as it was, also what people said before they were banned, however much it is', async () => {
    const world = new World(7)
    const [ann, bob] = [await world.node('ann'), await world.node('bob')]
    await world.run(1_000)
    const { id } = await world.call(ann.chat.create({ name: 'lobby' }))
    await world.call(bob.chat.join(id))
    await world.call(ann.chat.act({ room: id, action: 'policy', set: { rate: 'off' } }))
    await world.run(1_000)
    for (let count = 0; count < 300; count++) await world.call(bob.chat.send({ room: id, text: `line ${count}` }))
    await world.run(2_000)
    await world.call(ann.chat.act({ room: id, action: 'ban', target: 'bob' }))
    await world.call(ann.chat.act({ room: id, action: 'policy', set: { slow: 60_000 } }))
    await world.call(ann.chat.send({ room: id, text: 'quiet' }))
    const records = await recordsOf(ann, id)
    const cat = await world.node('cat')
    const taken = await world.call(cat.chat.importRecords(records.slice(0, 20)))
    assert.deepEqual({ ...taken }, { room: id, added: 20, known: 0, refused: 0, refusals: [] })
    assert.equal((await world.call(cat.chat.importRecords(records))).known, 20)
    assert.deepEqual(cat.texts(id), ann.texts(id))
    assert.equal(cat.texts(id).length, 301)
    assert.equal(cat.chat.roomState(id).stateHash, ann.chat.roomState(id).stateHash)
    assert.deepEqual(await recordsOf(cat, id), records)
    assert.ok(cat.events.some(({ method }) => method === 'timeline'))
  })

  it('goes on from there: what is said next names what was said before', async () => {
    const world = new World(8)
    const ann = await world.node('ann')
    const { id } = await world.call(ann.chat.create({ name: 'lobby' }))
    for (let count = 0; count < 50; count++) await world.call(ann.chat.send({ room: id, text: `line ${count}` }))
    const records = await recordsOf(ann, id)
    ann.crash()
    const bob = await world.node('bob')
    await world.call(bob.chat.importRecords(records))
    await world.call(bob.chat.send({ room: id, text: 'thanks' }))
    bob.crash()
    await bob.start()
    assert.equal(bob.texts(id).at(-1), 'thanks')
    assert.equal(bob.texts(id).length, 51)
    await ann.start()
    await world.run(10_000)
    assert.equal(ann.texts(id).at(-1), 'thanks')
    assert.equal(bob.events.some((event) => event.method === 'gap' && event.params.missing > 0), false)
  })

  it('is refused, and nothing of it is there, when the disk is full; and taken when it is not', async () => {
    const world = new World(9)
    const [ann, bob] = [await world.node('ann'), await world.node('bob')]
    const { id } = await world.call(ann.chat.create({ name: 'lobby' }))
    await world.call(ann.chat.send({ room: id, text: 'hello' }))
    const records = await recordsOf(ann, id)
    bob.store.failNextWrite('disk-full')
    await assert.rejects(bob.chat.importRecords(records), { reason: 'disk-full' })
    assert.deepEqual(bob.chat.rooms('joined'), [])
    await world.call(bob.chat.importRecords(records.slice(0, 1)))
    bob.store.failNextWrite('disk-full')
    await assert.rejects(bob.chat.importRecords(records), { reason: 'disk-full' })
    assert.deepEqual(bob.texts(id), [])
    assert.equal((await world.call(bob.chat.importRecords(records))).added, 1)
    assert.deepEqual(bob.texts(id), ['hello'])
  })

  it('says of each record that it does not take why', async () => {
    const world = new World(10)
    const [ann, bob] = [await world.node('ann', 120_000), await world.node('bob')]
    const { id } = await world.call(ann.chat.create({ name: 'lobby' }))
    await world.call(ann.chat.send({ room: id, text: 'from the future' }))
    const other = await world.call(ann.chat.create({ name: 'other' }))
    const [genesis, future] = await recordsOf(ann, id)
    const [foreign] = await recordsOf(ann, other.id)
    const taken = await world.call(bob.chat.importRecords([genesis!, '?', 'AAAA', foreign!, future!]))
    assert.deepEqual(taken.refusals.map(({ index, reason }) => `${index} ${reason}`), ['1 malformed', '2 malformed', '3 other-room', '4 waiting'])
    await assert.rejects(bob.chat.importRecords([]), { reason: 'wrong-arguments' })
    await assert.rejects(bob.chat.importRecords(['?', genesis!]), { reason: 'bad-record' })
    const eve = await world.node('eve')
    await assert.rejects(eve.chat.importRecords([future!]), { reason: 'not-found' })
  })

  it('comes in pages that go on where the last one ended, and what is said meanwhile is for the next export', async () => {
    const world = new World(11)
    const ann = await world.node('ann')
    const { id } = await world.call(ann.chat.create({ name: 'lobby' }))
    await world.call(ann.chat.act({ room: id, action: 'policy', set: { rate: 'off' } }))
    for (let count = 0; count < 20; count++) await world.call(ann.chat.send({ room: id, text: `${count} ${'x'.repeat(30_000)}` }))
    const first = ann.chat.records({ room: id })
    assert.ok(first.records.length > 2 && first.records.length < 15, String(first.records.length))
    await world.call(ann.chat.act({ room: id, action: 'policy', set: { topic: 'tea' } }))
    await world.call(ann.chat.send({ room: id, text: 'meanwhile' }))
    const second = ann.chat.records({ room: id, after: first.next! })
    const third = ann.chat.records({ room: id, after: second.next! })
    assert.equal(first.records.length + second.records.length + third.records.length, 22)
    assert.throws(() => ann.chat.records({ room: id, after: first.next! }), { reason: 'not-found' })
    assert.equal((await recordsOf(ann, id)).length, 24)
  })
})
