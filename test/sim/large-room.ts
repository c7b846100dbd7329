/** Rooms of many nodes that all know one address, over virtual time: what is asked of them after each thing that happens. */
import assert from 'node:assert/strict'
import { FEWEST_PEERS, MOST_PEERS } from '../../src/engine/partial-view.ts'
import { World } from './world.ts'
import type { SimNode } from './world.ts'

const ROOM = 'large'

export interface LargeRoom {
  readonly world: World
  readonly room: string
  readonly hub: SimNode
}

/** One has made a room, and the others come within some seconds, knowing the address of that one and nothing else. */
export async function fill(seed: number, { count, loss }: { count: number; loss: number }): Promise<LargeRoom> {
  const world = new World(seed)
  world.ether.dialled = true
  world.ether.weather = { loss, duplication: 0, minDelayMs: 5, maxDelayMs: 50 }
  const hub = await world.node('n0')
  const { id: room } = await world.call(hub.chat.create({ name: ROOM }))
  const large = { world, room, hub }
  for (let n = 1; n < count; n++) {
    await come(large, `n${n}`)
    await world.run(20)
  }
  return large
}

/** Somebody who knows the address of the first one alone. */
export async function come({ world, room, hub }: Pick<LargeRoom, 'world' | 'room' | 'hub'>, name: string): Promise<SimNode> {
  const node = await world.node(name, 0, [hub.name])
  // By its id: what is found by a name while nobody answers yet is another matter (naming.test.ts).
  node.chat.join(room).catch(() => undefined)
  return node
}

export function alive({ world }: LargeRoom): SimNode[] {
  return world.nodes.filter((node) => node.alive)
}

export function isIn({ room }: LargeRoom, node: SimNode): boolean {
  return node.chat.rooms('joined').some(({ id }) => id === room)
}

/** Virtual time until it holds, ms. @throws {Error} when it did not within the time given. */
export async function within(withinMs: number, { world }: LargeRoom, what: string, holds: () => boolean): Promise<number> {
  const beganMs = world.timeline.nowMs
  while (!holds()) {
    if (world.timeline.nowMs - beganMs > withinMs) assert.fail(`within ${withinMs} ms there was not: ${what}`)
    await world.run(500)
  }
  return world.timeline.nowMs - beganMs
}

/** Some say something, and all who live have it. */
export async function allHear(large: LargeRoom, what: string, speakers: readonly SimNode[], withinMs: number): Promise<number> {
  const texts = speakers.map((node) => `${what} ${node.name}`)
  for (const [at, node] of speakers.entries()) await large.world.call(node.chat.send({ room: large.room, text: texts[at]! }))
  return within(withinMs, large, `everybody has what was said: ${what}`, () => alive(large).every((node) => {
    const has = new Set(node.texts(large.room))
    return texts.every((text) => has.has(text))
  }))
}

/** Everybody sees as present whoever lives, and nobody else. */
export function isAllPresent(large: LargeRoom): boolean {
  const living = alive(large)
  return living.every(({ chat }) => chat.members(large.room).filter(({ presence }) => presence !== 'offline').length === living.length)
}

/** Each is connected with as many as is meant in a large room. */
export function isSpread(large: LargeRoom): boolean {
  const degrees = large.world.ether.degrees()
  return alive(large).every(({ name }) => degrees.get(name)! >= FEWEST_PEERS && degrees.get(name)! <= MOST_PEERS)
}

/** Each fifth, the first among them: the one whose address all were given. */
export function killEachFifth(large: LargeRoom): void {
  for (const [at, node] of large.world.nodes.entries()) if (at % 5 === 0) node.crash()
}
