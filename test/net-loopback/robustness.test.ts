import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import { DEFAULT_TIMING } from '../../src/network/timing.ts'
import { FAST, hasSession, makeNode, pair, reach, sessionsUp, startNode, stopAll, stopNode, until } from './nodes.ts'
import { Proxy } from './proxy.ts'

describe('a node under bad conditions', () => {
  const sockets: Socket[] = []
  const proxies: Proxy[] = []

  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy()
    await stopAll()
    await Promise.all(proxies.splice(0).map((proxy) => proxy.close()))
  })

  it('is reached within 5 s while 200 connections from the same address dawdle', async () => {
    const node = await startNode()
    const port = Number(/tcp\/(\d+)/.exec(node.address())![1])
    for (let i = 0; i < 200; i++) {
      const socket = connect(port, '127.0.0.1')
      socket.on('error', () => undefined)
      sockets.push(socket)
    }
    const drip = setInterval(() => {
      for (const socket of sockets) if (socket.writable) socket.write('x')
    }, 1000)
    try {
      await until(() => sockets.every((socket) => !socket.connecting), 'all sockets open or refused')
      const honest = await startNode({ peers: [node.address()] })
      await until(() => hasSession(honest, node), 'the session', 5000)
      await until(() => sockets.every((socket) => socket.destroyed || socket.closed || socket.readyState !== 'open'), 'the dawdlers out', 15_000)
    } finally {
      clearInterval(drip)
    }
  }).timeout(30_000)

  it('meets a peer at the other end of a link with two seconds between question and answer', async () => {
    const far = await startNode({ timing: DEFAULT_TIMING })
    const proxy = await Proxy.to(far.address())
    proxies.push(proxy)
    proxy.delayMs = 1000
    const near = await startNode({ peers: [proxy.address], timing: DEFAULT_TIMING })
    await until(() => hasSession(near, far) && hasSession(far, near), 'the session', 20_000)
    assert.deepEqual([near.told.connected.length, far.told.connected.length], [1, 1], 'at the first try')
  }).timeout(40_000)

  it('takes 30 peers from one address at once', async () => {
    const node = await startNode()
    const peers = await Promise.all(Array.from({ length: 30 }, () => startNode()))
    await Promise.all(peers.map((peer) => peer.network.connect(node.address())))
    await until(() => node.network.peers().length === 30, 'all sessions')
  }).timeout(20_000)

  it('stops within 2 s when the other end is silent and much is queued', async () => {
    const far = await startNode()
    const proxy = await Proxy.to(far.address())
    proxies.push(proxy)
    const slow = { ...FAST, pingIntervalMs: 60_000 }
    const near = await startNode({ peers: [proxy.address], listen: [], timing: slow })
    await sessionsUp(near, far)
    proxy.freeze()
    for (let i = 0; i < 10; i++) assert.ok(near.network.send(far.id, new Uint8Array(500_000)))
    const began = Date.now()
    await stopNode(near)
    assert.ok(Date.now() - began < 2000, `it took ${Date.now() - began} ms`)
  })

  it('lets its process end after stop, with peers to redial left', async () => {
    const peer = await startNode()
    const program = fileURLToPath(new URL('../net/network-node.ts', import.meta.url))
    const nowhere = '/ip4/127.0.0.1/tcp/1'
    const child = spawn(process.execPath, [program, '--listen', '/ip4/127.0.0.1/tcp/0', '--peer', peer.address(), '--peer', nowhere])
    await until(() => peer.told.connected.length === 1, 'the session')
    const began = Date.now()
    child.stdin.end()
    const code = await new Promise((resolve) => {
      child.once('exit', resolve)
    })
    assert.equal(code, 0)
    assert.ok(Date.now() - began < 2000, `it took ${Date.now() - began} ms`)
  })

  it('reports what its handler throws, and goes on', async () => {
    const errors: string[] = []
    const node = makeNode({
      logger: (level, text) => {
        if (level === 'error') errors.push(text)
      }
    })
    const peer = await startNode()
    let messages = 0
    const broken = Object.assign(Object.create(node.told) as typeof node.told, {
      onMessage: () => {
        messages += 1
        throw new Error('a bug')
      },
      onFrame: () => {
        throw new Error('another bug')
      }
    })
    await node.network.start(broken)
    try {
      await node.network.connect(peer.address())
      await sessionsUp(node, peer)
      for (const { network } of [node, peer]) network.subscribe('room')
      await until(() => peer.told.topicPeers.length === 1, 'the node in the topic')
      for (let i = 0; i < 2; i++) peer.network.send(node.id, Buffer.from('message'))
      assert.equal(await reach(peer, 'room', 'frame'), 1)
      await until(() => messages === 2 && errors.length === 3, 'three reports')
      assert.ok(errors.some((text) => text.startsWith('onMessage failed: Error: a bug')))
      assert.ok(errors.some((text) => text.startsWith('onFrame failed: Error: another bug')))
      assert.ok(hasSession(node, peer))
      assert.ok(node.network.score(peer.id) >= 0, 'the peer is not punished for our bug')
    } finally {
      await node.network.stop()
    }
  })

  it('is searching until the peer that it was given has said who it is, and no longer', async () => {
    const peer = await startNode()
    const node = makeNode({ peers: [peer.address(), '/ip4/127.0.0.1/tcp/1'] })
    assert.equal(node.network.searching(), false, 'before it is started')
    await node.network.start(node.told)
    try {
      assert.equal(node.network.searching(), true)
      await until(() => !node.network.searching(), 'the end of the search', 2000)
      assert.ok(hasSession(node, peer), 'a search does not end between the connection and the session')
    } finally {
      await node.network.stop()
    }
  })

  it('can be asked anything when it does not run', async () => {
    const node = makeNode()
    const { network } = node
    assert.deepEqual([network.addresses(), network.peers(), network.backlog(node.id)], [[], [], 0])
    assert.equal(network.send(node.id, new Uint8Array(1)), false)
    assert.equal(await reach(node, 'room', 'x'), 0)
    network.keep(['12D3KooWNGtSJpGkq8s6qkogMbZZ4wfPPiRvhQnJUXBTdrnX3iFX', 'not a peer id'])
    network.disconnect(node.id, 'no reason')
    network.unsubscribe('room')
    let drained = false
    network.onDrained(node.id, () => {
      drained = true
    })
    assert.equal(drained, false, 'never synchronously')
    await until(() => drained, 'the call')
    await assert.rejects(network.connect('/ip4/127.0.0.1/tcp/1'), { reason: 'stopped' })
    await network.stop()
  })

  it('survives that both ends open and close their sessions in disorder', async () => {
    const [a, b] = await pair()
    const random = seeded(1)
    for (let i = 0; i < 30; i++) {
      const node = random() < 0.5 ? a : b
      const streams = node.network.libp2p!.getConnections().flatMap((connection) => connection.streams)
        .filter((stream) => stream.protocol.startsWith('/p2pchat/member/'))
      streams[Math.floor(random() * streams.length)]?.abort(new Error('reset by the test'))
      await new Promise((resolve) => setTimeout(resolve, random() * 20))
    }
    // Whatever became of it, in the end they talk.
    a.network.keep([b.id])
    await until(() => {
      const text = Buffer.from('are you there')
      a.network.send(b.id, text)
      b.network.send(a.id, text)
      return a.told.messages.length > 0 && b.told.messages.length > 0
    }, 'a conversation', 15_000)
    for (const { told } of [a, b]) {
      told.sessions.forEach((session, i) => assert.equal(session[0], i % 2 === 0 ? '+' : '-', told.sessions.join()))
    }
  }).timeout(20_000)
})

/** A small generator of reproducible disorder (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}
