/** A laptop that sleeps: its process is stopped for longer than the others wait for it, and goes on. */
import assert from 'node:assert/strict'
import { until } from '../cli/program.ts'
import type { RpcProgram } from '../cli/rpc-program.ts'
import { eventually, has, laboratory, pathTo, say, Server, startPerson, textsOf } from './people.ts'

describe('a laptop that sleeps behind a router', function () {
  this.timeout(180_000)
  const { homes, open } = laboratory()

  it('is back within seconds, by the relay and directly, and found again by people who come later', async () => {
    const internet = open({
      servers: ['45.10.0.1', '77.40.0.1'],
      homes: ['52.20.0.1', '62.30.0.1', '72.40.0.1'].map((address) => ({ address, hosts: 1 }))
    })
    const [first, second, third] = internet.homes.map(({ hosts }) => hosts[0]!)
    const bootstrap = ['--bootstrap', await new Server(homes, internet.servers[0]!).start()]
    const ann = await startPerson(homes, first!, 'ann', bootstrap)
    await ann.call('room.join', { room: 'lobby' })
    const bob = await startPerson(homes, second!, 'bob', bootstrap)
    const pia = await startPerson(homes, internet.servers[1]!, 'pia', bootstrap)
    for (const rpc of [bob, pia]) await rpc.call('room.join', { room: 'lobby' })
    await eventually(() => pathTo(bob, 'ann'), (path) => path === 'relay', 'bob and ann', 20_000)
    await eventually(() => pathTo(pia, 'ann'), (path) => path === 'direct', 'pia and ann', 20_000)

    ann.program.child.kill('SIGSTOP')
    await Promise.all([bob, pia].map((rpc) => until(async () => await pathTo(rpc, 'ann') === undefined, 'she is given up', 90_000)))
    await say(bob, 'are you asleep?')
    ann.program.child.kill('SIGCONT')
    const awakeMs = performance.now()
    await has(ann, 'are you asleep?', 15_000)
    const back = async (rpc: RpcProgram, path: string): Promise<void> => {
      await eventually(() => pathTo(rpc, 'ann'), (is) => is === path, `ann is back, ${path}`, 15_000 - (performance.now() - awakeMs))
    }
    await Promise.all([back(bob, 'relay'), back(pia, 'direct')])
    const { relays } = await eventually(() => ann.call<{ relays: string[] }>('node.reach'), ({ relays: { length } }) => length === 1, 'a place', 15_000)
    assert.equal(relays.length, 1)

    // Nobody but her can tell of the room now.
    await Promise.all([bob, pia].map((rpc) => rpc.program.kill('SIGTERM')))
    const cat = await startPerson(homes, third!, 'cat', bootstrap)
    await cat.call('room.join', { room: 'lobby' })
    await has(cat, 'are you asleep?', 20_000)
    assert.deepEqual(await textsOf(cat), ['bob: are you asleep?'])
    assert.equal(await pathTo(cat, 'ann'), 'relay')
  })
})
