/** What takes minutes, all of it at once. */
import assert from 'node:assert/strict'
import { until } from '../cli/program.ts'
import type { RpcProgram } from '../cli/rpc-program.ts'
import type { Host } from './namespaces.ts'
import { outages } from './outages.ts'
import { eventually, has, laboratory, meet, Server, startForeign, startPerson } from './people.ts'

describe('people behind routers, for minutes', function () {
  this.timeout(240_000)
  const { homes, open } = laboratory()

  it('the relay carries an hour of talk for more than two minutes; links that were down heal; who moves is back; a stranger\'s relay cuts', async () => {
    const addresses = ['52.20.0.1', '62.30.0.1', '72.40.0.1', '82.50.0.1', '92.60.0.1', '102.70.0.1', '112.80.0.1', '122.90.0.1', '132.91.0.1', '142.92.0.1']
    const internet = open({ servers: ['45.10.0.1', '45.10.0.2'], homes: addresses.map((address) => ({ address, hosts: 1 })) })
    const server = new Server(homes, internet.servers[0]!)
    const bootstrap = await server.start()
    const hosts = internet.homes.map((home) => home.hosts[0]!)
    const foreign = ['--public-dht', '--public-bootstrap', await startForeign(internet.servers[1]!, 'relay')]
    const people: RpcProgram[] = []
    for (const [i, host] of hosts.entries()) people.push(await startPerson(homes, host, `person${i}`, i < 8 ? ['--bootstrap', bootstrap] : foreign))
    const pair = (first: number): [RpcProgram, RpcProgram] => [people[first]!, people[first + 1]!]
    const apart = partition(...pair(2), internet.homes[3]!.router)
    await Promise.all([hour(...pair(0)), apart, move(...pair(4), hosts[5]!), together(...pair(6)), strangers(...pair(8)), outages()])
  })
})

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
  const cutMs = performance.now()
  await until(() => one.notifications('peer').some((peer) => peer['event'] === 'disconnected' && peer['path'] === 'relay'), 'it is noticed', 60_000)
  await one.call('message.send', { room: 'apart', text: 'are you there?' })
  await other.call('message.send', { room: 'apart', text: 'nobody is here' })
  await until(() => performance.now() - cutMs > 60_000, 'a minute is over', 61_000)
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

/** By a relay of strangers, which cuts every two minutes. */
async function strangers(one: RpcProgram, other: RpcProgram): Promise<void> {
  await meet(one, other, 'strange')
  const begun = one.notifications('peer').length
  const cuts = (): number => one.notifications('peer').slice(begun).filter((peer) => peer['event'] === 'disconnected').length
  await one.call('message.send', { room: 'strange', text: 'before' })
  await has(other, 'before', 30_000)
  await until(() => cuts() > 0, 'the relay cuts, after two minutes', 150_000)
  await other.call('message.send', { room: 'strange', text: 'still here' })
  await has(one, 'still here', 30_000)
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
