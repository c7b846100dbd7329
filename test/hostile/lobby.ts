/** Scenes that many tests begin with. */
import assert from 'node:assert/strict'
import { World } from '../sim/world.ts'
import type { SimNode } from '../sim/world.ts'
import { Liar } from './liar.ts'

export interface Scene {
  readonly world: World
  readonly nodes: SimNode[]
  readonly liar: Liar
  readonly room: string
}

/** Honest nodes in one established lobby, and a liar who is a member too and has the key. */
export async function lobby(seed: number, names = ['ann', 'bob']): Promise<Scene> {
  const world = new World(seed)
  const nodes: SimNode[] = []
  for (const name of names) nodes.push(await world.node(name))
  await world.run(1_000)
  for (const node of nodes) await world.call(node.chat.join('lobby'))
  await world.run(1_000)
  const room = nodes[0]!.chat.rooms('joined')[0]!.id
  for (const node of nodes) assert.equal(node.chat.rooms('joined')[0]?.id, room)
  const liar = await new Liar(world, 'liar').start()
  liar.beMember(room)
  await world.run(2_000)
  liar.takeKeys(room)
  return { world, nodes, liar, room }
}

/** Each says something; within the time all have all of it. */
export async function converse({ world, nodes, room }: Scene, tag: string, withinMs = 30_000): Promise<void> {
  for (const node of nodes) await world.call(node.chat.send({ room, text: `${tag} ${node.name}` }))
  const missing = () => nodes.flatMap((node) => {
    const texts = new Set(node.texts(room))
    return nodes.filter((other) => !texts.has(`${tag} ${other.name}`)).map((other) => `${node.name} lacks "${tag} ${other.name}"`)
  })
  for (let waitedMs = 0; waitedMs < withinMs && missing().length > 0; waitedMs += 500) await world.run(500)
  assert.deepEqual(missing(), [], `within ${withinMs} ms`)
}
