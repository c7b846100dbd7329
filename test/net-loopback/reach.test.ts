/** Finding each other by a server, and being reached through it, on loopback. What needs routers between is in test/net. */
import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { OWN_DHT } from '../../src/network/index.ts'
import type { NetworkInit } from '../../src/network/index.ts'
import { hasSession, startNode, stopAll, stopNode, until } from './nodes.ts'
import type { TestNode } from './nodes.ts'

const DHT = OWN_DHT
/** Many nodes in one process, on a busy machine, must not take each other for dead. */
const PATIENT = { pingIntervalMs: 8000, pingTimeoutMs: 4000 }

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

  it('a node of the DHT that turns up later is told as well', async () => {
    const first = await startServer()
    const a = await startClient([first])
    a.network.provide([keyOf('lobby')])
    const b = await startClient([first])
    await until(() => {
      b.network.seek(keyOf('lobby'))
      return hasSession(b, a)
    }, 'the first node is told')
    const second = await startServer()
    await a.network.connect(second.address())
    const c = await startClient([second])
    await until(() => {
      c.network.seek(keyOf('lobby'))
      return hasSession(c, a)
    }, 'the second node is told')
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
    const seen: Uint8Array[] = []
    for (const stream of server.network.libp2p!.getConnections().flatMap((connection) => connection.streams)) {
      stream.addEventListener('message', ({ data }) => seen.push(data.subarray()))
    }
    const secret = Buffer.from('what is said between the two').toString('hex')
    b.network.send(a.id, Buffer.from(secret))
    await until(() => a.told.messages.length === 1, 'the message')
    const carried = Buffer.concat(seen)
    assert.ok(carried.length > secret.length, 'the relay saw it pass')
    assert.equal(carried.includes(secret), false, 'the relay cannot read it')
    const size = 1024 * 1024
    for (let i = 0; i < 8; i++) {
      assert.equal(b.network.send(a.id, randomBytes(size)), true)
      await until(() => b.network.backlog(a.id) < size, 'room for more')
    }
    await until(() => a.told.messages.length === 9, 'all of it')
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

  it('among many who are gone by now, those who are there are found', async () => {
    const server = await startServer({ timing: PATIENT })
    const liars = await Promise.all(Array.from({ length: 16 }, () => startClient([server], { timing: PATIENT })))
    for (const liar of liars) liar.network.provide([keyOf('lobby')])
    const honest = await startClient([server], { timing: PATIENT })
    honest.network.provide([keyOf('lobby')])
    const first = await startClient([server], { timing: PATIENT })
    await until(() => {
      first.network.seek(keyOf('lobby'))
      return liars.filter((liar) => hasSession(first, liar)).length >= 12
    }, 'most of them are listed', 30_000)
    await stopNode(first)
    await Promise.all(liars.map(stopNode))
    const seeker = await startClient([server], { timing: PATIENT })
    await until(() => {
      seeker.network.seek(keyOf('lobby'))
      return hasSession(seeker, honest)
    }, 'the honest one is found', 30_000)
  }).timeout(90_000)

  it('the public DHT, or what speaks like it, finds as well, beside the own one and apart from it', async () => {
    const open = { prefix: '/ipfs' }
    const server = await startNode({ dht: open, serve: { isDenied: () => false } })
    const bootstrap = [server.address()]
    const [a, b] = [await startNode({ dht: DHT, publicDht: open, bootstrap }), await startNode({ dht: false, publicDht: open, bootstrap })]
    const stranger = await startNode({ dht: DHT, bootstrap })
    a.network.provide([keyOf('lobby')])
    await until(() => {
      b.network.seek(keyOf('lobby'))
      stranger.network.seek(keyOf('lobby'))
      return hasSession(b, a)
    }, 'they meet', 15_000)
    assert.equal(stranger.network.reach().dht.peers, 0, 'its own DHT has no node here')
    assert.equal(hasSession(stranger, a), false)
  }).timeout(30_000)

  it('a server may be named by its host name, which is looked up at each dial', async () => {
    const server = await startServer()
    const client = await startNode({ dht: DHT, bootstrap: [server.address().replace('/ip4/127.0.0.1/', '/dns4/localhost/')] })
    await until(() => client.network.reach().bootstrap[0]!.connected && client.network.reach().relays.length > 0, 'it is reached', 10_000)
    assert.equal(client.network.reach().bootstrap[0]!.address.startsWith('/dns4/localhost/'), true)
  })

  it('who has used up what the relay carries for it is cut, and let through again after a while', async () => {
    const limits = { relayBurstBytes: 300_000, relayBytesPerSecond: 150_000 }
    const server = await startNode({ dht: DHT, serve: { isDenied: () => false, limits } })
    const a = await startClient([server])
    await until(() => a.network.reach().relays.length > 0, 'a place', 10_000)
    const address = a.network.addresses().find((text) => text.includes('/p2p-circuit'))!
    const b = await startNode({ listen: [] })
    await b.network.connect(address)
    await until(() => hasSession(a, b) && hasSession(b, a), 'a session through the relay')
    b.network.send(a.id, randomBytes(1_000_000))
    await until(() => a.told.disconnected.includes(b.id), 'it is cut', 10_000)
    assert.equal(a.told.messages.length, 0)
    await until(() => hasSession(b, a) && b.network.send(a.id, Buffer.from('short')), 'it is back', 20_000)
    await until(() => a.told.messages.length === 1, 'what fits is carried', 10_000)
  }).timeout(45_000)

  it('one address gets only so many places on a relay', async () => {
    const server = await startNode({ dht: DHT, serve: { isDenied: () => false, limits: { maxReservationsPerHost: 2 } } })
    const clients = [await startClient([server]), await startClient([server])]
    await until(() => clients.every((client) => client.network.reach().relays.length === 1), 'two places', 10_000)
    const third = await startClient([server])
    await until(() => third.network.reach().dht.peers > 0, 'it is connected', 10_000)
    assert.deepEqual(third.network.reach().relays, [])
    await stopNode(clients[0]!)
    await until(() => third.network.reach().relays.length === 1, 'the place that became free', 40_000)
  }).timeout(60_000)

  it('with two relays, the end of one is not the end of being reached, and another takes its place', async () => {
    const servers = [await startServer(), await startServer(), await startServer()]
    const client = await startClient(servers)
    const relays = (): readonly string[] => client.network.reach().relays
    await until(() => relays().length === 2, 'two places', 20_000)
    const first = servers.find(({ id }) => id === relays()[0])!
    const second = servers.find(({ id }) => id === relays()[1])!
    const third = servers.find((server) => server !== first && server !== second)!
    await stopNode(first)
    await until(() => !relays().includes(first.id), 'one place is gone', 10_000)
    const peer = await startNode({ listen: [] })
    await peer.network.connect(`${second.address()}/p2p-circuit/p2p/${client.id}`)
    await until(() => hasSession(peer, client), 'it is reached through the other')
    await until(() => relays().includes(third.id), 'a place on the third', 20_000)
  }).timeout(60_000)

  it('leaves the relay when both turn out to be in one network', async () => {
    const server = await startServer()
    const a = await startClient([server], { listen: ['/ip4/0.0.0.0/tcp/0'] })
    await until(() => a.network.reach().relays.length > 0, 'a place', 10_000)
    const b = await startNode({ dht: DHT })
    await b.network.connect(`${server.address()}/p2p-circuit/p2p/${a.id}`)
    await until(() => b.network.peers().some(({ peerId, path }) => peerId === a.id && path !== 'relay'), 'a direct connection', 15_000)
    await until(() => hasSession(a, b) && hasSession(b, a), 'a session over it')
    assert.deepEqual(b.network.reach().holePunching, { succeeded: 1, failed: 0 })
  }).timeout(30_000)
})
