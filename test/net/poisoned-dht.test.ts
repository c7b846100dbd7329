/** Two in one home whose DHT is all liars: the LAN is another way to each other, and liars do not take it. */
import assert from 'node:assert/strict'
import type { ChildProcess } from 'node:child_process'
import { handleOf } from '../../src/core/room/naming.ts'
import { nameHash } from '../../src/core/seal/topic.ts'
import { until } from '../cli/program.ts'
import type { RpcProgram } from '../cli/rpc-program.ts'
import { makeGenesis } from '../hostile/sybils/genesis.ts'
import { endSwarms, Swarm, SWARM_PROGRAM } from '../hostile/sybils/swarm.ts'
import type { Host } from './namespaces.ts'
import { has, laboratory, pathTo, say, startPerson, statusOf } from './people.ts'

const SYBILS = 60
/** Each in a network of its own. */
const sybilAt = (number: number): string => `${130 + number}.10.0.1`

describe('two in one home with a DHT of liars', function () {
  this.timeout(180_000)
  const { homes, open } = laboratory()
  afterEach(endSwarms)

  async function poison(host: Host): Promise<Swarm> {
    for (let number = 0; number < SYBILS; number++) host.run('ip', 'address', 'add', `${sybilAt(number)}/32`, 'dev', 'eth0')
    return Swarm.start({
      count: SYBILS,
      lies: ['mute', 'silent', 'slow', 'never', 'fake'],
      key: nameHash('lobby'),
      grind: 50,
      genesis: () => makeGenesis('lobby'),
      entries: [],
      host: sybilAt,
      port: 4001,
      start: (): ChildProcess => host.spawn(process.execPath, [SWARM_PROGRAM], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
    })
  }

  /** By name, and by handle where liars say that there are others of it. */
  async function join(rpc: RpcProgram, handle: string): Promise<void> {
    await rpc.answer('room.join', { room: 'lobby' })
    await until(async () => (await rpc.answer('room.join', { room: handle })).error === undefined, 'the room', 30_000)
  }

  it('meet by mDNS within 30 s, whoever the DHT names, and go on when the router is gone', async () => {
    const internet = open({ servers: ['45.10.0.1'], homes: [{ address: '52.20.0.1', hosts: 2 }] })
    const [here, there] = internet.homes[0]!.hosts as [Host, Host]
    const swarm = await poison(internet.servers[0]!)
    const liars = new Set(swarm.all.map(({ peerId }) => peerId))
    const words = swarm.all.slice(0, 3).flatMap(({ address }) => ['--peer', address])
    const ann = await startPerson(homes, here, 'ann', words)
    const { id } = await ann.call<{ id: string }>('room.create', { name: 'lobby' })
    const handle = handleOf('lobby', id)
    await say(ann, 'hello', handle)
    const met = async (rpc: RpcProgram): Promise<number> => (await statusOf(rpc)).peers.filter(({ peerId }) => liars.has(peerId)).length
    await until(async () => await met(ann) > 10, 'liars have taken up places', 60_000)

    const startedMs = performance.now()
    const bob = await startPerson(homes, there, 'bob', words)
    await join(bob, handle)
    await has(bob, 'hello', 30_000)
    const tookMs = performance.now() - startedMs
    assert.equal(await pathTo(bob, 'ann'), 'lan')
    process.stdout.write(`      bob, from his start: ${Math.round(tookMs)} ms\n`)
    assert.ok(tookMs <= 30_000, `${Math.round(tookMs)} ms`)
    await until(async () => await met(bob) > 10, 'his DHT is that of liars as well', 60_000)

    internet.homes[0]!.router.link(false)
    await say(bob, 'hello yourself', handle)
    await has(ann, 'hello yourself')
  })
})
