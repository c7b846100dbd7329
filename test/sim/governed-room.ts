/** A room of three, of which ann is the owner, and what people do in it. */
import assert from 'node:assert/strict'
import { ApiError } from '../../src/engine/api.ts'
import type { Params, RoomAction } from '../../src/engine/api.ts'
import { World } from './world.ts'
import type { SimNode } from './world.ts'

export interface Scene {
  world: World
  room: string
  token: string
  ann: SimNode
  bob: SimNode
  cat: SimNode
}

/** Ann has made a room on purpose; bob and cat are in it. */
export async function scene(seed: number): Promise<Scene> {
  const world = new World(seed)
  const [ann, bob, cat] = [await world.node('ann'), await world.node('bob'), await world.node('cat')]
  await world.run(1_000)
  const made = await world.call(ann.chat.create({ name: 'lobby' }))
  for (const node of [bob, cat]) await world.call(node.chat.join(made.id))
  await world.run(2_000)
  return { world, room: made.id, token: made.reclaimToken, ann, bob, cat }
}

export function act({ world, room }: Scene, node: SimNode, action: RoomAction, more: Omit<Params<'room.act'>, 'room' | 'action'> = {}): Promise<{ id: string }> {
  return world.call(node.chat.act({ room, action, ...more }))
}

export function say({ world, room }: Scene, node: SimNode, text: string): Promise<unknown> {
  return world.call(node.chat.send({ room, text }))
}

export async function refusal(promise: Promise<unknown>): Promise<string> {
  try {
    await promise
  } catch (error) {
    assert.ok(error instanceof ApiError, String(error))
    assert.match(error.message, /^.*\.$/u, 'a sentence')
    return error.reason
  }
  return 'done'
}

export function agree({ room, ann, bob, cat }: Scene): void {
  const hashes = [ann, bob, cat].map((node) => node.chat.roomState(room).stateHash)
  assert.deepEqual(new Set(hashes).size, 1, 'all say the same')
}

export function sentences(node: SimNode): string[] {
  return node.events.flatMap((event) => (event.method === 'role' ? [event.params.text] : []))
}

export function names(scene: Scene, node: SimNode): string[] {
  return node.chat.members(scene.room).map((member) => member.nick).sort()
}

export const identityOf = (node: SimNode): string => node.chat.status().identity
