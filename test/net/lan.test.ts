import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { DEFAULT_TIMING } from '../../src/network/timing.ts'
import { until } from '../cli/program.ts'
import { createLan } from './namespaces.ts'
import type { Host, Lan, LanOptions } from './namespaces.ts'
import { RemoteNode } from './remote-node.ts'
import type { Said } from './remote-node.ts'

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

  it('talk again within 20 s after a long time without a link, whether they could see that it was down or not', async () => {
    // Four hosts, so that the outages pass at the same time.
    lan = createLan({ hosts: 4 })
    const [first, second, third, fourth] = lan.hosts as [Host, Host, Host, Host]
    const peer = new RemoteNode(fourth)
    const { addresses } = await peer.ready()
    const address = addresses.find((candidate) => candidate.includes(`/${fourth.address}/`))!
    await Promise.all([
      outage([new RemoteNode(first, '--mdns'), new RemoteNode(second, '--mdns')], (up) => first.link(up)),
      outage([new RemoteNode(third, '--peer', address), peer], (up) => fourth.reach(up))
    ])
  }).timeout(150_000)
})

async function outage(nodes: [RemoteNode, RemoteNode], link: (up: boolean) => void): Promise<void> {
  await talk(...nodes)
  const before = nodes.map((node) => node.said.length)
  link(false)
  await Promise.all(nodes.map((node, i) => node.heard(({ event }) => event === 'disconnected', 'that the other is gone', 60_000, before[i])))
  // From then on the wait between two tries is as long as it gets.
  await until(() => nodes.some((node, i) => failedDials(node, before[i]!) >= 5), 'tries that fail', 90_000)
  const restored = nodes.map((node) => node.said.length)
  const upMs = Date.now()
  link(true)
  await Promise.all(nodes.map((node, i) => node.heard(inRoom, 'the other in the room', 20_000, restored[i])))
  await talk(...nodes)
  const tookMs = Date.now() - upMs
  assert.ok(tookMs < 20_000, `${tookMs} ms`)
}

function queries(node: RemoteNode): number {
  return node.said.filter(({ event, text }) => event === 'log' && text === 'the LAN is asked who is there').length
}

function failedDials(node: RemoteNode, from: number): number {
  return node.said.slice(from).filter(({ event, text }) => event === 'log' && /There is no route|did not answer/u.test(text!)).length
}

function inRoom({ event, subscribed }: Said): boolean {
  return event === 'topic-peer' && subscribed === true
}

/** A frame and a message go each way. */
async function talk(a: RemoteNode, b: RemoteNode): Promise<void> {
  const ids = await Promise.all([a, b].map(async (node) => (await node.ready()).peerId))
  for (const node of [a, b]) node.order({ do: 'subscribe', topic: 'room' })
  for (const node of [a, b]) await node.heard(inRoom, 'the other in the room', 5000)
  for (const [from, to, id] of [[a, b, ids[1]!], [b, a, ids[0]!]] as const) {
    const text = randomBytes(8).toString('hex')
    from.order({ do: 'publish', topic: 'room', text: `frame ${text}` })
    from.order({ do: 'send', to: id, text: `message ${text}` })
    await to.heard((said) => said.event === 'frame' && said.text === `frame ${text}`, 'the frame', 5000)
    await to.heard((said) => said.event === 'message' && said.text === `message ${text}`, 'the message', 5000)
  }
}
