/** What somebody costs a server whom it does not want: a handshake now and then, seen on the wire. */
import assert from 'node:assert/strict'
import { connect, createServer } from 'node:net'
import type { AddressInfo, Server } from 'node:net'
import { Homes, Program } from '../cli/program.ts'
import { eventually, startServer, startUser } from './server-program.ts'

/** Longer than a Noise handshake with the names of protocols, shorter than anything with a stream. */
const HANDSHAKE_BYTES = 1024
const LOOK_MS = 8000

/** Every connection to a server, which knows itself by no other address, and how many bytes came to it. */
class Counter {
  readonly connections: { bytes: number }[] = []
  port = 0
  readonly #server: Server

  constructor(server: Server) {
    this.#server = server.on('connection', (near) => {
      const counted = { bytes: 0 }
      this.connections.push(counted)
      const far = connect(this.port, '127.0.0.1')
      near.on('data', ({ length }: Buffer) => void (counted.bytes += length))
      near.pipe(far).pipe(near)
      for (const [one, other] of [[near, far], [far, near]] as const) one.on('error', () => other.destroy()).on('close', () => other.destroy())
    })
  }

  static async open(): Promise<Counter> {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return new Counter(server)
  }

  get address(): string {
    return `/ip4/127.0.0.1/tcp/${(this.#server.address() as AddressInfo).port}`
  }

  close(): void {
    this.#server.close()
  }
}

/** A port that is free, and stays so with luck. */
async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

describe('somebody whom a server does not want', function () {
  this.timeout(90_000)
  const homes = new Homes()
  let counter: Counter
  afterEach(async () => {
    counter.close()
    await Program.endAll()
  })
  after(() => {
    homes.remove()
  })

  it('costs it a handshake at most each time, comes seldom, and ever more seldom: banned while there, and as it starts', async () => {
    counter = await Counter.open()
    counter.port = await freePort()
    const words = ['--listen', `/ip4/127.0.0.1/tcp/${counter.port}`, '--public-address', counter.address]
    const server = await startServer(homes.path('s'), words, 'elsewhere')
    const { address } = server
    const eve = await startUser(homes.path('eve'), 'eve', [{ address }])
    const users = async () => (await server.rpc.call<unknown[]>('server.users')).length
    await eventually(async () => await users() === 1, 'eve is there')
    // So that there is something to look for, by the server and the DHT.
    await eve.call('room.join', { room: 'garden' })
    await server.rpc.call('server.ban', { who: 'eve' })
    await eve.notified('notice', ({ code }) => code === 'banned')
    await eventually(async () => await users() === 0, 'she is gone')
    const { requests } = await server.rpc.call<{ requests: number }>('server.stats')
    for (const name of ['garden', 'harbour', 'quay']) await eve.call('room.join', { room: name })
    const before = counter.connections.length
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
    const again = counter.connections.slice(before)
    assert.ok(again.length <= 3, `${again.length} connections in ${LOOK_MS} ms`)
    await eve.program.end()
    // Her next start knows nothing of it.
    const began = counter.connections.length
    const next = await startUser(homes.path('eve'), 'eve', [{ address }])
    for (const name of ['garden', 'harbour']) await next.call('room.join', { room: name })
    await eventually(async () => counter.connections.length > began, 'she tries')
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
    const tries = counter.connections.slice(began)
    assert.ok(tries.length >= 1 && tries.length <= 6, `${tries.length} connections in ${LOOK_MS} ms`)
    for (const { bytes } of [...again, ...tries]) assert.ok(bytes < HANDSHAKE_BYTES, `${bytes} bytes`)
    const stats = await server.rpc.call<{ refused: number; requests: number; users: number; connections: number }>('server.stats')
    assert.deepEqual([stats.refused, stats.users], [1, 0], 'one was told why; nobody else got as far as a stream')
    assert.equal(stats.requests - requests, 0, 'and nothing was answered')
    // When it is lifted she is let in: her person asks.
    await server.rpc.call('server.unban', { who: (await next.call<{ identity: string }>('node.status')).identity })
    await next.call('node.connect', { address })
    await eventually(async () => await users() === 1, 'she is back')
  })
})
