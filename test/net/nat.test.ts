/** The whole program in homes behind routers, with nothing told to it but the address of a server and the name of a room. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { bin, Homes, Program, until } from '../cli/program.ts'
import { RpcProgram } from '../cli/rpc-program.ts'
import { createInternet } from './namespaces.ts'
import type { Host, Internet } from './namespaces.ts'

interface Message {
  text: string
  from: { nick: string }
}

interface Status {
  peerId: string
  nat: string
  addresses: string[]
  peers: { peerId: string; nick?: string; path: string; address: string }[]
}

const PORT = 4001
const GATEWAY = fileURLToPath(new URL('gateway.ts', import.meta.url))

describe('people behind routers', function () {
  this.timeout(120_000)
  const homes = new Homes()
  let internet: Internet | undefined

  afterEach(async () => {
    await Program.endAll()
    internet?.remove()
    internet = undefined
  })
  after(() => {
    homes.remove()
  })

  /** `p2pchat serve`, which is the same server again when it is started anew. */
  class Server {
    readonly #host: Host
    readonly #home = homes.path(`server-${randomBytes(3).toString('hex')}`)
    #rpc: RpcProgram | undefined

    constructor(host: Host) {
      this.#host = host
    }

    /** The address by which people use it. */
    async start(): Promise<string> {
      const listen = `/ip4/${this.#host.address}/tcp/${PORT}`
      const words = ['exec', this.#host.name, process.execPath, bin, 'serve', '--rpc', '--home', this.#home, '--listen', listen]
      this.#rpc = new RpcProgram(new Program(words, { node: 'ip', bin: 'netns' }))
      await until(() => this.#rpc!.notifications('ready').length > 0, 'the server listens', 20_000)
      return `${listen}/p2p/${this.#rpc.notifications('ready')[0]!['peerId'] as string}`
    }

    async kill(): Promise<void> {
      await this.#rpc!.program.kill('SIGKILL')
    }
  }

  const start = (host: Host, nick: string, bootstrap: string, ...more: string[]): Promise<RpcProgram> =>
    RpcProgram.startOn(host.name, homes.path(nick + randomBytes(3).toString('hex')), nick, ['--bootstrap', bootstrap, ...more])
  const status = (rpc: RpcProgram): Promise<Status> => rpc.call<Status>('node.status')
  const texts = async (rpc: RpcProgram): Promise<string[]> =>
    (await rpc.call<Message[]>('message.history', { room: 'lobby' })).map((message) => `${message.from.nick}: ${message.text}`)
  const pathTo = async (rpc: RpcProgram, nick: string): Promise<string | undefined> =>
    (await status(rpc)).peers.find((peer) => peer.nick === nick)?.path

  const has = (rpc: RpcProgram, text: string, withinMs = 60_000): Promise<void> =>
    until(() => rpc.notifications('message').some((message) => message['text'] === text), `"${text}"`, withinMs)
  /** Asks again and again, since a path may change by itself. */
  async function eventually<T>(ask: () => Promise<T>, wanted: (is: T) => boolean, what: string, withinMs: number): Promise<T> {
    const deadlineMs = performance.now() + withinMs
    for (;;) {
      const is = await ask()
      if (wanted(is)) return is
      if (performance.now() > deadlineMs) assert.fail(`within ${withinMs} ms not: ${what}; it is ${JSON.stringify(is)}`)
      await new Promise((resolve) => setTimeout(resolve, 200))
    }
  }
  async function say(rpc: RpcProgram, text: string): Promise<void> {
    await rpc.call('message.send', { room: 'lobby', text })
  }

  it('join by name, talk through the relay, outlive the server, and are all back when it is', async () => {
    internet = createInternet({ servers: ['45.10.0.1'], homes: [{ address: '52.20.0.1', hosts: 2 }, { address: '62.30.0.1', hosts: 1 }] })
    const server = new Server(internet.servers[0]!)
    const bootstrap = await server.start()
    const [first, second] = internet.homes
    const ann = await start(first!.hosts[0]!, 'ann', bootstrap)
    await ann.call('room.join', { room: 'lobby' })
    await say(ann, 'first')
    const bob = await start(second!.hosts[0]!, 'bob', bootstrap)
    await bob.call('room.join', { room: 'lobby' })
    await has(bob, 'first')
    await say(bob, 'second')
    await has(ann, 'second')
    assert.deepEqual(await texts(bob), ['ann: first', 'bob: second'])
    assert.equal(await pathTo(ann, 'bob'), 'relay')

    const amy = await start(first!.hosts[1]!, 'amy', bootstrap)
    await amy.call('room.join', { room: 'lobby' })
    await has(amy, 'second')
    assert.equal(await pathTo(amy, 'ann'), 'lan')
    await eventually(() => pathTo(amy, 'bob'), (path) => path === 'relay', 'amy reaches bob', 20_000)
    for (const rpc of [ann, bob]) await eventually(() => status(rpc), ({ nat }) => nat === 'private', 'that it cannot be dialled', 30_000)

    const examined = await new Program(['exec', first!.hosts[0]!.name, process.execPath, bin, 'doctor', '--home', ann.home!, '--json', '--redact'],
      { node: 'ip', bin: 'netns', stdin: '' }).ended
    const { advice, nat, mdns, relays } = JSON.parse(examined.stdout) as { advice: string; nat: string; mdns: string; relays: string[] }
    assert.deepEqual({ advice, nat, mdns, relays: relays.length }, { advice: 'Nothing: this works.', nat: 'private', mdns: 'on', relays: 1 })

    await server.kill()
    await until(() => [ann, amy].every((rpc) => rpc.notifications('peer').filter((peer) => peer['event'] === 'disconnected').length > 0),
      'they notice', 60_000)
    await say(ann, 'the server is dead')
    await has(amy, 'the server is dead', 5_000)
    await say(bob, 'anybody?')
    await server.start()
    await Promise.all([has(bob, 'the server is dead'), has(ann, 'anybody?'), has(amy, 'anybody?')])
    await eventually(() => pathTo(bob, 'ann'), (path) => path === 'relay', 'bob and ann are connected', 20_000)
  })

  it('with one of them public, the relay is left for a direct connection, which needs no server', async () => {
    internet = createInternet({ servers: ['45.10.0.1', '77.40.0.1'], homes: [{ address: '52.20.0.1', hosts: 1 }] })
    const server = new Server(internet.servers[0]!)
    const bootstrap = await server.start()
    const bob = await start(internet.homes[0]!.hosts[0]!, 'bob', bootstrap)
    await bob.call('room.join', { room: 'lobby' })
    // She finds him, who is known by his place on the relay only, and dials through it.
    const pia = await start(internet.servers[1]!, 'pia', bootstrap)
    await pia.call('room.join', { room: 'lobby' })
    await say(bob, 'hello')
    await has(pia, 'hello')
    await eventually(() => pathTo(bob, 'pia'), (path) => path === 'direct', 'a direct connection', 20_000)
    assert.equal(await pathTo(pia, 'bob'), 'direct')
    await eventually(() => status(pia), ({ nat }) => nat === 'public', 'that she can be dialled', 30_000)
    await server.kill()
    await until(() => pia.notifications('peer').some((peer) => peer['event'] === 'disconnected'), 'she notices', 60_000)
    await say(pia, 'still here')
    await has(bob, 'still here', 5_000)
    // He remembers where she is.
    await bob.program.kill('SIGTERM')
    await say(pia, 'come back')
    const back = await RpcProgram.startOn(internet.homes[0]!.hosts[0]!.name, bob.home!, 'bob', ['--bootstrap', bootstrap])
    await has(back, 'come back', 20_000)
    assert.equal(await pathTo(back, 'pia'), 'direct')
  })

  it('a port that was opened by hand on the router is found out, and makes its node one that others dial', async () => {
    internet = createInternet({ servers: ['45.10.0.1'], homes: [{ address: '52.20.0.1', hosts: 1 }, { address: '62.30.0.1', hosts: 1 }] })
    const [first, second] = internet.homes
    first!.router.run('nft', `
      table ip home {
        chain in { type nat hook prerouting priority dstnat; iifname "eth0" tcp dport 5555 dnat to 192.168.1.2; }
      }
      insert rule ip home through iifname "eth0" tcp dport 5555 accept`)
    const bootstrap = await new Server(internet.servers[0]!).start()
    const ann = await start(first!.hosts[0]!, 'ann', bootstrap, '--listen', '/ip4/0.0.0.0/tcp/5555')
    const { addresses } = await eventually(() => status(ann), ({ nat }) => nat === 'public', 'that she can be dialled', 30_000)
    assert.ok(addresses.some((address) => address.startsWith('/ip4/52.20.0.1/tcp/5555/')), addresses.join())
    await ann.call('room.join', { room: 'lobby' })
    const bob = await start(second!.hosts[0]!, 'bob', bootstrap)
    await bob.call('room.join', { room: 'lobby' })
    await eventually(() => pathTo(bob, 'ann'), (path) => path === 'direct', 'a direct connection', 20_000)
    const { dht } = await ann.call<{ dht: { mode: string } }>('node.reach')
    await eventually(() => ann.call<{ dht: { mode: string } }>('node.reach'), ({ dht: { mode } }) => mode === 'server', `more than ${dht.mode}`, 20_000)
  })

  it('a router that opens ports is asked to, and then others dial', async () => {
    internet = createInternet({ servers: ['45.10.0.1'], homes: [{ address: '52.20.0.1', hosts: 1 }] })
    const { router, hosts } = internet.homes[0]!
    const gateway = router.spawn(process.execPath, [GATEWAY, '192.168.1.1', '52.20.0.1'], { stdio: ['ignore', 'pipe', 'inherit'] })
    const ann = await start(hosts[0]!, 'ann', await new Server(internet.servers[0]!).start())
    const [port] = await once(gateway.stdout!, 'data') as [Buffer]
    const address = `/ip4/52.20.0.1/tcp/${port.toString().trim()}`
    const reach = (): Promise<{ mapped: string[] }> => ann.call('node.reach')
    await eventually(reach, ({ mapped }) => mapped.join() === address, `the one address that works, ${address}`, 60_000)
    assert.equal((await status(ann)).nat, 'public')
  })

  // All at once, since each takes its time.
  it('the relay carries an hour of talk for more than two minutes; a minute without a link heals; who moves is back', async () => {
    const addresses = ['52.20.0.1', '62.30.0.1', '72.40.0.1', '82.50.0.1', '92.60.0.1', '102.70.0.1', '112.80.0.1', '122.90.0.1']
    internet = createInternet({ servers: ['45.10.0.1'], homes: addresses.map((address) => ({ address, hosts: 1 })) })
    const server = new Server(internet.servers[0]!)
    const bootstrap = await server.start()
    const hosts = internet.homes.map((home) => home.hosts[0]!)
    const people = await Promise.all(hosts.map((host, i) => start(host, `person${i}`, bootstrap)))
    const pair = (first: number): [RpcProgram, RpcProgram] => [people[first]!, people[first + 1]!]
    const apart = partition(...pair(2), internet.homes[3]!.router)
    await Promise.all([hour(...pair(0)), apart, move(...pair(4), hosts[5]!), together(...pair(6))])
  }).timeout(240_000)

  /** 1 800 messages of an hour as 80 large ones, over more time than a relay gives by default, which is two minutes and 128 KiB. */
  async function hour(one: RpcProgram, other: RpcProgram): Promise<void> {
    await meet(one, other, 'talk')
    const begun = one.notifications('peer').length
    const text = 'x'.repeat(30_000)
    const endMs = Date.now() + 124_000
    let sent = 0
    while (sent < 40 || Date.now() < endMs) {
      for (const rpc of [one, other]) await rpc.call('message.send', { room: 'talk', text: `${sent} ${text}` })
      sent++
      await new Promise((resolve) => setTimeout(resolve, sent < 40 ? 300 : 5000))
    }
    await until(() => [one, other].every((rpc) => rpc.notifications('message').length >= 2 * sent), 'all of it arrives', 30_000)
    assert.deepEqual(one.notifications('peer').slice(begun).filter((peer) => peer['path'] === 'relay'), [], 'no cut')
  }

  async function partition(one: RpcProgram, other: RpcProgram, router: Host): Promise<void> {
    await meet(one, other, 'apart')
    router.reach(false)
    await until(() => one.notifications('peer').some((peer) => peer['event'] === 'disconnected' && peer['path'] === 'relay'), 'it is noticed', 60_000)
    await one.call('message.send', { room: 'apart', text: 'are you there?' })
    await other.call('message.send', { room: 'apart', text: 'nobody is here' })
    await new Promise((resolve) => setTimeout(resolve, 30_000))
    router.reach(true)
    await Promise.all([has(other, 'are you there?'), has(one, 'nobody is here')])
  }

  /** Both say a new name in the same second: each makes a room of it, and one of these yields when they have found each other. */
  async function together(one: RpcProgram, other: RpcProgram): Promise<void> {
    await Promise.all([one, other].map((rpc) => rpc.call('room.join', { room: 'new' })))
    const rooms = async (): Promise<string[]> =>
      (await Promise.all([one, other].map((rpc) => rpc.call<{ id: string }[]>('room.list')))).flat().map(({ id }) => id)
    await eventually(rooms, (ids) => ids.length === 2 && ids[0] === ids[1], 'one room', 60_000)
  }

  /** She is in another network: nothing tells her node but the address of its interface. */
  async function move(one: RpcProgram, mover: RpcProgram, host: Host): Promise<void> {
    await meet(one, mover, 'moved')
    const seen = mover.notifications('peer').length
    host.run('ip', 'address', 'del', '192.168.1.2/24', 'dev', 'eth0')
    host.run('ip', 'address', 'add', '192.168.1.77/24', 'dev', 'eth0')
    host.run('ip', 'route', 'replace', 'default', 'via', '192.168.1.1')
    await until(() => mover.notifications('peer').slice(seen).some((peer) => peer['path'] === 'relay' && peer['event'] === 'connected'),
      'a relayed connection from there', 40_000)
    await one.call('message.send', { room: 'moved', text: 'there you are' })
    await has(mover, 'there you are', 20_000)
  }

  async function meet(one: RpcProgram, other: RpcProgram, room: string): Promise<void> {
    await one.call('room.join', { room })
    await other.call('room.join', { room })
    await until(() => [one, other].every((rpc) => rpc.notifications('peer').some((peer) => peer['path'] === 'relay')), 'they meet by the relay', 20_000)
  }
})
