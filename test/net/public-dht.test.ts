/** Without any server of p2pchat: people who find each other by others' DHT, and reach each other by relays that they find there. */
import assert from 'node:assert/strict'
import { until } from '../cli/program.ts'
import type { RpcProgram } from '../cli/rpc-program.ts'
import type { Host } from './namespaces.ts'
import { eventually, has, laboratory, pathTo, runOn, say, startForeign, startPerson } from './people.ts'

describe('people with nothing but a DHT of others', function () {
  this.timeout(180_000)
  const { homes, open } = laboratory()

  it('find a room by it, get a place on a relay there, and talk beyond what that allows; directly where one is public', async () => {
    const internet = open({
      servers: ['45.10.0.1', '45.10.0.2', '77.40.0.1'], homes: [{ address: '52.20.0.1', hosts: 1 }, { address: '62.30.0.1', hosts: 1 }]
    })
    const [first, second, third] = internet.servers as [Host, Host, Host]
    const relay = await startForeign(second, 'relay')
    const words = ['--public-dht', '--public-bootstrap', await startForeign(first, 'none', relay)]
    const hosts = internet.homes.map((home) => home.hosts[0]!)
    const ann = await startPerson(homes, hosts[0]!, 'ann', words)
    await ann.call('room.join', { room: 'lobby' })
    const reach = (rpc: RpcProgram) => rpc.call<{ relays: string[]; strangeRelays: number; nat: string }>('node.reach')
    const { relays } = await eventually(() => reach(ann), (is) => is.strangeRelays === 1 && is.nat === 'private', 'a place', 60_000)
    assert.ok(relay.endsWith(relays[0]!))
    const bob = await startPerson(homes, hosts[1]!, 'bob', words)
    await bob.call('room.join', { room: 'lobby' })
    await say(ann, 'hello')
    await has(bob, 'hello')
    assert.equal(await pathTo(bob, 'ann'), 'relay')
    const { stdout } = await runOn(hosts[0]!, 'doctor', '--home', ann.home!)
    assert.match(stdout, /^-- {2}relay +others reach this node through 1 relay: \w+; 1 of strangers, which cut connections after minutes/mu)
    assert.match(stdout, / through a relay of strangers, which carries little at a time, at \/ip4\/45\.10\.0\.2\//u)
    assert.match(stdout, /^What to do: This works, if slowly: /mu)

    // Each way more than the relay carries on one connection, both ways together.
    const text = 'x'.repeat(20_000)
    for (let i = 0; i < 10; i++) for (const rpc of [ann, bob]) await say(rpc, `${i} ${text}`)
    await until(() => [ann, bob].every((rpc) => said(rpc).size === 21), 'all of it arrives', 90_000)
    assert.ok(ann.notifications('peer').filter((peer) => peer['event'] === 'disconnected').length > 0, 'it was cut')

    const pia = await startPerson(homes, third, 'pia', words)
    await pia.call('room.join', { room: 'lobby' })
    const direct = (nick: string) => eventually(() => pathTo(pia, nick), (path) => path === 'direct', `pia and ${nick}, directly`, 60_000)
    await Promise.all(['ann', 'bob'].map(direct))
    await until(() => said(pia).size === 21, 'she has all of it', 60_000)
  })
})

/** What was said, and by whom: in a room that gave way to another of its name it was said again there. */
function said(rpc: RpcProgram): Set<string> {
  return new Set(rpc.notifications('message').map((message) => JSON.stringify([(message['from'] as { identity: string }).identity, message['text']])))
}
