/**
 * The life of a world in bad weather: loss, duplication, reordering, partitions, crashes, wrong clocks. Afterwards everybody has everything that was
 * stored anywhere, in one order, and what the authors are told of delivery is true.
 */
import assert from 'node:assert/strict'
import { World } from './world.ts'

/** Lives through these seeds, one after the other. A failure names its seed: SEED=n SEEDS=1 repeats it. */
export async function liveAll(firstSeed: number, seeds: number): Promise<void> {
  for (let seed = firstSeed; seed < firstSeed + seeds; seed++) {
    try {
      await live(seed)
    } catch (error) {
      throw new Error(`seed ${seed}: ${error instanceof Error ? error.message : String(error)}`, { cause: error })
    }
  }
}

/** One world: an hour of trouble, then peace. Returns what everybody ends up with. */
export async function live(seed: number): Promise<string[]> {
  const world = new World(seed)
  const { random } = world
  const names = ['ann', 'bob', 'cat', 'dan', 'eve'].slice(0, random.between(2, 6))
  // Clocks are wrong by up to half the tolerance, so that nothing is held back as future.
  for (const name of names) await world.node(name, random.between(-15_000, 15_000))
  await world.run(1_000)
  for (const node of world.nodes) await world.call(node.chat.join('lobby'))
  await world.run(3_000)
  const rooms = new Set(world.nodes.map((node) => node.chat.rooms('joined')[0]?.id))
  assert.equal(rooms.size, 1, 'all are in one room before the trouble begins')
  world.ether.weather = { loss: random.next() * 0.5, duplication: random.next() * 0.5, minDelayMs: 0, maxDelayMs: random.between(5, 800) }

  const stored = new Set<string>()
  for (let step = 0; step < 60; step++) await trouble(world, stored, step)

  world.ether.weather = { loss: 0, duplication: 0, minDelayMs: 1, maxDelayMs: 20 }
  for (const node of world.nodes) if (!node.alive) await node.start()
  world.ether.heal()
  await world.run(60_000)
  const expected = world.nodes[0]!.texts('lobby')
  for (const node of world.nodes) assert.deepEqual(node.texts('lobby'), expected, `${node.name} shows what ${world.nodes[0]!.name} shows`)
  for (const text of stored) assert.ok(expected.includes(text), `nothing lost: ${text}`)
  assert.equal(new Set(expected).size, expected.length, 'nothing twice')
  checkDelivery(world)
  return expected
}

async function trouble(world: World, stored: Set<string>, step: number): Promise<void> {
  const { random } = world
  const node = random.pick(world.nodes)
  const action = random.between(0, 12)
  if (action < 8 && node.alive) {
    const text = `${node.name} ${step}`
    await world.call(node.chat.send({ room: 'lobby', text }))
    stored.add(text)
  } else if (action === 8) {
    const names = world.nodes.map((one) => one.name)
    const cut = random.between(0, names.length)
    world.ether.partition(names.slice(0, cut), names.slice(cut))
  } else if (action === 9) world.ether.heal()
  else if (action === 10 && node.alive) node.crash()
  else if (!node.alive) await node.start()
  await world.run(random.between(0, 3_000))
}

function checkDelivery(world: World): void {
  const others = world.nodes.length - 1
  for (const node of world.nodes) {
    for (const message of node.chat.history({ room: 'lobby', limit: 1000 })) {
      if (message.from.nick !== node.name) continue
      assert.ok(message.delivery !== undefined, 'own messages have a delivery')
      assert.ok(message.delivery.held <= others, 'nobody counts twice')
    }
  }
}
