import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { multiaddr } from '@multiformats/multiaddr'
import type { Libp2p } from '@libp2p/interface'
import { GRAYLIST_SCORE } from '../../src/network/gossip/settings.ts'
import { FAST, pair, reach, sessionsUp, startNode, stopAll, until } from './nodes.ts'
import type { TestNode } from './nodes.ts'
import { encodeRpc, startRawPeer, stopRawPeers } from './raw-peer.ts'

describe('rooms over gossip', () => {
  afterEach(async () => {
    await stopRawPeers()
    await stopAll()
  })

  it('keeps the mesh of 20 peers on one address, and a frame from each reaches all others', async () => {
    const nodes: TestNode[] = []
    for (let i = 0; i < 20; i++) nodes.push(await startNode())
    for (const node of nodes) node.network.subscribe('room')
    const [first, ...others] = nodes as [TestNode, ...TestNode[]]
    // A chain with a hub: most frames have to be forwarded.
    await Promise.all(others.map((node) => node.network.connect(first.address())))
    for (const [i, node] of nodes.entries()) await node.network.connect(nodes[(i + 1) % nodes.length]!.address())
    await until(() => nodes.every((node) => node.told.topicPeers.length >= 2), 'everybody in the topic')
    await new Promise((resolve) => setTimeout(resolve, 6 * FAST.heartbeatMs!))

    for (const node of nodes) {
      for (const { peerId } of node.network.peers()) assert.ok(node.network.score(peerId) >= 0, 'nobody is punished for the address')
      assert.ok(node.network.mesh('room').length > 0, 'everybody is in the mesh')
    }
    for (const [i, node] of nodes.entries()) assert.ok(await reach(node, 'room', `from ${i}`) > 0)
    for (const [i, node] of nodes.entries()) {
      await until(() => node.told.frames.length >= 19, `19 frames at node ${i}`)
      assert.deepEqual(new Set(node.told.texts()), new Set(nodes.map((_, j) => `from ${j}`).filter((_, j) => j !== i)))
      assert.equal(node.told.frames.length, 19, 'each frame once')
    }
  }).timeout(30_000)

  it('does not forward what is ignored or rejected', async () => {
    const [a, b] = await pair()
    const c = await startNode()
    await c.network.connect(b.address())
    await sessionsUp(b, c)
    for (const node of [a, b, c]) node.network.subscribe('room')
    const counts = [[a, 1], [b, 2], [c, 1]] as const
    await until(() => counts.every(([node, count]) => node.told.topicPeers.length === count), 'all in the topic')
    b.told.judge = (frame) => frame[0] === 'i'.charCodeAt(0) ? 'ignore' : frame[0] === 'r'.charCodeAt(0) ? 'reject' : 'accept'
    for (const text of ['ignored', 'rejected', 'accepted']) assert.equal(await reach(a, 'room', text), 1)
    await until(() => c.told.frames.length > 0, 'the accepted frame')
    assert.deepEqual(c.told.texts(), ['accepted'])
    assert.deepEqual(b.told.texts(), ['ignored', 'rejected', 'accepted'])
  })

  it('stops to listen to who sends rejected frames, and not to who sends ignored ones', async () => {
    const [a, bad] = await pair()
    const clumsy = await startNode()
    await clumsy.network.connect(a.address())
    await sessionsUp(a, clumsy)
    for (const node of [a, bad, clumsy]) node.network.subscribe('room')
    const counts = [[a, 2], [bad, 1], [clumsy, 1]] as const
    await until(() => counts.every(([node, count]) => node.told.topicPeers.length === count), 'all in the topic')
    a.told.judge = (_, from) => from === bad.id ? 'reject' : 'ignore'
    for (let i = 0; i < 20; i++) {
      bad.network.publish('room', Buffer.from(`bad ${i}`), () => undefined)
      await reach(clumsy, 'room', `clumsy ${i}`)
    }
    await until(() => a.network.score(bad.id) < GRAYLIST_SCORE, 'the bad one on the graylist')
    assert.ok(a.network.score(clumsy.id) >= 0)
    await until(() => a.told.disconnected.includes(bad.id), 'the bad one disconnected')
    await until(() => !a.network.mesh('room').includes(bad.id), 'the bad one out of the mesh')

    // It comes again, and is heard no more than before.
    a.told.frames.length = 0
    for (let i = 0; i < 5; i++) bad.network.publish('room', randomBytes(16), () => undefined)
    await reach(clumsy, 'room', 'clumsy again')
    await until(() => a.told.frames.length > 0, 'the clumsy one')
    assert.deepEqual(a.told.texts(), ['clumsy again'])
  }).timeout(15_000)

  it('loses nothing of a burst, and counts whom it reached', async () => {
    const [a, b] = await pair()
    for (const node of [a, b]) node.network.subscribe('room')
    await until(() => a.told.topicPeers.length === 1 && b.told.topicPeers.length === 1, 'both in the topic')
    const count = 20_000
    let reached = 0
    for (let i = 0; i < count; i++) {
      const frame = new Uint8Array(400)
      new DataView(frame.buffer).setUint32(0, i)
      a.network.publish('room', frame, (peers) => {
        reached += peers
      })
    }
    await until(() => b.told.frames.length === count, 'all frames', 20_000)
    assert.equal(reached, count)
    b.told.frames.forEach(({ frame }, i) => assert.equal(new DataView(frame.buffer, frame.byteOffset).getUint32(0), i, 'in order'))
  }).timeout(25_000)

  it('cuts a peer that does not read its gossip, and others do not notice', async () => {
    const [a, b] = await pair()
    const raw = await startRawPeer(undefined, true, (stream) => stream.pause())
    await raw.gossip(a, 'room')
    for (const node of [a, b]) node.network.subscribe('room')
    await until(() => a.told.topicPeers.length === 2 && b.told.topicPeers.length === 1, 'both in the topic')
    const count = 800
    const sizeBytes = 32 * 1024
    let answered = 0
    let both = 0
    for (let i = 0; i < count; i++) {
      a.network.publish('room', Buffer.concat([Buffer.from([i >> 8, i]), Buffer.alloc(sizeBytes)]), (peers) => {
        answered += 1
        if (peers === 2) both += 1
      })
    }
    await until(() => raw.libp2p.getConnections().length === 0, 'the end', 15_000)
    await until(() => b.told.frames.length === count && answered === count, 'all frames at the other')
    assert.ok(both * sizeBytes < 10 * 1024 * 1024, `${both} frames were said to reach it`)
    assert.deepEqual(b.told.disconnected, [])
  }).timeout(20_000)

  it('disconnects a peer that sends more at a time than an honest one can', async () => {
    const node = await startNode()
    const raw = await startRawPeer()
    node.network.subscribe('room')
    const stream = await raw.gossip(node, 'room')
    await until(() => node.told.topicPeers.length === 1, 'it in the topic')
    const message = { topic: 'room', data: new Uint8Array(64 * 1024).fill(1) }
    stream.send(encodeRpc({ subscriptions: [], messages: [message] }))
    await until(() => node.told.frames.length === 1, 'the largest frame there may be')
    stream.send(encodeRpc({ subscriptions: [], messages: [{ ...message, data: new Uint8Array(256 * 1024) }] }))
    await until(() => raw.libp2p.getConnections().length === 0, 'the end')
    assert.equal(node.told.frames.length, 1)
  })

  it('rejects frames that are larger than any may be, though they fit an RPC, and does not show them', async () => {
    const node = await startNode()
    const raw = await startRawPeer()
    node.network.subscribe('room')
    const stream = await raw.gossip(node, 'room')
    await until(() => node.told.topicPeers.length === 1, 'it in the topic')
    for (let i = 0; i < 5; i++) {
      stream.send(encodeRpc({ subscriptions: [], messages: [{ topic: 'room', data: new Uint8Array(64 * 1024 + 1).fill(i) }] }))
    }
    await until(() => node.network.score(raw.id) < GRAYLIST_SCORE, 'the graylist')
    await until(() => raw.libp2p.getConnections().length === 0, 'the end')
    assert.equal(node.told.frames.length, 0)
  })

  it('is not disturbed by garbage on a gossip stream', async () => {
    const [a, b] = await pair()
    const raw = await startRawPeer()
    for (const node of [a, b]) node.network.subscribe('room')
    const stream = await raw.gossip(a, 'room')
    await until(() => a.told.topicPeers.length === 2 && b.told.topicPeers.length === 1, 'both in the topic')
    for (let i = 0; i < 200 && stream.status === 'open' && stream.writeStatus === 'writable'; i++) stream.send(randomBytes(50))
    assert.ok(await reach(a, 'room', 'after the garbage') >= 1)
    await until(() => b.told.frames.length === 1, 'the frame')
  })

  it('goes on, with the session, when the older of two connections closes', async () => {
    const [a, b] = await pair()
    for (const node of [a, b]) node.network.subscribe('room')
    await until(() => a.told.topicPeers.length === 1 && b.told.topicPeers.length === 1, 'both in the topic')
    const node = internals(a)
    let identified = 0
    for (const libp2p of [node, internals(b)]) {
      libp2p.addEventListener('peer:identify', () => {
        identified += 1
      })
    }
    await node.dial(multiaddr(b.address()), { force: true })
    await until(() => identified === 2, 'both know what the other speaks on the new connection')
    const connections = node.getConnections().sort((x, y) => x.timeline.open - y.timeline.open)
    assert.equal(connections.length, 2)
    connections[0]!.abort(new Error('cut by the test'))
    await until(() => a.told.sessions.at(-1) === `+${b.id}` && a.told.sessions.length >= 3, 'a new session on the other connection')
    await sessionsUp(a, b)
    assert.ok(a.network.send(b.id, Buffer.from('over the other')))
    await until(() => b.told.messages.length === 1, 'the message')
    await until(() => a.told.topicPeers.at(-1) === `+room ${b.id}` && b.told.topicPeers.at(-1) === `+room ${a.id}`, 'the topic again')
    assert.equal(await reach(a, 'room', 'from a'), 1)
    assert.equal(await reach(b, 'room', 'from b'), 1)
    await until(() => a.told.frames.length === 1 && b.told.frames.length === 1, 'both frames')
    assert.equal(node.getConnections().length, 1)
  })

  it('comes back when the gossip stream alone is reset', async () => {
    const [a, b] = await pair()
    for (const node of [a, b]) node.network.subscribe('room')
    await until(() => a.told.topicPeers.length === 1 && b.told.topicPeers.length === 1, 'both in the topic')
    for (const stream of internals(a).getConnections().flatMap((connection) => connection.streams)) {
      if (stream.protocol.startsWith('/meshsub/')) stream.abort(new Error('reset by the test'))
    }
    await until(() => a.told.topicPeers.includes(`-room ${b.id}`), 'the loss')
    assert.equal(await reach(a, 'room', 'into the void'), 0)
    await until(() => a.told.topicPeers.at(-1) === `+room ${b.id}` && b.told.topicPeers.at(-1) === `+room ${a.id}`, 'the topic again')
    assert.equal(await reach(a, 'room', 'from a'), 1)
    assert.equal(await reach(b, 'room', 'from b'), 1)
    await until(() => a.told.frames.length === 1 && b.told.frames.length === 1, 'both frames')
    assert.deepEqual(a.told.sessions, [`+${b.id}`], 'the session is not touched')
  })
})

/** The libp2p node inside, to break what it holds. */
function internals(node: TestNode): Libp2p {
  return node.network.libp2p ?? assert.fail('the node is not running')
}
