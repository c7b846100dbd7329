/** A room with a history that one person wrote, long ago, and somebody who comes late. */
import { createSigner } from '../../src/core/record/keys.ts'
import { KIND } from '../../src/core/record/kinds.ts'
import { linePayload } from '../../src/core/record/payloads.ts'
import { createRecord } from '../../src/core/record/record.ts'
import { toStored } from '../../src/engine/views.ts'
import { World } from './world.ts'
import type { SimNode } from './world.ts'

export interface History {
  readonly world: World
  readonly room: string
  readonly keeper: SimNode
}

/** Lines of a usual length, one in a second and a half, the last one a day ago. */
export async function historyOf(seed: number, lines: number): Promise<History> {
  const world = new World(seed)
  const keeper = await world.node('ann')
  await world.run(1_000)
  await world.call(keeper.chat.join('lobby'))
  await world.run(1_000)
  const room = keeper.chat.rooms('joined')[0]!.id
  const author = createSigner(world.random.bytes(32))
  const fromUs = (world.timeline.nowMs - 86_400_000 - lines * 1500) * 1000
  let prev: string | null = null
  let ops: Parameters<SimNode['store']['write']>[0][number][] = []
  for (let at = 0; at < lines; at++) {
    const payload = linePayload({ nick: 'author', text: `line ${at} `.padEnd(180, 'x'), replyTo: null })
    const parents = prev === null ? [] : [prev]
    const record = createRecord(author, { kind: KIND.say, room, timeUs: fromUs + at * 1_500_000, prev, parents, auth: [room], payload })
    prev = record.id
    ops.push({ op: 'record', record: toStored(record, true) })
    if (ops.length < 5000) continue
    keeper.store.write(ops, 'normal')
    ops = []
  }
  if (ops.length > 0) keeper.store.write(ops, 'normal')
  return { world, room, keeper }
}

export async function comeLate({ world }: History, name: string, lateBytesPerDay?: number): Promise<SimNode> {
  const comer = await world.node(name)
  comer.crash()
  comer.lateBytesPerDay = lateBytesPerDay
  await comer.start()
  await world.run(1_000)
  await world.call(comer.chat.join('lobby'))
  return comer
}

export function held({ room }: History, node: SimNode): number {
  return [...node.store.items(room, 'message')].length
}

/** How many old messages it was told that it lacks, as a program sees it. */
export function leftOut(node: SimNode): number {
  return node.events.reduce((sum, event) => sum + (event.method === 'sync' ? event.params.leftOut ?? 0 : 0), 0)
}
