import assert from 'node:assert/strict'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import type { MultiaddrConnection } from '@libp2p/interface'
import { multiaddr } from '@multiformats/multiaddr'
import { InboundGate } from '../../src/network/transport/inbound-gate.ts'
import { connectHostile, stopHostile } from '../attack/hostile-peer.ts'
import { startNode, stopAll, until } from './nodes.ts'
import type { TestNode } from './nodes.ts'

/** What begins every connection: the negotiation, and the encryption. */
const BEGIN = Buffer.from('\x13/multistream/1.0.0\n\x07/noise\n', 'latin1')

describe('who comes to a node', () => {
  let node: TestNode
  let sockets: Socket[]

  beforeEach(async () => {
    node = await startNode({ timing: { pingIntervalMs: 60_000 } })
    sockets = []
  })

  afterEach(async () => {
    for (const socket of sockets) socket.destroy()
    await stopHostile()
    await stopAll()
  })

  function open(from: string, bytes: Uint8Array = BEGIN): Socket {
    const socket = connect({ port: Number(/tcp\/(\d+)/u.exec(node.address())![1]), host: '127.0.0.1', localAddress: from })
    socket.on('error', () => undefined)
    socket.on('data', () => undefined)
    socket.write(bytes)
    sockets.push(socket)
    return socket
  }

  it('is let in among forty hosts that take all places and say nothing', async () => {
    for (let round = 0; round < 20; round++) {
      for (let host = 1; host <= 40; host++) open(`127.1.0.${host}`)
      await new Promise((resolve) => setImmediate(resolve))
    }
    await until(() => sockets.filter(({ destroyed }) => destroyed).length >= 32, 'those given way who are too many')
    for (let newcomer = 1; newcomer <= 3; newcomer++) {
      const { connection } = await connectHostile(node.address(), { from: `127.2.0.${newcomer}` })
      assert.equal(connection.status, 'open')
    }
    assert.ok(sockets.filter(({ destroyed }) => !destroyed).length <= 768)
  })

  it('is refused beyond the pace of a host, which of IPv6 is a whole network, and others are not', async () => {
    const gate = new InboundGate()
    const from = (address: string): MultiaddrConnection => Object.assign(new EventTarget(), {
      remoteAddr: multiaddr(address), status: 'open', onData: () => undefined, send: () => true, abort: () => undefined
    }) as unknown as MultiaddrConnection
    const refused = async (count: number, address: (at: number) => string): Promise<number> =>
      (await Promise.all(Array.from({ length: count }, async (_, at) => gate.refuses(from(address(at)))))).filter(Boolean).length
    try {
      assert.ok(await refused(200, () => '/ip4/192.0.2.1/tcp/1') >= 100)
      assert.ok(await refused(200, (at) => `/ip6/2001:db8::${(at + 1).toString(16)}/tcp/1`) >= 100)
      assert.equal(await refused(200, (at) => `/ip4/192.0.3.${at}/tcp/1`), 0)
    } finally {
      gate.stop()
    }
  })

  for (const [what, bytes] of Object.entries({
    'proposes without end': Buffer.concat([BEGIN.subarray(0, 20), ...Array.from({ length: 20_000 }, () => Buffer.from('\x06/what\n', 'latin1'))]),
    'sends more than a handshake takes': Buffer.concat([BEGIN, Buffer.of(0xff, 0xff), Buffer.alloc(200_000)])
  })) {
    it(`is cut: who ${what}, before it is known who it is`, async () => {
      const socket = open('127.1.0.1', bytes)
      await until(() => socket.destroyed, 'the connection cut', 3000)
    })
  }

  it('comes more seldom after it did what no honest peer does, and its neighbours still come', async () => {
    let cut = 0
    for (let round = 0; round < 8; round++) {
      const peer = await connectHostile(node.address(), { from: '127.1.0.1' }).catch(() => undefined)
      if (peer === undefined) break
      cut += 1
      peer.under.send(Buffer.alloc(12, 9))
      await until(() => peer.connection.status !== 'open', 'the connection cut')
    }
    assert.ok(cut >= 3 && cut <= 6, `cut ${cut} times before it was refused`)
    assert.equal((await connectHostile(node.address(), { from: '127.1.0.2' })).connection.status, 'open')
    const deadline = Date.now() + 8000
    while (await connectHostile(node.address(), { from: '127.1.0.1' }).then(() => false, () => true)) assert.ok(Date.now() < deadline)
  })
})
