import assert from 'node:assert/strict'
import { makeNode, pair, reach, sessionsUp, startNode, stopAll, stopNode, until } from './nodes.ts'

describe('two nodes on loopback', () => {
  afterEach(stopAll)

  it('open a session in both directions', async () => {
    const [a, b] = await pair()
    assert.ok(a.network.send(b.id, Buffer.from('from a')))
    assert.ok(b.network.send(a.id, Buffer.from('from b')))
    await until(() => a.told.messages.length === 1 && b.told.messages.length === 1, 'both messages')
    assert.equal(Buffer.from(b.told.messages[0]!.message).toString(), 'from a')
    assert.equal(Buffer.from(a.told.messages[0]!.message).toString(), 'from b')
    assert.deepEqual(a.told.connected.map(({ peerId, path }) => ({ peerId, path })), [{ peerId: b.id, path: 'lan' }])
  })

  it('carry frames once a topic is shared, and say how many were reached', async () => {
    const [a, b] = await pair()
    a.network.subscribe('room')
    assert.equal(await reach(a, 'room', 'to nobody'), 0)
    b.network.subscribe('room')
    await until(() => a.told.topicPeers.length === 1 && b.told.topicPeers.length === 1, 'both in the topic')
    assert.deepEqual(a.told.topicPeers, [`+room ${b.id}`])
    assert.deepEqual(b.told.topicPeers, [`+room ${a.id}`])
    assert.equal(await reach(a, 'room', 'to b'), 1)
    await until(() => b.told.frames.length === 1, 'the frame')
    assert.deepEqual(b.told.texts(), ['to b'])
    assert.equal(b.told.frames[0]!.from, a.id)
    assert.equal(await reach(a, 'room', 'to nobody'), 1, 'what reached nobody before is no duplicate')
  })

  it('may subscribe before they start', async () => {
    const [early, late] = [makeNode(), await startNode()]
    early.network.subscribe('room')
    early.network.subscribe('left')
    early.network.unsubscribe('left')
    for (const topic of ['room', 'left']) late.network.subscribe(topic)
    await early.network.start(early.told)
    try {
      await early.network.connect(late.address())
      await until(() => late.told.topicPeers.length === 1, 'it in the topic')
      assert.deepEqual(late.told.topicPeers, [`+room ${early.id}`])
      assert.equal(await reach(late, 'room', 'hello'), 1)
      await until(() => early.told.frames.length === 1, 'the frame')
    } finally {
      await early.network.stop()
    }
  })

  it('refuses a frame that is too large to be heard', async () => {
    const [a, b] = await pair()
    for (const node of [a, b]) node.network.subscribe('room')
    await until(() => a.told.topicPeers.length === 1, 'b in the topic')
    assert.equal(await reach(a, 'room', new Uint8Array(65 * 1024)), 0)
    assert.equal(await reach(a, 'room', new Uint8Array(64 * 1024)), 1)
    await until(() => b.told.frames.length === 1, 'the largest frame')
    assert.equal(b.told.frames[0]!.frame.byteLength, 64 * 1024)
  })

  it('tells when a peer leaves the topic and when it leaves altogether', async () => {
    const [a, b] = await pair()
    for (const node of [a, b]) node.network.subscribe('room')
    await until(() => a.told.topicPeers.length === 1, 'b in the topic')
    b.network.unsubscribe('room')
    await until(() => a.told.topicPeers.length === 2, 'b out of the topic')
    b.network.subscribe('room')
    await until(() => a.told.topicPeers.length === 3, 'b in the topic again')
    await stopNode(b)
    await until(() => a.told.topicPeers.length === 4 && a.told.disconnected.length === 1, 'b gone')
    assert.deepEqual(a.told.topicPeers, [`+room ${b.id}`, `-room ${b.id}`, `+room ${b.id}`, `-room ${b.id}`])
    assert.equal(a.network.send(b.id, Buffer.from('too late')), false)
    assert.deepEqual(a.network.peers(), [])
  })

  it('find each other through a configured peer that starts later', async () => {
    const first = await startNode()
    const address = first.address()
    await stopNode(first)
    const port = /tcp\/(\d+)/.exec(address)![1]!
    const seed = new Uint8Array(32).fill(7)
    const early = await startNode({ peers: [`/ip4/127.0.0.1/tcp/${port}`] })
    assert.ok(early.network.searching())
    await until(() => !early.network.searching(), 'the first attempt to fail')
    const late = await startNode({ nodeSeed: seed, listen: [`/ip4/127.0.0.1/tcp/${port}`] })
    await sessionsUp(early, late)
    assert.equal(early.network.searching(), false)
  })

  it('stop quickly, and what was said last arrives', async () => {
    const [a, b] = await pair()
    for (let i = 0; i < 100; i++) assert.ok(a.network.send(b.id, Buffer.alloc(10_000, i)))
    const began = Date.now()
    await stopNode(a)
    assert.ok(Date.now() - began < 2000)
    await until(() => b.told.messages.length === 100, 'all messages')
    await until(() => b.told.disconnected.length === 1, 'the goodbye')
  })
})
