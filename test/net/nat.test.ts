/** The whole program in homes behind routers, with nothing told to it but the address of a server and the name of a room. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { until } from '../cli/program.ts'
import { RpcProgram } from '../cli/rpc-program.ts'
import type { Host } from './namespaces.ts'
import { eventually, has, laboratory, pathTo, runOn, say, Server, startPerson, statusOf, textsOf } from './people.ts'

const GATEWAY = fileURLToPath(new URL('gateway.ts', import.meta.url))

describe('people behind routers', function () {
  this.timeout(120_000)
  const { homes, open } = laboratory()

  const person = (host: Host, nick: string, bootstrap: string, ...more: string[]): Promise<RpcProgram> =>
    startPerson(homes, host, nick, ['--bootstrap', bootstrap, ...more])

  it('join by name, talk through the relay, outlive the server, and are all back when it is', async () => {
    const internet = open({ servers: ['45.10.0.1'], homes: [{ address: '52.20.0.1', hosts: 2 }, { address: '62.30.0.1', hosts: 1 }] })
    const server = new Server(homes, internet.servers[0]!)
    const bootstrap = await server.start()
    const [first, second] = internet.homes
    const ann = await person(first!.hosts[0]!, 'ann', bootstrap)
    await ann.call('room.join', { room: 'lobby' })
    await say(ann, 'first')
    const bob = await person(second!.hosts[0]!, 'bob', bootstrap)
    await bob.call('room.join', { room: 'lobby' })
    await has(bob, 'first')
    await say(bob, 'second')
    await has(ann, 'second')
    assert.deepEqual(await textsOf(bob), ['ann: first', 'bob: second'])
    assert.equal(await pathTo(ann, 'bob'), 'relay')

    const amy = await person(first!.hosts[1]!, 'amy', bootstrap)
    await amy.call('room.join', { room: 'lobby' })
    await has(amy, 'second')
    assert.equal(await pathTo(amy, 'ann'), 'lan')
    await eventually(() => pathTo(amy, 'bob'), (path) => path === 'relay', 'amy reaches bob', 20_000)
    for (const rpc of [ann, bob]) await eventually(() => statusOf(rpc), ({ nat }) => nat === 'private', 'that it cannot be dialled', 30_000)

    const examined = await runOn(first!.hosts[0]!, 'doctor', '--home', ann.home!, '--json', '--redact')
    const { advice, nat, mdns, relays } = JSON.parse(examined.stdout) as { advice: string; nat: string; mdns: string; relays: string[] }
    assert.deepEqual({ advice, nat, mdns, relays: relays.length }, { advice: 'Nothing: this works.', nat: 'private', mdns: 'on', relays: 1 })

    await server.kill()
    await until(() => [ann, amy].every((rpc) => rpc.notifications('peer').filter((peer) => peer['event'] === 'disconnected').length > 0),
      'they notice', 60_000)
    await say(ann, 'the server is dead')
    await has(amy, 'the server is dead', 5_000)
    await say(bob, 'anybody?')
    await server.start()
    await Promise.all([has(bob, 'the server is dead'), has(ann, 'anybody?'), has(amy, 'anybody?')])
    await eventually(() => pathTo(bob, 'ann'), (path) => path === 'relay', 'bob and ann are connected', 20_000)
  })

  it('with one of them public, the relay is left for a direct connection, which needs no server', async () => {
    const internet = open({ servers: ['45.10.0.1', '77.40.0.1'], homes: [{ address: '52.20.0.1', hosts: 1 }] })
    const server = new Server(homes, internet.servers[0]!)
    const bootstrap = await server.start()
    const bob = await person(internet.homes[0]!.hosts[0]!, 'bob', bootstrap)
    await bob.call('room.join', { room: 'lobby' })
    // She finds him, who is known by his place on the relay only, and dials through it.
    const pia = await person(internet.servers[1]!, 'pia', bootstrap)
    await pia.call('room.join', { room: 'lobby' })
    await say(bob, 'hello')
    await has(pia, 'hello')
    await eventually(() => pathTo(bob, 'pia'), (path) => path === 'direct', 'a direct connection', 20_000)
    assert.equal(await pathTo(pia, 'bob'), 'direct')
    await eventually(() => statusOf(pia), ({ nat }) => nat === 'public', 'that she can be dialled', 30_000)
    await server.kill()
    await until(() => pia.notifications('peer').some((peer) => peer['event'] === 'disconnected'), 'she notices', 60_000)
    await say(pia, 'still here')
    await has(bob, 'still here', 5_000)
    // He remembers where she is.
    await bob.program.kill('SIGTERM')
    await say(pia, 'come back')
    const back = await RpcProgram.startOn(internet.homes[0]!.hosts[0]!.name, bob.home!, 'bob', ['--bootstrap', bootstrap])
    await has(back, 'come back', 20_000)
    assert.equal(await pathTo(back, 'pia'), 'direct')
  })

  it('a port that was opened by hand on the router is found out, and makes its node one that others dial', async () => {
    const internet = open({ servers: ['45.10.0.1'], homes: [{ address: '52.20.0.1', hosts: 1 }, { address: '62.30.0.1', hosts: 1 }] })
    const [first, second] = internet.homes
    first!.router.run('nft', `
      table ip home {
        chain in { type nat hook prerouting priority dstnat; iifname "eth0" tcp dport 5555 dnat to 192.168.1.2; }
      }
      insert rule ip home through iifname "eth0" tcp dport 5555 accept`)
    const bootstrap = await new Server(homes, internet.servers[0]!).start()
    const ann = await person(first!.hosts[0]!, 'ann', bootstrap, '--listen', '/ip4/0.0.0.0/tcp/5555')
    const { addresses } = await eventually(() => statusOf(ann), ({ nat }) => nat === 'public', 'that she can be dialled', 30_000)
    assert.ok(addresses.some((address) => address.startsWith('/ip4/52.20.0.1/tcp/5555/')), addresses.join())
    await ann.call('room.join', { room: 'lobby' })
    const bob = await person(second!.hosts[0]!, 'bob', bootstrap)
    await bob.call('room.join', { room: 'lobby' })
    await eventually(() => pathTo(bob, 'ann'), (path) => path === 'direct', 'a direct connection', 20_000)
    const { dht } = await ann.call<{ dht: { mode: string } }>('node.reach')
    await eventually(() => ann.call<{ dht: { mode: string } }>('node.reach'), ({ dht: { mode } }) => mode === 'server', `more than ${dht.mode}`, 20_000)
  })

  it('a router that opens ports is asked to, and then others dial', async () => {
    const internet = open({ servers: ['45.10.0.1'], homes: [{ address: '52.20.0.1', hosts: 1 }] })
    const { router, hosts } = internet.homes[0]!
    const gateway = router.spawn(process.execPath, [GATEWAY, '192.168.1.1', '52.20.0.1'], { stdio: ['ignore', 'pipe', 'inherit'] })
    const ann = await person(hosts[0]!, 'ann', await new Server(homes, internet.servers[0]!).start())
    const [port] = await once(gateway.stdout!, 'data') as [Buffer]
    const address = `/ip4/52.20.0.1/tcp/${port.toString().trim()}`
    const reach = (): Promise<{ mapped: string[] }> => ann.call('node.reach')
    await eventually(reach, ({ mapped }) => mapped.join() === address, `the one address that works, ${address}`, 60_000)
    assert.equal((await statusOf(ann)).nat, 'public')
  })
})
