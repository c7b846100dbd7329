/**
 * The life of a room in bad weather whose people promote, kick, ban, mute, hand over and reclaim as it comes to them. Afterwards all say the same about
 * it, whoever is out included, and all who are in have and show the same.
 */
import assert from 'node:assert/strict'
import { ApiError } from '../../src/engine/api.ts'
import type { Params, RoomAction, SettingsChange } from '../../src/engine/api.ts'
import { World } from './world.ts'
import type { SimNode } from './world.ts'

const DEEDS: readonly RoomAction[] = [
  'promote', 'promote', 'demote', 'kick', 'ban', 'unban', 'unban', 'mute', 'unmute', 'policy', 'redact', 'transfer', 'kick', 'ban'
]
const SETTINGS: readonly SettingsChange[] = [
  { topic: 'tea' }, { topic: 'cake' }, { slow: 2_000 }, { slow: 'off' }, { announceOnly: true }, { announceOnly: false },
  { rate: { count: 2, windowMs: 5_000 } }, { rate: 'off' }
]

/** With who comes later. */
const MOST = 6

interface Reign {
  readonly world: World
  readonly room: string
  /** The genesis, as a file holds it. */
  readonly founding: readonly string[]
  /** The token that counts, if nothing was lost on the way. */
  token: string
}

/** Lives through these seeds, one after the other. A failure names its seed: SEED=n SEEDS=1 repeats it. */
export async function reignAll(firstSeed: number, seeds: number): Promise<void> {
  for (let seed = firstSeed; seed < firstSeed + seeds; seed++) {
    try {
      await reign(seed)
    } catch (error) {
      throw new Error(`seed ${seed}: ${error instanceof Error ? error.message : String(error)}`, { cause: error })
    }
  }
}

async function reign(seed: number): Promise<void> {
  const world = new World(seed)
  const { random } = world
  const names = ['ann', 'bob', 'cat', 'dan', 'eve'].slice(0, random.between(3, 6))
  for (const name of names) await world.node(name, random.between(-10_000, 10_000))
  await world.run(1_000)
  const made = await world.call(world.nodes[0]!.chat.create({ name: 'court' }))
  for (const node of world.nodes.slice(1)) await world.call(node.chat.join(made.id))
  await world.run(3_000)
  const founding = world.nodes[0]!.chat.records({ room: made.id }).records.slice(0, 1)
  const scene: Reign = { world, room: made.id, token: made.reclaimToken, founding }
  world.ether.weather = { loss: random.next() * 0.3, duplication: random.next() * 0.3, minDelayMs: 0, maxDelayMs: random.between(5, 800) }
  for (let step = 0; step < 60; step++) await unrest(scene, step)
  world.ether.weather = { loss: 0, duplication: 0, minDelayMs: 1, maxDelayMs: 20 }
  for (const node of world.nodes) if (!node.alive) await node.start()
  world.ether.heal()
  // Kicks are over after a minute, and each node has compared with each other.
  await world.run(400_000)
  check(scene)
  checkKeys(scene)
}

function check({ world, room }: Reign): void {
  const [first] = world.nodes
  const state = first!.chat.roomState(room)
  for (const node of world.nodes) assert.deepEqual(node.chat.roomState(room), state, `${node.name} says what ${first!.name} says`)
  const isIn = (node: SimNode): boolean => node.chat.rooms('joined').length > 0
  for (const node of world.nodes) assert.equal(isIn(node), !state.banned.includes(node.chat.status().identity), `${node.name} knows whether it is in`)
  const [one, ...others] = world.nodes.filter(isIn)
  for (const other of others) {
    assert.deepEqual(stored(other, room), stored(one!, room), `${other.name} has what ${one!.name} has`)
    assert.deepEqual(other.texts(room), one!.texts(room), `${other.name} shows what ${one!.name} shows`)
  }
}

/**
 * Who was banned once, and is out, has no key that was made under the ban, unless somebody let it in again meanwhile: that may have counted for a while,
 * and does not any more since a reclaim.
 */
function checkKeys({ world, room }: Reign): void {
  const [first] = world.nodes
  const acts = first!.chat.acts({ room, limit: 1000 })
  const bans = acts.filter((act) => act.action === 'ban' && act.effective)
  const letIn = new Set(acts.filter(({ action }) => action === 'unban' || action === 'promote' || action === 'transfer').map(({ target }) => target))
  for (const node of world.nodes) {
    const { identity } = node.chat.status()
    const own = bans.filter((act) => act.target === identity)
    if (own.length !== 1 || letIn.has(identity) || !first!.chat.roomState(room).banned.includes(identity)) continue
    const heads = node.store.epochs(room).flatMap((epoch) => epoch.heads)
    assert.ok(!heads.includes(own[0]!.record), `${node.name} has no key that was made when it was out`)
  }
}

/** All messages that a node has, but for those above a rate, which need not be kept. */
function stored(node: SimNode, room: string): string[] {
  const ids = [...node.store.items(room, 'message')].map(({ id }) => Buffer.from(id).toString('hex'))
  return ids.filter((id) => !/more than the room allows/u.test(node.chat.why(room, id).text))
}

async function unrest(scene: Reign, step: number): Promise<void> {
  const { world, room } = scene
  const { random } = world
  const kind = random.between(0, 22)
  const node = chosen(world, kind >= 8 && kind < 14)
  if (kind < 8 && node.alive) await tried(world, node.chat.send({ room, text: `${node.name} ${step}` }))
  else if (kind < 14 && node.alive) await govern(scene, node)
  else if (kind === 14 && node.alive && random.between(0, 3) === 0) await reclaim(scene, node)
  else if (kind === 16) divide(world)
  else if (kind === 17) world.ether.heal()
  else if (kind === 18 && node.alive) node.crash()
  else if (kind === 20 && node.alive) await carry(scene, node)
  else if (kind === 21 && world.nodes.length < MOST) await late(scene)
  else if (!node.alive) await node.start()
  await world.run(random.between(0, 5_000))
}

/** Those who may do much do much. */
function chosen({ nodes, random }: World, isAct: boolean): SimNode {
  const ruling = nodes.filter((one) => one.alive && one.chat.rooms('joined')[0]?.role !== 'member')
  return random.pick(isAct && ruling.length > 0 && random.between(0, 3) > 0 ? ruling : nodes)
}

function divide({ nodes, random, ether }: World): void {
  const names = nodes.map((one) => one.name)
  const cut = random.between(0, names.length)
  ether.partition(names.slice(0, cut), names.slice(cut))
}

async function reclaim(scene: Reign, node: SimNode): Promise<void> {
  const used = await tried(scene.world, node.chat.reclaim(scene.room, scene.token))
  if (used !== undefined) scene.token = used.reclaimToken
}

async function govern(scene: Reign, node: SimNode): Promise<void> {
  const done = await tried(scene.world, node.chat.act(wish(scene, node)))
  // Stored, and maybe told to nobody yet.
  if (done !== undefined && scene.world.random.between(0, 8) === 0) node.crash()
}

/** Somebody who comes with no more than the genesis. */
async function late({ world, founding }: Reign): Promise<void> {
  const node = await world.node(`late${world.nodes.length}`, world.random.between(-10_000, 10_000))
  await tried(world, node.chat.importRecords(founding))
}

/** A file with all that one has, taken in by another. */
async function carry({ world, room }: Reign, node: SimNode): Promise<void> {
  const other = world.random.pick(world.nodes)
  if (other === node || !other.alive) return
  for (let page = node.chat.records({ room }); page.next !== undefined; page = node.chat.records({ room, after: page.next })) {
    await tried(world, other.chat.importRecords(page.records))
  }
}

function wish({ world, room }: Reign, node: SimNode): Params<'room.act'> {
  const { random } = world
  const action = random.pick(DEEDS)
  if (action === 'policy') return { room, action, set: random.pick(SETTINGS) }
  if (action === 'redact') {
    const said = node.chat.history({ room })
    return { room, action, target: said.length === 0 ? '' : random.pick(said).id }
  }
  const target = random.pick(world.nodes).name
  const timed = (action === 'ban' || action === 'mute') && random.between(0, 2) === 0
  return { room, action, target, ...(timed ? { duration: 30_000 } : {}), ...(action === 'ban' && random.between(0, 4) === 0 ? { purge: true } : {}) }
}

/** What people try is often refused, and never fails. */
async function tried<T>(world: World, wanted: Promise<T>): Promise<T | undefined> {
  return await world.call(wanted).catch((error: unknown) => {
    if (error instanceof ApiError) return undefined
    throw error
  })
}
