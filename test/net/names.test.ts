/** Servers that are known by a name: the whole program, and a name server on the same test internet. There is no https anywhere on it. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Homes, Program } from '../cli/program.ts'
import type { RpcProgram } from '../cli/rpc-program.ts'
import { createInternet } from './namespaces.ts'
import type { Host, Internet } from './namespaces.ts'
import { eventually, has, runOn, say, Server, startPerson, statusOf } from './people.ts'

const NAME_SERVER = fileURLToPath(new URL('name-server.ts', import.meta.url))
const NOBODY = '12D3KooWNX8Xu7b2nhkNVnUDL1XGQBk9SonaivaYDwdqJ35Dyck1'

interface Reached {
  bootstrap: { address: string; connected: boolean; problem?: string }[]
  relays: string[]
}

describe('servers with names', function () {
  this.timeout(180_000)
  const homes = new Homes()
  const file = homes.path('names.json')
  const names: Record<string, string[]> = {}
  let asked = ''
  let internet: Internet
  let one: Server
  let two: Server
  let ids: [string, string]

  const tell = (more: Record<string, string[]>): void => writeFileSync(file, JSON.stringify(Object.assign(names, more)))
  const reach = (rpc: RpcProgram): Promise<Reached> => rpc.call<Reached>('node.reach')
  const connected = (rpc: RpcProgram, withinMs = 30_000): Promise<Reached> =>
    eventually(() => reach(rpc), ({ bootstrap: [server] }) => server!.connected, 'the server is reached', withinMs)
  /** Not on their own network, where they would find each other by themselves. */
  const start = (host: Host, nick: string, address: string): Promise<RpcProgram> =>
    startPerson(homes, host, nick, ['--no-mdns', '--bootstrap', address])

  /** Somebody who is at this server by chance: others are sent away. */
  async function startAt(server: Server, other: Server, begin: () => Promise<RpcProgram>): Promise<RpcProgram> {
    for (let tries = 0; tries < 20; tries++) {
      const rpc = await begin()
      await connected(rpc)
      const { peerId } = await statusOf(rpc)
      const isAt = async (one: Server): Promise<boolean> =>
        (await one.rpc.call<{ peerId: string }[]>('server.users')).some((user) => user.peerId === peerId)
      const [here] = await eventually(() => Promise.all([server, other].map(isAt)), (is) => is.includes(true), 'at one of them', 20_000)
      if (here === true) return rpc
      await rpc.program.kill('SIGTERM')
    }
    return assert.fail('twenty of them were at the other server')
  }

  before(async () => {
    internet = createInternet({
      servers: ['45.10.0.1', '45.10.0.2', '45.10.0.53', '77.40.0.1'], homes: [{ address: '52.20.0.1', hosts: 1 }]
    })
    const [first, second, namesHost, client] = internet.servers as [Host, Host, Host, Host]
    for (const [i, host] of [first, second, namesHost, client].entries()) host.run('ip', 'address', 'add', `2001:db8::${i + 1}/64`, 'dev', 'eth0', 'nodad')
    for (const host of [client, internet.homes[0]!.hosts[0]!]) host.nameServer('45.10.0.53')
    tell({})
    const server = namesHost.spawn(process.execPath, [NAME_SERVER, '45.10.0.53', file], { stdio: ['ignore', 'pipe', 'inherit'] })
    await once(server.stdout!.on('data', (text: Buffer) => (asked += text.toString())), 'data')
    one = new Server(homes, first, ['--listen', '/ip6/2001:db8::1/tcp/4001'])
    two = new Server(homes, second)
    await Promise.all([one.start(), two.start()])
    ids = [one.peerId, two.peerId]
  })
  afterEach(async function () {
    if (this.currentTest?.state === 'failed') process.stderr.write(asked)
  })
  after(async () => {
    await Program.endAll()
    internet.remove()
    homes.remove()
  })

  it('are reached by the kind of address that the name stands for', async () => {
    const client = internet.servers[3]!
    // The other kind leads to nobody.
    tell({ 'A four.example': ['45.10.0.1'], 'AAAA four.example': ['2001:db8::99'], 'A six.example': ['45.10.0.99'], 'AAAA six.example': ['2001:db8::1'] })
    tell({ 'A both.example': ['45.10.0.99'], 'AAAA both.example': ['2001:db8::1'] })
    for (const name of ['/dns4/four.example', '/dns6/six.example', '/dns/both.example']) {
      const rpc = await start(client, 'ann', `${name}/tcp/4001/p2p/${ids[0]}`)
      await connected(rpc)
      await rpc.program.kill('SIGTERM')
    }
  })

  it('are found by the records of /dnsaddr, one of them or any; when it dies the other is taken, and people meet by it', async () => {
    const [home, client] = [internet.homes[0]!.hosts[0]!, internet.servers[3]!]
    tell({
      'TXT _dnsaddr.boot.example': [`dnsaddr=/ip4/45.10.0.1/tcp/4001/p2p/${ids[0]}`, `dnsaddr=/dns4/two.example/tcp/4001/p2p/${ids[1]}`],
      'A two.example': ['45.10.0.2']
    })
    const ann = await start(home, 'ann', `/dnsaddr/boot.example/p2p/${ids[1]}`)
    await connected(ann)
    const bob = await startAt(one, two, () => start(client, 'bob', '/dnsaddr/boot.example'))
    assert.deepEqual((await eventually(() => reach(ann), ({ relays }) => relays.length > 0, 'a place', 20_000)).relays, [ids[1]], 'the one that was named')
    assert.ok(asked.includes('TXT _dnsaddr.boot.example') && asked.includes('A two.example'))
    await one.kill()
    await eventually(() => reach(bob), ({ bootstrap: [server] }) => !server!.connected, 'bob notices', 60_000)
    await connected(bob, 60_000)
    await ann.call('room.join', { room: 'lobby' })
    await bob.call('room.join', { room: 'lobby' })
    await say(ann, 'hello')
    await has(bob, 'hello')
    await one.start()
    await Promise.all([ann, bob].map((rpc) => rpc.program.kill('SIGTERM')))
  })

  it('are found among junk, hundreds of records, and names that lead in a circle', async () => {
    const junk = Array.from({ length: 300 }, (_, i) => `dnsaddr=/ip4/45.10.9.${i % 250}/udp/${4000 + i}/quic-v1/p2p/${NOBODY}`)
    tell({
      'TXT _dnsaddr.messy.example': [...junk, 'v=spf1 -all', 'dnsaddr=/dnsaddr/messy.example', 'dnsaddr=/dnsaddr/circle.example', 'dnsaddr=rubbish'],
      'TXT _dnsaddr.circle.example': ['dnsaddr=/dnsaddr/messy.example', `dnsaddr=/ip4/45.10.0.2/tcp/4001/p2p/${ids[1]}`]
    })
    const before = asked.length
    const rpc = await start(internet.servers[3]!, 'ann', '/dnsaddr/messy.example')
    await connected(rpc)
    const questions = asked.slice(before).split('\n').filter((line) => line.startsWith('TXT'))
    assert.deepEqual([...new Set(questions)].sort(), ['TXT _dnsaddr.circle.example', 'TXT _dnsaddr.messy.example'])
    await rpc.program.kill('SIGTERM')
  })

  it('are reached once the name is there, and where it leads to now', async () => {
    const [, second, , client] = internet.servers as [Host, Host, Host, Host]
    const rpc = await start(client, 'ann', `/dns4/chat.example/tcp/4001/p2p/${ids[0]}`)
    await eventually(() => reach(rpc), ({ bootstrap: [server] }) => server!.problem === 'no-name', 'what is wrong', 20_000)
    tell({ 'A chat.example': ['45.10.0.1'] })
    await connected(rpc)
    // It moves to another machine.
    await Promise.all([one.kill(), two.kill()])
    await eventually(() => reach(rpc), ({ bootstrap: [server] }) => !server!.connected, 'it is gone', 60_000)
    tell({ 'A chat.example': ['45.10.0.2'] })
    assert.match(await one.start(second), new RegExp(`45\\.10\\.0\\.2/tcp/4001/p2p/${ids[0]}`, 'u'))
    await connected(rpc, 60_000)
    await rpc.program.kill('SIGTERM')
  })

  it('that does not exist, or with no name server, is what the doctor names, and not when it must not', async () => {
    const client = internet.servers[3]!
    const doctor = (host: Host, ...more: string[]) =>
      runOn(host, 'doctor', '--home', homes.path(host.name), '--no-mdns', '--bootstrap', `/dns4/gone.example/tcp/1/p2p/${NOBODY}`, ...more)
    const deaf = internet.homes[0]!.hosts[0]!
    deaf.nameServer('45.10.0.99')
    const [{ stdout }, redacted] = await Promise.all([doctor(client), doctor(deaf, '--redact')])
    assert.match(stdout, /^!! {2}bootstrap nodes +\/dns4\/gone\.example\S* \(not reached: its host name does not exist\)$/mu)
    assert.match(stdout, /^What to do: Check the address of the bootstrap node: its host name does not exist\.$/mu)
    assert.match(redacted.stdout, /^!! {2}bootstrap nodes +\[dns4 port 1\] \(not reached: no name server answers\)$/mu)
    for (const secret of ['gone.example', NOBODY, '192.168', '52.20', '45.10', '2001:db8']) assert.ok(!redacted.stdout.includes(secret), secret)
  })
})
