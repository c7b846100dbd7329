import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
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
    // Beyond the first, frequent queries.
    await new Promise((resolve) => setTimeout(resolve, 5000))
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

  it('talk again within 20 s after a minute without a link, whether they could see that it was down or not', async () => {
    // Four hosts, so that the minutes pass at the same time.
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
  await new Promise((resolve) => setTimeout(resolve, 60_000))
  for (const [i, node] of nodes.entries()) {
    await node.heard(({ event }) => event === 'disconnected', 'that the other is gone', 1, before[i])
  }
  const restored = nodes.map((node) => node.said.length)
  const upMs = Date.now()
  link(true)
  await Promise.all(nodes.map((node, i) => node.heard(inRoom, 'the other in the room', 20_000, restored[i])))
  await talk(...nodes)
  const tookMs = Date.now() - upMs
  assert.ok(tookMs < 20_000, `${tookMs} ms`)
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
