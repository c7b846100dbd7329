/** Finding each other by a server, and being reached through it, on loopback. What needs routers between is in test/net. */
import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { OWN_DHT } from '../../src/network/index.ts'
import type { NetworkInit } from '../../src/network/index.ts'
import { hasSession, startNode, stopAll, stopNode, until } from './nodes.ts'
import type { TestNode } from './nodes.ts'

const DHT = OWN_DHT

function keyOf(name: string): string {
  return createHash('sha256').update(name).digest('hex')
}

function startServer(init: Partial<NetworkInit> = {}, denied: ReadonlySet<string> = new Set()): Promise<TestNode> {
  return startNode({ dht: DHT, serve: { isDenied: (peerId) => denied.has(peerId) }, ...init })
}

function startClient(servers: readonly TestNode[], init: Partial<NetworkInit> = {}): Promise<TestNode> {
  return startNode({ dht: DHT, bootstrap: servers.map((server) => server.address()), ...init })
}

describe('reach', () => {
  afterEach(stopAll)

  it('two that know a server only find each other by a key, and not by another', async () => {
    const server = await startServer()
    const [a, b] = [await startClient([server]), await startClient([server])]
    a.network.provide([keyOf('lobby')])
    b.network.seek(keyOf('kitchen'))
    await until(() => !b.network.searching() && b.network.reach().dht.peers > 0, 'the search for another room ends')
    assert.equal(hasSession(b, a), false)
    b.network.seek(keyOf('lobby'))
    await until(() => hasSession(b, a) && hasSession(a, b), 'they meet', 10_000)
    assert.equal(b.network.reach().dht.mode, 'client')
    assert.equal(server.network.reach().dht.mode, 'server')
  })

  it('who was there before the server is told of to it when it comes, and again when it lost what it knew', async () => {
    const seed = randomBytes(32)
    const first = await startServer({ nodeSeed: seed })
    const listen = [first.address().replace(/\/p2p\/.*/u, '')]
    const a = await startClient([first])
    await until(() => a.network.reach().dht.peers > 0, 'a node of the DHT')
    await stopNode(first)
    a.network.provide([keyOf('lobby')])
    const second = await startServer({ nodeSeed: seed, listen })
    const b = await startClient([second])
    await until(() => {
      b.network.seek(keyOf('lobby'))
      return hasSession(b, a)
    }, 'they meet', 15_000)
  }).timeout(30_000)

  it('a place on a relay is taken, announced, and taken anew when the relay was away', async () => {
    const seed = randomBytes(32)
    const server = await startServer({ nodeSeed: seed })
    const listen = [server.address().replace(/\/p2p\/.*/u, '')]
    const client = await startClient([server])
    const relayed = (): string[] => client.network.addresses().filter((address) => address.includes('/p2p-circuit'))
    await until(() => relayed().length > 0, 'a relayed address', 10_000)
    assert.deepEqual(client.network.reach().relays, [server.id])
    await stopNode(server)
    await until(() => relayed().length === 0, 'the address goes with the relay', 10_000)
    const again = await startServer({ nodeSeed: seed, listen })
    assert.equal(again.id, server.id)
    await until(() => relayed().length > 0, 'a relayed address again', 20_000)
  }).timeout(45_000)

  it('who listens nowhere is told of through a relay, talks through it, and is carried without a limit', async () => {
    const server = await startServer()
    const a = await startClient([server])
    await until(() => a.network.reach().relays.length > 0, 'a place', 10_000)
    const address = a.network.addresses().find((text) => text.includes('/p2p-circuit'))!
    const b = await startNode({ listen: [] })
    await b.network.connect(address)
    await until(() => hasSession(a, b) && hasSession(b, a), 'a session through the relay')
    assert.equal(b.network.peers().find(({ peerId }) => peerId === a.id)?.path, 'relay')
    const size = 1024 * 1024
    for (let i = 0; i < 8; i++) {
      assert.equal(b.network.send(a.id, randomBytes(size)), true)
      await until(() => b.network.backlog(a.id) < size, 'room for more')
    }
    await until(() => a.told.messages.length === 8, 'all of it')
    assert.equal(a.told.disconnected.includes(b.id), false)
  }).timeout(30_000)

  it('a denied peer gets no connection, no place, and is not relayed', async () => {
    const denied = new Set<string>()
    const server = await startServer({}, denied)
    const honest = await startClient([server])
    const banned = await startClient([server])
    await until(() => honest.network.reach().relays.length > 0 && banned.network.reach().relays.length > 0, 'places', 10_000)
    denied.add(banned.id)
    server.network.disconnect(banned.id, 'banned')
    await until(() => banned.network.reach().relays.length === 0, 'its place is gone', 10_000)
    // It ends its side of the handshake before it is refused: that much it costs.
    await banned.network.connect(server.address()).catch(() => undefined)
    const address = `${server.address()}/p2p-circuit/p2p/${banned.id}`
    const seeker = await startNode({ listen: [] })
    await assert.rejects(seeker.network.connect(address))
    assert.equal(hasSession(server, banned), false)
    assert.deepEqual(banned.network.reach().relays, [])
  }).timeout(30_000)
})
