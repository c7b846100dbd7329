/** What an eavesdropper on the wire, and whoever reads the log, gets to see: none of what people said or are called. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Homes, Program } from '../cli/program.ts'
import { RpcProgram } from '../cli/rpc-program.ts'
import { startServer, startUser } from '../server/server-program.ts'
import { Proxy } from '../net-loopback/proxy.ts'

const CANARIES = { text: 'canaryText7Q', nick: 'canaryNick7Q', room: 'canaryRoom7Q', topic: 'canaryTopic7Q' }

describe('canaries', function () {
  this.timeout(30_000)
  const homes = new Homes()
  afterEach(() => Program.endAll())
  after(() => {
    homes.remove()
  })

  it('are in no byte on the wire and in no line of a log', async () => {
    const log = (name: string): string => homes.path(`${name}.log`)
    const traced = (name: string): string[] => ['--log-level', 'trace', '--log-file', log(name)]
    const ann = await RpcProgram.start(homes.path('ann'), ['--nick', CANARIES.nick, ...traced('ann')])
    const proxy = await Proxy.to(await ann.address())
    const captured: Buffer[] = []
    proxy.capture = (chunk) => captured.push(chunk)
    try {
      await ann.call('room.create', { name: CANARIES.room, topic: CANARIES.topic })
      const bob = await RpcProgram.start(homes.path('bob'), ['--peer', proxy.address, ...traced('bob')])
      await bob.call('room.join', { room: CANARIES.room })
      await bob.call('message.send', { room: CANARIES.room, text: CANARIES.text })
      await ann.notified('message', (message) => message['text'] === CANARIES.text)
      await ann.call('message.send', { room: CANARIES.room, text: `${CANARIES.text} back` })
      await bob.notified('message', (message) => message['text'] === `${CANARIES.text} back`)
      await Promise.all([ann, bob].map((rpc) => rpc.program.end()))
    } finally {
      await proxy.close()
    }
    const wire = Buffer.concat(captured)
    assert.ok(wire.length > 5_000, 'the conversation went through the capture')
    const logs = ['ann', 'bob'].map((name) => readFileSync(log(name)))
    assert.ok(logs.every((bytes) => bytes.length > 0), 'something was logged')
    for (const [what, canary] of Object.entries(CANARIES)) {
      for (const form of [canary, canary.toLowerCase()]) {
        assert.equal(wire.includes(form), false, `${what} on the wire`)
        for (const bytes of logs) assert.equal(bytes.includes(form), false, `${what} in a log`)
      }
    }
  })

  it('are in nothing that a server has, writes, sends or gets', async () => {
    const log = homes.path('server.log')
    const folder = homes.path('server')
    const server = await startServer(folder, ['--log-level', 'trace', '--log-file', log])
    const proxy = await Proxy.to(server.address)
    const captured: Buffer[] = []
    proxy.capture = (chunk) => captured.push(chunk)
    try {
      const chosen = [{ address: `${proxy.address}/p2p/${server.peerId}` }]
      const ann = await startUser(homes.path('ann2'), CANARIES.nick, chosen)
      await ann.call('room.create', { name: CANARIES.room, topic: CANARIES.topic })
      const bob = await startUser(homes.path('bob2'), 'bob', chosen)
      // Found by its name, through the server.
      await bob.call('room.join', { room: CANARIES.room })
      await bob.call('message.send', { room: CANARIES.room, text: CANARIES.text })
      await ann.notified('message', (message) => message['text'] === CANARIES.text)
      assert.equal((await ann.call<unknown[]>('room.list')).length, 1)
      assert.deepEqual((await bob.call<{ provisional: boolean }[]>('room.list')).map((room) => room.provisional), [false])
      await Promise.all([ann, bob, server.rpc].map((rpc) => rpc.program.end()))
    } finally {
      await proxy.close()
    }
    const places = { wire: Buffer.concat(captured), log: readFileSync(log), home: everyByte(folder) }
    for (const [place, bytes] of Object.entries(places)) {
      assert.ok(bytes.length > 100, place)
      for (const [what, canary] of Object.entries(CANARIES)) {
        for (const form of [canary, canary.toLowerCase()]) assert.equal(bytes.includes(form), false, `${what} in the server's ${place}`)
      }
    }
  })
})

function everyByte(folder: string): Buffer {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  return Buffer.concat(files.map((entry) => readFileSync(join(entry.parentPath, entry.name))))
}
