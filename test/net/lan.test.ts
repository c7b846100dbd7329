import assert from 'node:assert/strict'
import { DEFAULT_TIMING } from '../../src/network/timing.ts'
import { until } from '../cli/program.ts'
import { createLan } from './namespaces.ts'
import type { Host, Lan, LanOptions } from './namespaces.ts'
import { RemoteNode, talk } from './remote-node.ts'

describe('two hosts on a LAN', function () {
  this.timeout(20_000)
  let lan: Lan | undefined

  afterEach(() => {
    lan?.remove()
    lan = undefined
  })

  function start(options: Partial<LanOptions> = {}, ...args: string[]): [RemoteNode, RemoteNode] {
    lan = createLan({ hosts: 2, ...options })
    return [new RemoteNode(lan.hosts[0]!, ...args), new RemoteNode(lan.hosts[1]!, ...args)]
  }

  it('find each other without any address, when they start at once', async () => {
    const [a, b] = start({}, '--mdns')
    const ids = await Promise.all([a, b].map(async (node) => (await node.ready()).peerId))
    for (const [node, other] of [[a, ids[1]], [b, ids[0]]] as const) {
      const { peerId, path, atMs } = await node.heard(({ event }) => event === 'connected', 'the other', 3000)
      assert.equal(peerId, other)
      assert.equal(path, 'lan')
      assert.ok(atMs < 3000, `connected ${atMs} ms after start`)
    }
    await talk(a, b)
    assert.deepEqual(await Promise.all([a.stop(), b.stop()]), [0, 0], 'they end by themselves')
  })

  it('find each other when one starts long after the other', async () => {
    lan = createLan({ hosts: 2 })
    const a = new RemoteNode(lan.hosts[0]!, '--mdns')
    await a.ready()
    await until(() => queries(a) > DEFAULT_TIMING.firstQueriesMs.length, 'the first, frequent queries are over', 10_000)
    const b = new RemoteNode(lan.hosts[1]!, '--mdns')
    const { atMs } = await b.ready()
    const connected = await b.heard(({ event }) => event === 'connected', 'the other', 3000)
    assert.ok(connected.atMs - atMs < 1000, `connected ${connected.atMs - atMs} ms after it listened`)
    await talk(a, b)
  })

  it('are told when there is no route for multicast, once, and reach each other by address', async () => {
    const [a, b] = start({ multicastRoute: false }, '--mdns')
    const { addresses } = await b.ready()
    for (const node of [a, b]) {
      const { text } = await node.heard(({ event, code }) => event === 'notice' && code === 'no-multicast', 'the notice', 3000)
      assert.match(text!, /^Peers on this LAN cannot be found: there is no route for multicast \(224\.0\.0\.0\/4\)\..*--peer\.$/)
    }
    const c = new RemoteNode(lan!.hosts[0]!, '--peer', addresses.find((address) => address.includes('/10.77.0.2/'))!)
    await c.heard(({ event }) => event === 'connected', 'the peer', 5000)
    await talk(c, b)
    for (const node of [a, b]) assert.equal(node.said.filter(({ event, code }) => event === 'notice' && code === 'no-multicast').length, 1)
  })

  it('are found by who comes later, also when the network was away and is back with the same address', async () => {
    lan = createLan({ hosts: 3 })
    const [first, second, third] = lan.hosts as [Host, Host, Host]
    const [a, b] = [new RemoteNode(first, '--mdns'), new RemoteNode(second, '--mdns')]
    await talk(a, b)
    const seen = a.said.length
    first.adapter(false)
    await a.heard(({ event }) => event === 'disconnected', 'that the other is gone', 60_000, seen)
    await b.stop()
    first.adapter(true)
    // Both know nobody but by what they hear on the LAN.
    await talk(a, new RemoteNode(third, '--mdns'))
  }).timeout(90_000)

  it('go on by IPv6 when it comes later and IPv4 goes', async () => {
    const [a, b] = start({}, '--mdns')
    await talk(a, b)
    for (const [i, { run }] of lan!.hosts.entries()) run('ip', 'address', 'add', `fd77::${i + 1}/64`, 'dev', 'eth0', 'nodad')
    for (const [i, node] of [a, b].entries()) {
      await node.heard(({ event, code, text }) => event === 'notice' && code === 'addresses' && text!.includes(`/ip6/fd77::${i + 1}/`), 'its new address', 15_000)
    }
    for (const host of lan!.hosts) host.run('ip', 'address', 'del', `${host.address}/24`, 'dev', 'eth0')
    const { address } = await a.heard(({ event, address: at }) => event === 'connected' && at!.includes('/ip6/'), 'the other by IPv6', 60_000)
    assert.match(address!, /^\/ip6\/fd77::/u)
    await talk(a, b)
  }).timeout(120_000)
})

function queries(node: RemoteNode): number {
  return node.said.filter(({ event, text }) => event === 'log' && text === 'the LAN is asked who is there').length
}
