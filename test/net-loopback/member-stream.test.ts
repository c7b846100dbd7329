import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { MAX_MEMBER_MESSAGE_BYTES } from '../../src/core/record/limits.ts'
import { frameMessage } from '../../src/network/protocols/message-reader.ts'
import { MAX_BACKLOG_BYTES } from '../../src/network/protocols/message-writer.ts'
import { hasSession, pair, startNode, stopAll, until } from './nodes.ts'
import type { TestNode } from './nodes.ts'
import { startRawPeer, stopRawPeers } from './raw-peer.ts'

describe('the member stream', () => {
  afterEach(async () => {
    await stopRawPeers()
    await stopAll()
  })

  it('keeps the order of messages of all sizes, in both directions at once', async () => {
    const [a, b] = await pair()
    const sizes = [1, 127, 128, 16_383, 16_384, 300, 70_000, 262_144, MAX_MEMBER_MESSAGE_BYTES, 5, 1_000_000, 2]
    const messages = sizes.map((size, i) => new Uint8Array(size).fill(i))
    for (const message of messages) {
      assert.ok(a.network.send(b.id, message))
      assert.ok(b.network.send(a.id, message))
    }
    for (const { told } of [a, b]) {
      await until(() => told.messages.length === messages.length, 'all messages')
      assert.deepEqual(told.messages.map(({ message }) => digest(message)), messages.map(digest))
    }
  })

  it('refuses to send what no peer may accept', async () => {
    const [a, b] = await pair()
    assert.throws(() => a.network.send(b.id, new Uint8Array(MAX_MEMBER_MESSAGE_BYTES + 1)), RangeError)
    assert.throws(() => a.network.send(b.id, new Uint8Array(0)), RangeError)
    assert.equal(a.network.send('12D3KooWNoSuchPeer', new Uint8Array(1)), false)
  })

  it('does not surface a peer that does not speak the protocol', async () => {
    const node = await startNode()
    const raw = await startRawPeer(undefined, false)
    await node.network.connect(raw.libp2p.getMultiaddrs()[0]!.toString())
    await until(() => !node.network.searching(), 'the answer that it does not', 1000)
    assert.deepEqual(node.told.connected, [])
    assert.deepEqual(node.network.peers(), [])
  })

  for (const [what, bytes] of [
    ['an oversized length', Uint8Array.of(0xff, 0xff, 0x7f)],
    ['a length of four bytes', Uint8Array.of(0xff, 0xff, 0xff, 0x01)],
    ['an empty message', Uint8Array.of(0)],
    ['a length that is not in its shortest form', Uint8Array.of(0x81, 0x00)]
  ] as const) {
    it(`disconnects a peer that sends ${what}, after what came before`, async () => {
      const node = await startNode()
      const raw = await startRawPeer()
      const stream = await raw.open(node)
      await until(() => node.told.connected.length === 1, 'the session')
      stream.send(frameMessage(Buffer.from('good')))
      stream.send(bytes)
      await until(() => node.told.disconnected.length === 1 && raw.libp2p.getConnections().length === 0, 'the end')
      assert.deepEqual(node.told.messages.map(({ message }) => Buffer.from(message).toString()), ['good'])
    })
  }

  it('begins a new session when a stream is reset, whoever reset it', async () => {
    const node = await startNode()
    const raw = await startRawPeer()
    const first = await raw.open(node)
    await until(() => node.told.sessions.length === 1 && raw.inbound.length === 1, 'the session')
    first.abort(new Error('reset by the test'))
    await until(() => node.told.sessions.length === 3 && raw.inbound.length === 2, 'a second session')
    raw.inbound[1]!.abort(new Error('reset by the test'))
    await until(() => node.told.sessions.length === 5 && raw.inbound.length === 3, 'a third session')
    assert.deepEqual(node.told.sessions, [`+${raw.id}`, `-${raw.id}`, `+${raw.id}`, `-${raw.id}`, `+${raw.id}`])
    assert.equal(raw.libp2p.getConnections().length, 1, 'on the same connection')
  })

  it('begins a new session when the peer opens a second stream, and reads only that', async () => {
    const node = await startNode()
    const raw = await startRawPeer()
    const first = await raw.open(node)
    first.send(frameMessage(Buffer.from('one')))
    await until(() => node.told.messages.length === 1 && raw.inbound.length === 1, 'the first message')
    const second = await raw.open(node)
    second.send(frameMessage(Buffer.from('two')))
    await until(() => node.told.messages.length === 2 && raw.inbound.length === 2, 'the second message')
    assert.deepEqual(node.told.sessions, [`+${raw.id}`, `-${raw.id}`, `+${raw.id}`])
    await until(() => first.status !== 'open' && raw.inbound[0]!.status !== 'open', 'the end of the first streams')
  })

  it('gives up on a peer with which no session lasts', async () => {
    const node = await startNode()
    const raw = await startRawPeer((stream) => setImmediate(() => stream.abort(new Error('reset by the test'))))
    await node.network.connect(raw.libp2p.getMultiaddrs()[0]!.toString())
    await until(() => raw.inbound.length >= 6 && raw.libp2p.getConnections().length === 0, 'the end', 20_000)
    assert.ok(raw.inbound.length <= 8, `${raw.inbound.length} streams were opened`)
  }).timeout(25_000)

  it('cuts a peer that never reads, at the bound', async () => {
    const node = await startNode()
    const raw = await startRawPeer((stream) => stream.pause())
    await node.network.connect(raw.libp2p.getMultiaddrs()[0]!.toString())
    await until(() => hasSessionWith(node, raw.id), 'the session')
    const message = new Uint8Array(256 * 1024)
    let sent = 0
    while (node.network.send(raw.id, message)) {
      sent += message.byteLength
      assert.ok(node.network.backlog(raw.id) <= MAX_BACKLOG_BYTES + 4 * 1024 * 1024)
      await new Promise((resolve) => setImmediate(resolve))
    }
    assert.ok(sent > 0.9 * MAX_BACKLOG_BYTES && sent < 2 * MAX_BACKLOG_BYTES, `${sent} bytes were taken`)
    await until(() => node.told.disconnected.length === 1 && raw.libp2p.getConnections().length === 0, 'the end')
    assert.equal(node.network.backlog(raw.id), 0)
  })

  it('cuts a peer that stopped reading long ago, even if little waits for it', async () => {
    const node = await startNode({ timing: { stalledMs: 300 } })
    const raw = await startRawPeer((stream) => stream.pause())
    await node.network.connect(raw.libp2p.getMultiaddrs()[0]!.toString())
    await until(() => hasSessionWith(node, raw.id), 'the session')
    // More than its window, so that some of it has to wait.
    for (let i = 0; i < 4; i++) assert.ok(node.network.send(raw.id, new Uint8Array(512 * 1024)))
    let drained = false
    node.network.onDrained(raw.id, () => {
      drained = true
    })
    await until(() => node.told.disconnected.length === 1, 'the end')
    await until(() => drained, 'the call that the peer is gone')
  })

  it('gives a slow reader everything', async () => {
    const [a, b] = await pair({ timing: { stalledMs: 2000 } })
    const slow = await startRawPeer((stream) => {
      stream.addEventListener('message', (event) => {
        received.update(event.data.subarray())
        bytes += event.data.byteLength
        stream.pause()
        setTimeout(() => stream.resume(), 2)
      })
    })
    const received = createHash('sha256')
    const sent = createHash('sha256')
    let bytes = 0
    let sentBytes = 0
    await a.network.connect(slow.libp2p.getMultiaddrs()[0]!.toString())
    await until(() => hasSessionWith(a, slow.id), 'the session')
    await new Promise<void>((resolve) => {
      let messages = 0
      const more = (): void => {
        while (messages < 64 && a.network.backlog(slow.id) < 1024 * 1024) {
          const message = new Uint8Array(100_000).fill(messages)
          assert.ok(a.network.send(slow.id, message))
          const framed = frameMessage(message)
          sent.update(framed)
          sentBytes += framed.byteLength
          messages += 1
        }
        if (messages < 64) a.network.onDrained(slow.id, more)
        else resolve()
      }
      more()
    })
    await until(() => bytes === sentBytes, 'all bytes', 15_000)
    assert.equal(received.digest('hex'), sent.digest('hex'))
    assert.ok(hasSession(a, b), 'others are not affected')
  }).timeout(20_000)
})

function hasSessionWith(node: TestNode, peerId: string): boolean {
  return node.network.peers().some((peer) => peer.peerId === peerId)
}

function digest(message: Uint8Array): string {
  return `${message.byteLength} ${createHash('sha256').update(message).digest('hex').slice(0, 16)}`
}
