/** Who reaches others by a server alone hears soon that they have the message, and a room does not answer each line as one voice a member. */
import assert from 'node:assert/strict'
import { World } from './world.ts'
import type { SimNode } from './world.ts'

const SERVER = 'server'
const ROOM = 'lobby'
/** After which everybody has said at least once that they are there, and nobody is about to. */
const QUIET_MS = 60_000

interface Apart {
  readonly world: World
  readonly nodes: readonly SimNode[]
  /** From whom a frame came to the server that it had not heard yet, a line or presence. */
  readonly heard: string[]
}

/** So many people in a room, who have nothing between them any more but a server that forwards it. */
async function apart(seed: number, people: number): Promise<Apart> {
  const world = new World(seed)
  const nodes: SimNode[] = []
  const part = (...met: SimNode[]): void =>
    world.ether.partition(met.map(({ name }) => name), ...nodes.filter((node) => !met.includes(node)).map(({ name }) => [name]))
  for (let n = 0; n < people; n++) {
    const node = await world.node(`n${n}`)
    nodes.push(node)
    part(nodes[0]!, node)
    await world.run(1_000)
    await world.call(n === 0 ? node.chat.create({ name: ROOM }) : node.chat.join(ROOM))
    await world.run(500)
  }
  part()
  world.ether.weather = { loss: 0, duplication: 0, minDelayMs: 20, maxDelayMs: 60 }
  world.ether.server(SERVER)
  const heard: Apart['heard'] = []
  const known = new Set<string>()
  world.ether.tap = (kind, from, to, bytes) => {
    const frame = Buffer.from(bytes).toString('base64')
    if (kind !== 'frame' || to !== SERVER || known.has(frame)) return
    known.add(frame)
    heard.push(from)
  }
  await world.run(QUIET_MS)
  return { world, nodes, heard }
}

/** Says something, and lets time pass until somebody is known to hold it; returns how long that took, ms. */
async function heldAfterMs({ world }: Apart, by: SimNode): Promise<number> {
  const beganMs = world.timeline.nowMs
  const { id, delivery } = await world.call(by.chat.send({ room: ROOM, text: `at ${beganMs}` }))
  assert.equal(delivery.state, 'queued', 'nobody was reached but the server')
  const states = () => by.events.flatMap((event) => (event.method === 'delivery' && event.params.id === id ? [event.params.state] : []))
  while (states().length === 0 && world.timeline.nowMs - beganMs < 60_000) await world.run(50)
  assert.equal(states()[0], 'held', 'and nobody said anything but that they hold it')
  return world.timeline.nowMs - beganMs
}

function median(of: readonly number[]): number {
  return of.toSorted((left, right) => left - right)[of.length >> 1]!
}

/** Presence that was said, per second, while somebody speaks every so often. */
async function presencePerSecond(room: Apart, everyMs: number, forMs: number, speakers: readonly SimNode[]): Promise<number> {
  room.heard.length = 0
  let lines = 0
  for (const endMs = room.world.timeline.nowMs + forMs; room.world.timeline.nowMs < endMs; lines++) {
    if (speakers.length > 0) await room.world.call(speakers[lines % speakers.length]!.chat.send({ room: ROOM, text: `line ${lines}` }))
    await room.world.run(everyMs)
  }
  return (room.heard.length - (speakers.length > 0 ? lines : 0)) / (forMs / 1000)
}

describe('a room that a server alone holds together', function () {
  this.timeout(60_000)

  for (const people of [2, 3, 6, 20]) {
    it(`tells who speaks within some seconds that it is held: ${people} people`, async () => {
      const room = await apart(people, people)
      const waits: number[] = []
      for (let line = 0; line < 15; line++) {
        waits.push(await heldAfterMs(room, room.nodes[line % 3 === 0 ? 0 : people - 1]!))
        await room.world.run(room.world.random.between(5_000, 40_000))
      }
      assert.ok(median(waits) <= 1_500 && Math.max(...waits) <= 5_000, `${waits.join(', ')} ms`)
    })
  }

  it('tells it by presence of one or two, not of all', async () => {
    const room = await apart(7, 20)
    let answers = 0
    for (let line = 0; line < 20; line++) {
      room.heard.length = 0
      await heldAfterMs(room, room.nodes[0]!)
      await room.world.run(1_000)
      answers += room.heard.length - 1
      await room.world.run(30_000)
    }
    assert.ok(answers / 20 <= 3, `${answers / 20} an answer`)
  })

  it('tells it by the answer of who answers, without presence', async () => {
    const room = await apart(8, 2)
    const { world, heard, nodes: [ann, bob] } = room
    heard.length = 0
    const { id } = await world.call(ann!.chat.send({ room: ROOM, text: 'there?' }))
    while (bob!.texts(ROOM).length === 0) await world.run(1)
    await world.call(bob!.chat.send({ room: ROOM, text: 'here' }))
    while (!ann!.texts(ROOM).includes('here')) await world.run(1)
    assert.equal(ann!.chat.delivery(id).state, 'held')
    assert.deepEqual(heard, ['n0', 'n1'])
  })

  for (const [people, everyMs] of [[2, 200], [6, 200], [12, 200], [12, 1000]] as const) {
    it(`speaks of presence once a second at most: ${people} people, a line every ${everyMs} ms`, async () => {
      const room = await apart(people, people)
      const perSecond = await presencePerSecond(room, everyMs, 60_000, [room.nodes[0]!])
      // Who speaks says every half minute as well that they are there.
      assert.ok(perSecond <= 1 + 1 / 20, `${perSecond} a second`)
    })
  }

  it('of many speaks of presence no more than while all are silent', async () => {
    const room = await apart(9, 40)
    const silent = await presencePerSecond(room, 1_000, 60_000, [])
    const busy = await presencePerSecond(room, 1_000, 60_000, room.nodes.slice(0, 3))
    assert.ok(busy <= silent * 1.1, `${busy} a second, ${silent} in silence`)
  })

  it('and connections as well, speaks of presence no more than while all are silent', async () => {
    const room = await apart(10, 6)
    room.world.ether.heal()
    await room.world.run(QUIET_MS)
    const silent = await presencePerSecond(room, 1_000, 60_000, [])
    const busy = await presencePerSecond(room, 500, 60_000, room.nodes.slice(0, 3))
    assert.ok(busy <= silent * 1.1, `${busy} a second, ${silent} in silence`)
  })
})
