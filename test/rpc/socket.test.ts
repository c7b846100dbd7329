import { strict as assert } from 'node:assert'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { ApiError, type NodeEvent } from '../../src/engine/api.ts'
import { createLocalClient } from '../../src/rpc/local-client.ts'
import { createSocketClient } from '../../src/rpc/socket-client.ts'
import { serveSocket, type SocketServer } from '../../src/rpc/socket-server.ts'
import { until } from '../cli/program.ts'
import { startRealNode, type RealNode } from '../cli/real-node.ts'

describe('the local socket', () => {
  let node: RealNode
  let server: SocketServer
  let path: string
  const reports: string[] = []

  beforeEach(async () => {
    node = await startRealNode('ann')
    path = join(node.home, 'test.sock')
    server = await serveSocket({ node: node.node, shutdown: () => undefined }, path, (text) => reports.push(text))
  })
  afterEach(async () => {
    await server.close()
    await node.close()
  })

  it('gives the same answers, events and refusals as a client in the process', async () => {
    const local = createLocalClient(node.node)
    const remote = await createSocketClient(path, (text) => reports.push(text))
    const heard: NodeEvent[][] = [[], []]
    const unsubscribe = [local, remote].map((client, index) => client.subscribe((event) => heard[index]!.push(event)))
    const room = await remote.call('room.create', { name: 'lobby' })
    await remote.call('message.send', { room: room.id, text: 'hé 👩‍👩‍👧' })
    assert.deepEqual(await remote.call('node.status', {}), await local.call('node.status', {}))
    assert.deepEqual(await remote.call('message.history', { room: 'lobby' }), await local.call('message.history', { room: 'lobby' }))
    await until(() => heard[1]!.some((event) => event.method === 'message'), 'the message event')
    const plain = (events: NodeEvent[]): unknown => events.map(({ method, params }) => ({ method, params }))
    const remoteEvents = heard[1]!.map(({ method, params }) => ({ method, params }))
    assert.deepEqual(remoteEvents, plain(heard[0]!))
    const refusals = await Promise.all(
      [local, remote].map((client) => client.call('room.leave', { room: 'nowhere' }).then(() => undefined, (error: unknown) => error))
    )
    for (const refusal of refusals) assert.ok(refusal instanceof ApiError)
    const [a, b] = refusals as [ApiError, ApiError]
    assert.deepEqual([b.code, b.reason, b.message, b.candidates], [a.code, a.reason, a.message, a.candidates])
    for (const end of unsubscribe) end()
    await remote.close()
    assert.equal(await remote.gone, 'closed')
  })

  it('tells a client in one sentence that its node is gone', async () => {
    const remote = await createSocketClient(path, () => undefined)
    const waiting = remote.call('room.join', { room: 'slow one' })
    await server.close()
    const isGone = (error: unknown): boolean => error instanceof ApiError && error.reason === 'gone' && /^[A-Z].*\.$/u.test(error.message)
    await waiting.catch((error: unknown) => {
      assert.ok(isGone(error))
    })
    assert.equal(await remote.gone, 'lost')
    await assert.rejects(remote.call('node.status', {}), isGone)
  })

  it('turns away more clients than a person has', async () => {
    const sockets = Array.from({ length: 64 }, () => connect(path))
    await until(() => server.clients === 64, '64 clients')
    await assert.rejects(createSocketClient(path, () => undefined))
    assert.ok(reports.some((text) => /64 clients/u.test(text)))
    for (const socket of sockets) socket.destroy()
    await until(() => server.clients === 0, 'all gone')
  })

  it('survives clients that send nonsense or hang up at any point', async () => {
    for (const nonsense of ['', '\0\0\0', '{"jsonrpc":', '[]\n'.repeat(100)]) {
      const socket = connect(path)
      await new Promise((resolve) => socket.once('connect', resolve))
      socket.write(nonsense)
      await new Promise((resolve) => socket.once('data', resolve))
      socket.destroy()
    }
    const remote = await createSocketClient(path, () => undefined)
    assert.equal((await remote.call('node.status', {})).nick, 'ann')
    await remote.close()
  })

  it('is not taken for a node when something else listens there', async function () {
    this.timeout(10_000)
    const other = join(node.home, 'other.sock')
    const silent = createServer((socket) => socket.on('error', () => undefined)).listen(other)
    await new Promise((resolve) => silent.once('listening', resolve))
    await assert.rejects(createSocketClient(other, () => undefined), ApiError)
    silent.close()
  })
})
