/** Laptops that sleep, clocks that are set. With real processes and routers: test/net/sleep.test.ts. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { watchInterfaces } from '../../src/network/discovery/interfaces.ts'
import type { Change } from '../../src/network/discovery/interfaces.ts'
import { hasSession, sessionsUp, startNode, stopAll, stopNode, until } from './nodes.ts'
import { Proxy } from './proxy.ts'

/** A machine with a clock that is set by hand; the other one goes on by itself. */
class Machine {
  aheadMs = 0
  sleptMs = 0
  held = ['192.168.1.2']
  readonly addresses = (): readonly string[] => this.held
  readonly wallMs = (): number => performance.now() + this.aheadMs + this.sleptMs
  readonly steadyMs = (): number => performance.now()
}

describe('sleep and clocks', () => {
  const proxies: Proxy[] = []

  afterEach(async () => {
    await stopAll()
    await Promise.all(proxies.splice(0).map((proxy) => proxy.close()))
  })

  it('sleep, and other addresses, are noticed; a clock that is set back is nothing', async () => {
    const machine = new Machine()
    const changes: Change[] = []
    const end = watchInterfaces(5, (change) => changes.push(change), machine)
    try {
      machine.aheadMs -= 3_600_000
      machine.held = ['192.168.1.2', '2001:db8::2']
      await until(() => changes.length === 1, 'the address')
      machine.sleptMs += 60_000
      await until(() => changes.length === 2, 'the sleep')
      machine.held = []
      await until(() => changes.length === 3, 'no address')
      const awake = { slept: false, moved: true }
      assert.deepEqual(changes, [
        { ...awake, online: true }, { slept: true, moved: false, online: true }, { ...awake, online: false }
      ])
    } finally {
      end()
    }
  })

  it('after a sleep, connections that are dead are found out at once, and the place on the relay is taken anew', async () => {
    const server = await startNode({ dht: { prefix: '/p2pchat' }, serve: { isDenied: () => false } })
    const proxy = await Proxy.to(server.address())
    proxies.push(proxy)
    const machine = new Machine()
    // By itself it would look at its connections only in ten minutes.
    const timing = { pingIntervalMs: 600_000, interfacePollMs: 50 }
    const bootstrap = [`${proxy.address}/p2p/${server.id}`]
    const sleeper = await startNode({ bootstrap, timing }, { surroundings: machine })
    await until(() => sleeper.network.reach().relays.length === 1, 'a place')
    const [before] = sleeper.network.libp2p!.getConnections()
    proxy.strand()
    machine.sleptMs += 3_600_000
    await until(() => before!.status !== 'open', 'the dead connection is given up')
    const other = await startNode({ listen: [] })
    await until(() => sleeper.network.reach().relays.length === 1, 'a place again')
    await other.network.connect(`${server.address()}/p2p-circuit/p2p/${sleeper.id}`)
    await sessionsUp(sleeper, other)
  })

  it('who comes back while the relay holds the connection of before for good is reached by the new one', async () => {
    const server = await startNode({ serve: { isDenied: () => false }, timing: { pingIntervalMs: 600_000, pingTimeoutMs: 600_000 } })
    const proxy = await Proxy.to(server.address())
    proxies.push(proxy)
    const nodeSeed = randomBytes(32)
    const first = await startNode({ nodeSeed, bootstrap: [`${proxy.address}/p2p/${server.id}`] })
    await until(() => first.network.reach().relays.length === 1, 'a place')
    proxy.strand()
    await stopNode(first)
    const second = await startNode({ nodeSeed, bootstrap: [server.address()] })
    await until(() => second.network.reach().relays.length === 1, 'a place')
    assert.equal(server.network.libp2p!.getConnections().length, 2)
    const other = await startNode({ listen: [] })
    await other.network.connect(`${server.address()}/p2p-circuit/p2p/${second.id}`)
    await sessionsUp(second, other)
  })

  for (const hours of [-1, 1]) {
    it(`a clock that is set by ${hours} h while a peer is away does not keep it away`, async () => {
      const nodeSeed = randomBytes(32)
      const far = await startNode({ nodeSeed })
      const near = await startNode({ peers: [far.address()], listen: [] })
      await sessionsUp(near, far)
      const listen = [far.address().replace(/\/p2p\/.*/u, '')]
      await stopNode(far)
      await until(() => near.told.disconnected.length === 1, 'it is gone')
      const now = Date.now.bind(Date)
      try {
        Date.now = () => now() + hours * 3_600_000
        const back = await startNode({ nodeSeed, listen })
        await until(() => hasSession(near, back), 'it is back')
      } finally {
        Date.now = now
      }
    })
  }
})
