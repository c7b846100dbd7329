/** How often people say that they are there. */
import assert from 'node:assert/strict'
import { World } from './world.ts'

const MINUTES = 10
const SETTLED_MS = 120_000

/** Three in a room; the last is reached by the others directly, or by a server alone. Returns how often each says something in ten silent minutes. */
async function timesSaid(way: 'direct' | 'server'): Promise<ReadonlyMap<string, number>> {
  const world = new World(7)
  for (const name of ['ann', 'bob', 'cat']) {
    const node = await world.node(name)
    await world.run(1_000)
    await world.call(node.chat.join('lobby'))
  }
  await world.run(1_000)
  if (way === 'server') {
    world.ether.partition(['ann', 'bob'], ['cat'])
    world.ether.server('server')
  }
  await world.run(SETTLED_MS)
  const said = new Map(['ann', 'bob', 'cat'].map((name) => [name, 0]))
  const known = new Set<string>()
  world.ether.tap = (kind, from, _to, bytes) => {
    const frame = Buffer.from(bytes).toString('base64')
    if (kind !== 'frame' || known.has(frame)) return
    known.add(frame)
    said.set(from, (said.get(from) ?? 0) + 1)
  }
  await world.run(MINUTES * 60_000)
  return said
}

describe('people say that they are there', () => {
  it('once a minute, when they are connected with everybody who is', async () => {
    for (const [name, times] of await timesSaid('direct')) assert.ok(times >= MINUTES - 1 && times <= MINUTES * 1.4, `${name}: ${times}`)
  })

  it('twice a minute, when somebody hears of them by others only', async () => {
    for (const [name, times] of await timesSaid('server')) assert.ok(times >= MINUTES * 1.9 && times <= MINUTES * 2.8, `${name}: ${times}`)
  })
})
