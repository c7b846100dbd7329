/** What a server, whoever reads its disk, log and figures, and whoever listens on its links gets to see of what people say there: nothing. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { Homes, Program } from '../cli/program.ts'
import { Proxy } from '../net-loopback/proxy.ts'
import { eventually, startServer, startUser } from '../server/server-program.ts'

const CANARIES = { text: 'canaryText9Z', nick: 'canaryNick9Z', room: 'canaryRoom9Z', topic: 'canaryTopic9Z' }
const LISTED = 'publicRoom9Z'

describe('canaries at a server', function () {
  this.timeout(60_000)
  const homes = new Homes()
  afterEach(() => Program.endAll())
  after(() => {
    homes.remove()
  })

  it('are in no byte of its links, its home, its log and its figures', async () => {
    const log = homes.path('server.log')
    const server = await startServer(homes.path('server'), ['--log-level', 'trace', '--log-file', log, '--metrics-port', '0'])
    const captured: Buffer[] = []
    const proxies = [await Proxy.to(server.address), await Proxy.to(server.address)]
    for (const proxy of proxies) proxy.capture = (chunk) => captured.push(chunk)
    try {
      const [ann, bob] = await Promise.all(proxies.map((proxy, n) => {
        const address = `${proxy.address}/p2p/${server.peerId}`
        return startUser(homes.path(`user${n}`), `${CANARIES.nick}${n}`, [{ address }])
      }))
      await eventually(async () => (await server.rpc.call<unknown[]>('server.users')).length === 2, 'both are there')
      await ann!.call('room.create', { name: CANARIES.room, topic: CANARIES.topic })
      await ann!.call('room.create', { name: LISTED })
      await ann!.call('server.list', { room: LISTED, listed: true })
      await eventually(async () => (await server.rpc.call<{ topics: number }>('server.stats')).topics === 2, 'both rooms are forwarded')
      await bob!.call('room.join', { room: CANARIES.room })
      await bob!.call('message.send', { room: CANARIES.room, text: CANARIES.text })
      await ann!.notified('message', (message) => message['text'] === CANARIES.text)
      const [listed] = await bob!.call<{ name: string; nodes: number }[]>('server.rooms')
      assert.equal(listed?.name, LISTED, 'what was listed by choice is to be seen')
      assert.equal(listed.nodes, 1)
      const port = /127\.0\.0\.1:(\d+)\/metrics/u.exec(readFileSync(log, 'utf8'))?.[1]
      const metrics = Buffer.from(await (await fetch(`http://127.0.0.1:${port}/metrics`)).arrayBuffer())
      await Promise.all([ann!, bob!].map((user) => user.program.end()))
      await server.rpc.program.end()
      const home = homes.path('server')
      const files = readdirSync(home).map((name) => join(home, name)).filter((path) => statSync(path).isFile())
      const places: [string, Buffer][] = [
        ['links', Buffer.concat(captured)], ['figures', metrics], ['log', readFileSync(log)],
        ['what it prints', Buffer.from(server.rpc.program.stderr)], ...files.map((path): [string, Buffer] => [path, readFileSync(path)])
      ]
      assert.ok(places[0]![1].length > 5_000, 'they talked through the capture')
      assert.ok(places.some(([place, bytes]) => place.endsWith('serving.state') && bytes.includes(LISTED)), 'the listed room is kept')
      for (const [place, bytes] of places) {
        for (const [what, canary] of Object.entries(CANARIES)) {
          for (const form of [canary, canary.toLowerCase()]) assert.equal(bytes.includes(form), false, `${what} in ${place}`)
        }
      }
    } finally {
      await Promise.all(proxies.map((proxy) => proxy.close()))
    }
  })
})
