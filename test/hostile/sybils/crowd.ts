/** Honest people among sybils: an entry to the DHT, members of a room who know each other by it, and somebody who comes new. */
import { rmSync } from 'node:fs'
import { startRealNode } from '../../cli/real-node.ts'
import type { RealNode } from '../../cli/real-node.ts'
import type { NodeConfig } from '../../../src/cli/options.ts'
import { ApiError } from '../../../src/engine/api.ts'
import { roomSuffix } from '../../../src/core/room/naming.ts'
import { nameHash } from '../../../src/core/seal/topic.ts'
import { OWN_DHT } from '../../../src/network/index.ts'
import { startNode, until } from '../../net-loopback/nodes.ts'
import type { TestNode } from '../../net-loopback/nodes.ts'
import { askGenesis, makeGenesis } from './genesis.ts'
import type { Lie } from './member-lies.ts'
import { Swarm } from './swarm.ts'
import type { SwarmInit } from './swarm.ts'

export const ROOM = 'sybilla'
export const KEY = nameHash(ROOM)

export interface Honest {
  readonly entry: TestNode
  readonly members: readonly RealNode[]
  readonly room: string
}

const running = new Set<RealNode>()

export async function startMember(nick: string, more: Partial<NodeConfig>): Promise<RealNode> {
  const node = await startRealNode(nick, more.peer ?? [], more)
  running.add(node)
  return node
}

/** A node of the DHT that is a server of nothing else, and members of a room, the first of whom made it. */
export async function startHonest(count: number, more: (entry: string) => Partial<NodeConfig>): Promise<Honest> {
  const entry = await startNode({ dht: OWN_DHT, serve: { isDenied: () => false }, timing: { pingIntervalMs: 8000, pingTimeoutMs: 4000 } })
  const members: RealNode[] = []
  let room = ''
  for (let i = 0; i < count; i++) {
    const peer = members[0]?.node.status().addresses.slice(0, 1) ?? []
    const member = await startMember(`member${i}`, { dht: true, ...more(entry.address()), ...(peer.length === 0 ? {} : { peer }) })
    members.push(member)
    if (i === 0) room = (await member.node.create({ name: ROOM })).id
    else await member.node.join(ROOM)
  }
  await members[0]!.node.send({ room, text: 'we are here' })
  return { entry, members, room }
}

/** All sybils at one address; and each in a network (/16) of its own. */
export const TOGETHER = '127.0.9.9'
export const APART = (number: number): string => `127.${1 + (number % 250)}.${1 + Math.floor(number / 250)}.9`

const LIES: readonly Lie[] = ['mute', 'silent', 'slow', 'never', 'fake', 'member']

/** Sybils near to the key of the room, one in six of which says that it is in a room of its own of that name, and one in six in the honest one. */
export async function startSwarm(
  { entry, members }: Honest, { count, host = TOGETHER, lies = LIES }: Pick<SwarmInit, 'count'> & Partial<SwarmInit>
): Promise<Swarm> {
  const genesis = await askGenesis(members[0]!.node.status().addresses[0]!, KEY)
  const ofLie = (i: number): Uint8Array => (lies[i % lies.length] === 'fake' ? makeGenesis(ROOM) : genesis)
  return Swarm.start({ count, lies, key: KEY, grind: 200, genesis: ofLie, entries: [entry.address()], host })
}

export interface Meeting {
  /** Until an honest member was met in the honest room, from the call to join. */
  readonly ms: number
  /** How many rooms of the name the newcomer was shown, if it had to choose. */
  readonly choice: number
}

/** Somebody new joins by name, then by handle where there is more than one room of it, and waits for the first honest member. */
export async function meet({ node }: RealNode, { members, room }: Honest, withinMs = 30_000): Promise<Meeting> {
  const startedMs = performance.now()
  const left = (): number => withinMs - (performance.now() - startedMs)
  const honest = new Set(members.map((member) => member.node.status().identity))
  const handle = `${ROOM}~${roomSuffix(room)}`
  let choice = 0
  const joined = await node.join(ROOM).catch((error: unknown) => {
    if (!(error instanceof ApiError) || error.candidates === undefined) throw error
    choice = error.candidates.length
    return undefined
  })
  if (joined?.id !== room) {
    if (joined !== undefined) choice = 1
    for (let id: string | undefined; id !== room; id = (await node.join(handle).catch(() => undefined))?.id) {
      if (left() < 0) throw new Error(`not within ${withinMs} ms: the honest room`)
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
  const here = (): boolean => node.members(room).some(({ identity, presence }) => honest.has(identity) && presence === 'online')
  await until(() => here() && node.history({ room }).some(({ text }) => text === 'we are here'), 'an honest member', left())
  return { ms: Math.round(performance.now() - startedMs), choice }
}

export async function endHonest(): Promise<void> {
  const left = [...running]
  running.clear()
  await Promise.all(left.map(async (node) => node.close()))
}

/** `keep`: the home stays, to come back to. */
export async function leave(node: RealNode, home: 'keep' | 'remove'): Promise<void> {
  running.delete(node)
  await node.stop()
  if (home === 'remove') rmSync(node.home, { recursive: true, force: true })
}
