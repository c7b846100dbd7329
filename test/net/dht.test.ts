/** Two servers that are no federation and know each other as nodes of the DHT: what one knows of who is where, the other does not. */
import assert from 'node:assert/strict'
import { until } from '../cli/program.ts'
import type { RpcProgram } from '../cli/rpc-program.ts'
import type { Host } from './namespaces.ts'
import { eventually, has, laboratory, pathTo, say, Server, startPerson, textsOf } from './people.ts'

describe('people at different servers', function () {
  this.timeout(120_000)
  const { homes, open } = laboratory()

  it('find a room by the DHT alone, whoever is behind a router and whoever is not', async () => {
    const internet = open({
      servers: ['45.10.0.1', '45.10.0.2', '77.40.0.1'], homes: [{ address: '52.20.0.1', hosts: 1 }, { address: '62.30.0.1', hosts: 1 }]
    })
    const [first, second, third] = internet.servers as [Host, Host, Host]
    const one = await new Server(homes, first).start()
    const two = new Server(homes, second, ['--peer', one])
    const bootstrap = { one: ['--bootstrap', one], two: ['--bootstrap', await two.start()] }
    const ann = await startPerson(homes, internet.homes[0]!.hosts[0]!, 'ann', bootstrap.one)
    await ann.call('room.join', { room: 'lobby' })
    await say(ann, 'hello')
    const bob = await startPerson(homes, internet.homes[1]!.hosts[0]!, 'bob', bootstrap.two)
    await bob.call('room.join', { room: 'lobby' })
    await has(bob, 'hello')
    await eventually(() => pathTo(bob, 'ann'), (path) => path === 'relay', 'bob and ann', 20_000)

    // Who can be dialled is told of as such.
    const pia = await startPerson(homes, third, 'pia', bootstrap.two)
    await pia.call('room.join', { room: 'lobby' })
    await has(pia, 'hello')
    const direct = (rpc: RpcProgram) => eventually(() => pathTo(rpc, 'pia'), (path) => path === 'direct', 'pia, directly', 30_000)
    await Promise.all([ann, bob].map(direct))
    await eventually(() => pia.call<{ dht: { mode: string } }>('node.reach'), ({ dht }) => dht.mode === 'server', 'she answers others', 60_000)
    await say(pia, 'all here')
    await Promise.all([ann, bob].map((rpc) => has(rpc, 'all here')))
    await until(async () => (await textsOf(ann)).join() === (await textsOf(pia)).join(), 'the same', 10_000)
    assert.deepEqual(await textsOf(bob), ['ann: hello', 'pia: all here'])
  })
})
