import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { MemoryDatastore } from 'datastore-core'
import { hasSession, makeNode, pair, reach, sessionsUp, startNode, stopAll, stopNode, until } from './nodes.ts'
import type { TestNode } from './nodes.ts'
import type { NetworkLog } from '../../src/network/init.ts'
import { Proxy } from './proxy.ts'

describe('connections that fail', () => {
  const proxies: Proxy[] = []

  afterEach(async () => {
    await stopAll()
    await Promise.all(proxies.splice(0).map((proxy) => proxy.close()))
  })

  /** `near`, which cannot be dialled, reaches `far` through a proxy, and both are in a room. */
  async function overProxy(): Promise<[TestNode, TestNode, Proxy]> {
    const far = await startNode()
    const proxy = await Proxy.to(far.address())
    proxies.push(proxy)
    const near = await startNode({ peers: [proxy.address], listen: [] })
    for (const node of [near, far]) node.network.subscribe('room')
    await sessionsUp(near, far)
    await talk(near, far)
    return [near, far, proxy]
  }

  /** By then somebody who did nothing wrong, and has not stopped, has been dialled again twice. */
  async function othersAreRedialled(): Promise<void> {
    const far = await startNode()
    const near = await startNode({ peers: [far.address()], listen: [] })
    for (const times of [1, 2]) {
      await sessionsUp(near, far)
      for (const connection of near.network.libp2p!.getConnections()) connection.abort(new Error('a test'))
      await until(() => near.told.disconnected.length === times, 'it to be noticed')
    }
    await sessionsUp(near, far)
  }

  it('are replaced by another way to the peer when this one is cut', async () => {
    const [near, far, proxy] = await overProxy()
    proxy.cut()
    await until(() => near.told.disconnected.length === 1 && far.told.disconnected.length === 1, 'both to notice')
    await sessionsUp(near, far)
    await talk(near, far)
    assert.equal(proxy.connections, 0, 'at the address that the peer told when it was there')
  })

  it('are redialled until a peer that vanished is back, and everything flows again', async () => {
    const seed = randomBytes(32)
    const far = await startNode({ nodeSeed: seed })
    let failed = 0
    const logger: NetworkLog = (_level, text) => {
      if (/refused|closed the connection/u.test(text)) failed++
    }
    const near = await startNode({ peers: [far.address()], listen: [], logger })
    for (const node of [near, far]) node.network.subscribe('room')
    await sessionsUp(near, far)
    await talk(near, far)
    const listen = [far.address().replace(/\/p2p\/.*/, '')]
    await stopNode(far)
    await until(() => near.told.disconnected.length === 1 && near.told.topicPeers.length === 2, 'it to be noticed')
    assert.equal(await reach(near, 'room', 'nobody hears'), 0)
    await until(() => failed > 6, 'more failures in a row than are forgiven to a peer that nobody asked for')
    const back = await startNode({ nodeSeed: seed, listen })
    back.network.subscribe('room')
    await sessionsUp(near, back)
    await talk(near, back)
  }).timeout(15_000)

  it('are noticed when the link goes down without a word', async () => {
    const [near, far, proxy] = await overProxy()
    proxy.freeze()
    await until(() => near.told.disconnected.length === 1 && far.told.disconnected.length === 1, 'both to notice')
    await sessionsUp(near, far)
    await talk(near, far)
  })

  it('survive a pause that is shorter than the strikes', async () => {
    const far = await startNode({ timing: { pingStrikes: 4 } })
    const proxy = await Proxy.to(far.address())
    proxies.push(proxy)
    let lost = 0
    const logger: NetworkLog = (_level, text) => {
      if (text.includes('a ping is lost')) lost++
    }
    const near = await startNode({ peers: [proxy.address], listen: [], timing: { pingStrikes: 4 }, logger })
    await sessionsUp(near, far)
    proxy.freeze()
    await until(() => lost > 0, 'a ping is lost')
    proxy.heal()
    near.network.send(far.id, Buffer.from('still there'))
    await until(() => far.told.messages.length === 1, 'the message')
    assert.deepEqual([...near.told.disconnected, ...far.told.disconnected], [])
  })

  it('come back when a peer restarts at another port, if it dials; and at the same port, if it does not', async () => {
    const seed = randomBytes(32)
    const [a, b] = await pair({}, { nodeSeed: seed })
    a.network.keep([b.id])
    const port = /tcp\/\d+/.exec(b.address())![0]
    await stopNode(b)
    await until(() => a.told.disconnected.length === 1, 'the end')
    const again = await startNode({ nodeSeed: seed, listen: [`/ip4/127.0.0.1/${port}`] })
    await until(() => hasSession(a, again), 'the session')
    await stopNode(again)
    await until(() => a.told.disconnected.length === 2, 'the end')
    const elsewhere = await startNode({ nodeSeed: seed, peers: [a.address()] })
    await sessionsUp(a, elsewhere)
    assert.equal(elsewhere.id, b.id)
  })

  it('are made again hours later, to the addresses that were remembered', async () => {
    const datastore = new MemoryDatastore()
    const seed = randomBytes(32)
    const now = Date.now.bind(Date)
    try {
      // Two hours ago: libp2p forgets addresses after one.
      Date.now = () => now() - 2 * 3600 * 1000
      const [before, peer] = await pair({ nodeSeed: seed, datastore })
      await stopNode(before)
      Date.now = now
      const after = await startNode({ nodeSeed: seed, datastore, listen: [] })
      after.network.keep([peer.id])
      await sessionsUp(after, peer)
    } finally {
      Date.now = now
    }
  })

  it('are not redialled after stop', async () => {
    const [near, far, proxy] = await overProxy()
    await stopNode(near)
    await until(() => far.told.disconnected.length === 1 && proxy.connections === 0, 'the end')
    await othersAreRedialled()
    assert.equal(proxy.connections, 0)
    assert.equal(far.told.connected.length, 1)
  })

  it('are not redialled soon when the peer was sent away', async () => {
    const [near, far, proxy] = await overProxy()
    near.network.disconnect(far.id, 'a test')
    await until(() => near.told.disconnected.length === 1 && far.told.disconnected.length === 1, 'the end')
    assert.deepEqual(near.network.peers(), [])
    await othersAreRedialled()
    assert.equal(proxy.connections, 0)
    assert.equal(far.told.connected.length, 1)
  })

  for (let round = 1; round <= 5; round++) {
    it(`that both sides dial at once end in one conversation (${round})`, async () => {
      const ports = await freePorts(2)
      const addresses = ports.map((port) => `/ip4/127.0.0.1/tcp/${port}`)
      const nodes = [0, 1].map((i) => makeNode({ listen: [addresses[i]!], peers: [addresses[1 - i]!] })) as [TestNode, TestNode]
      const [a, b] = nodes
      try {
        await Promise.all(nodes.map((node) => node.network.start(node.told)))
        for (const node of nodes) node.network.subscribe('room')
        await sessionsUp(a, b)
        await talk(a, b)
        // While a second connection may disturb the first.
        for (let again = 0; again < 10; again++) await talk(a, b)
        await sessionsUp(a, b)
        for (const { told, network } of nodes) {
          assert.equal(network.peers().length, 1)
          assert.equal(told.connected.length - told.disconnected.length, 1)
          assert.ok(told.connected.length <= 2, told.sessions.join())
        }
      } finally {
        await Promise.all(nodes.map((node) => node.network.stop()))
      }
    })
  }
})

/** A message and a frame go each way. */
async function talk(a: TestNode, b: TestNode): Promise<void> {
  for (const [from, to] of [[a, b], [b, a]] as const) {
    const text = `${randomBytes(8).toString('hex')} from ${from.id}`
    await until(() => from.network.send(to.id, Buffer.from(text)), 'a session to send on')
    await until(() => from.told.topicPeers.at(-1) === `+room ${to.id}`, 'the peer in the topic')
    assert.equal(await reach(from, 'room', text), 1)
    await until(() => to.told.messages.some(({ message }) => Buffer.from(message).toString() === text), 'the message')
    await until(() => to.told.texts().includes(text), 'the frame')
  }
}

async function freePorts(count: number): Promise<number[]> {
  const nodes = await Promise.all(Array.from({ length: count }, () => startNode()))
  const ports = nodes.map((node) => Number(/tcp\/(\d+)/.exec(node.address())![1]))
  await Promise.all(nodes.map(stopNode))
  return ports
}
