import assert from 'node:assert/strict'
import { createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { randomBytes } from 'node:crypto'
import { multiaddr } from '@multiformats/multiaddr'
import { createNetwork } from '../../src/network/index.ts'
import type { NetworkError } from '../../src/network/index.ts'
import { lanAddresses } from '../../src/network/discovery/lan-addresses.ts'
import { parseDialAddress, pathOf } from '../../src/network/addresses.ts'
import { makeNode, pair, startNode, stopAll, until } from './nodes.ts'

const PEER = '12D3KooWNGtSJpGkq8s6qkogMbZZ4wfPPiRvhQnJUXBTdrnX3iFX'

describe('addresses', () => {
  afterEach(stopAll)

  for (const [address, reason, message] of [
    ['hello', 'bad-address', '"hello" is not a multiaddr: it should look like /ip4/192.0.2.1/tcp/4001.'],
    ['', 'bad-address', '"" is not a multiaddr: it should look like /ip4/192.0.2.1/tcp/4001.'],
    ['/ip4/300.1.1.1/tcp/1', 'bad-address', '"/ip4/300.1.1.1/tcp/1" is not a multiaddr: it should look like /ip4/192.0.2.1/tcp/4001.'],
    ['/ip4/1.2.3.4/tcp/70000', 'bad-address', '"/ip4/1.2.3.4/tcp/70000" is not a multiaddr: it should look like /ip4/192.0.2.1/tcp/4001.'],
    ['/ip4/1.2.3.4/udp/1/quic-v1', 'unsupported-address', '/ip4/1.2.3.4/udp/1/quic-v1 cannot be dialled: this node speaks TCP only, as in /ip4/192.0.2.1/tcp/4001.'],
    ['/ip4/1.2.3.4/tcp/1/ws', 'unsupported-address', '/ip4/1.2.3.4/tcp/1/ws cannot be dialled: this node speaks TCP only, as in /ip4/192.0.2.1/tcp/4001.'],
    ['/ip4/1.2.3.4', 'unsupported-address', '/ip4/1.2.3.4 cannot be dialled: this node speaks TCP only, as in /ip4/192.0.2.1/tcp/4001.'],
    [`/p2p/${PEER}`, 'unsupported-address', `/p2p/${PEER} cannot be dialled: this node speaks TCP only, as in /ip4/192.0.2.1/tcp/4001.`],
    ['/ip4/1.2.3.4/tcp/1/p2p/me', 'bad-address', '/ip4/1.2.3.4/tcp/1/p2p/me cannot be dialled: "me" is no PeerId.'],
    ['/ip4/1.2.3.4/tcp/0', 'bad-address', '/ip4/1.2.3.4/tcp/0 cannot be dialled: port 0 stands for "any" and is only for listening.']
  ] as const) {
    it(`that cannot be dialled are refused in a sentence: ${address}`, async () => {
      const expected = { name: 'NetworkError', reason, message }
      const node = await startNode()
      await assert.rejects(node.network.connect(address), expected)
      assert.throws(() => makeNode({ peers: [address] }), expected)
    })
  }

  const everywhere = (host: string): string => `${host} stands for every address of a machine, and is only for listening.`
  for (const [address, why] of [
    ['/ip4/0.0.0.0/tcp/4001', everywhere('0.0.0.0')],
    ['/ip6/::/tcp/4001', everywhere('::')],
    ['/ip6/::ffff:0.0.0.0/tcp/4001', everywhere('::ffff:0:0')],
    [`/ip4/0.0.0.0/tcp/4001/p2p/${PEER}/p2p-circuit/p2p/${PEER}`, everywhere('0.0.0.0')],
    ['/ip4/224.0.0.251/tcp/4001', '224.0.0.251 is no address of one machine.'],
    ['/ip4/255.255.255.255/tcp/4001', '255.255.255.255 is no address of one machine.'],
    ['/ip6/ff02::1/tcp/4001', 'ff02::1 is no address of one machine.'],
    ['/ip6/fe80::1/tcp/4001', 'fe80::1 needs the interface that leads there: put /ip6zone/ and its name in front.']
  ] as const) {
    it(`where nobody can be are refused wherever one is given: ${address}`, () => {
      const expected = { name: 'NetworkError', reason: 'bad-address', message: `${address} cannot be dialled: ${why}` }
      assert.throws(() => parseDialAddress(address, ''), expected)
    })
  }

  it('on the link are taken with the interface that leads there', () => {
    assert.equal(String(parseDialAddress('/ip6zone/eth0/ip6/fe80::1/tcp/4001', '')), '/ip6zone/eth0/ip6/fe80::1/tcp/4001')
  })

  it('that are too long do not fill the screen', () => {
    assert.throws(() => makeNode({ peers: ['/ip4/'.repeat(1000)] }), (error: NetworkError) => error.message.length < 200)
  })

  it('of the node itself are refused, with and without its peer id', async () => {
    const node = await startNode()
    const address = node.address()
    await assert.rejects(node.network.connect(address), { reason: 'self', message: `${address} is this node itself.` })
    const bare = address.replace(/\/p2p\/.*/, '')
    await assert.rejects(node.network.connect(bare), { reason: 'self', message: `${bare} is this node itself.` })
  })

  it('of a named peer that is not reached are told once, and stand in the report with the reason, until it is', async () => {
    const [other] = await pair()
    const wrong = other.address().replace(other.id, PEER)
    const nobody = '/ip4/127.0.0.1/tcp/1'
    const node = await startNode({ peers: [nobody, wrong, other.address()] })
    const told = (): string[] => node.told.notices.filter(({ code }) => code === 'peer-unreached').map(({ text }) => text)
    await until(() => told().length === 2 && node.network.reach().named[2]!.connected, 'what became of the three')
    const states = node.network.reach().named
    assert.deepEqual(states.map(({ connected }) => connected), [false, false, true])
    assert.deepEqual(states.map(({ problem }) => problem), ['refused', 'wrong-peer', undefined])
    assert.ok(told().some((text) => text === `Nobody listens at ${nobody}: the connection was refused. It is tried again.`))
    const log: string[] = []
    const again = await startNode({ peers: [nobody], logger: (_level, text) => void log.push(text) })
    const failures = (): number => log.filter((text) => text.startsWith('Nobody listens')).length
    await until(() => failures() >= 3, 'it tried again')
    assert.equal(again.told.notices.filter(({ code }) => code === 'peer-unreached').length, 1)
  })

  it('of a named peer that is the node itself are told as such', async () => {
    const first = await startNode()
    const bare = first.address().replace(/\/p2p\/.*/u, '')
    await stopAll()
    const node = await startNode({ listen: [bare], peers: [bare] })
    await until(() => node.told.notices.some(({ text }) => text === `${bare} is this node itself.`), 'that it is itself')
    assert.equal(node.network.reach().named[0]!.problem, 'self')
  })

  it('where nobody listens are refused in a sentence', async () => {
    const node = await startNode()
    const address = '/ip4/127.0.0.1/tcp/1'
    await assert.rejects(node.network.connect(address), {
      reason: 'refused', message: `Nobody listens at ${address}: the connection was refused.`
    })
  })

  it('where somebody else answers are refused in a sentence', async () => {
    const [a, b] = await pair()
    const address = b.address().replace(b.id, PEER)
    await assert.rejects(a.network.connect(address), {
      reason: 'wrong-peer', message: `The node at ${address} is another one than its /p2p/ part says.`
    })
  })

  for (const [what, greet, reason, message] of [
    ['says nothing', (socket) => socket.resume(), 'timeout', 'did not answer in time.'],
    ['speaks something else', (socket) => socket.write('220 mail ready\r\n'), 'timeout', 'did not answer in time.'],
    ['hangs up', (socket) => socket.end('SSH-2.0-OpenSSH_9.2\r\n'), 'refused',
      'closed the connection at once: it is no p2pchat node, or it takes no more connections.'],
    ['resets', (socket) => socket.resetAndDestroy(), 'refused',
      'closed the connection at once: it is no p2pchat node, or it takes no more connections.']
  ] as readonly (readonly [string, (socket: Socket) => unknown, string, string])[]) {
    it(`where something that ${what} listens are refused in a sentence, in time`, async () => {
      const server = createServer((socket) => {
        socket.on('error', () => undefined)
        greet(socket)
      })
      await new Promise<void>((resolve) => {
        server.listen(0, '127.0.0.1', resolve)
      })
      const address = `/ip4/127.0.0.1/tcp/${(server.address() as AddressInfo).port}`
      const node = await startNode({ timing: { dialTimeoutMs: 500 } })
      await assert.rejects(node.network.connect(address), { reason, message: `${address} ${message}` })
      server.close()
    })
  }

  it('connect to a peer and say who it is', async () => {
    const [a, b] = [await startNode(), await startNode()]
    assert.equal(await a.network.connect(b.address()), b.id)
    assert.equal(await a.network.connect(b.address()), b.id, 'a second time')
  })

  for (const [address, reason, message] of [
    ['nonsense', 'bad-address', '"nonsense" is not a multiaddr: it should look like /ip4/192.0.2.1/tcp/4001.'],
    ['/ip4/0.0.0.0/udp/1', 'unsupported-address', '/ip4/0.0.0.0/udp/1 cannot be listened on: this node speaks TCP only, as in /ip4/192.0.2.1/tcp/4001.'],
    [`/ip4/0.0.0.0/tcp/1/p2p/${PEER}`, 'bad-address', `/ip4/0.0.0.0/tcp/1/p2p/${PEER} cannot be listened on: leave out its /p2p/ part.`]
  ] as const) {
    it(`that cannot be listened on are refused in a sentence: ${address}`, () => {
      assert.throws(() => createNetwork({ nodeSeed: randomBytes(32), listen: [address] }), { name: 'NetworkError', reason, message })
    })
  }

  it('in use are named, and the node can be started again elsewhere', async () => {
    const first = await startNode()
    const address = first.address().replace(/\/p2p\/.*/, '')
    const second = makeNode({ listen: [address] })
    await assert.rejects(second.network.start(second.told), {
      reason: 'port-in-use', message: `Cannot listen on ${address}: the port is in use. Choose another, or port 0 for any.`
    })
    await second.network.stop()
  })

  it('that the machine does not have are named', async () => {
    const node = makeNode({ listen: ['/ip4/198.51.100.7/tcp/0'] })
    await assert.rejects(node.network.start(node.told), {
      reason: 'listen-failed', message: 'Cannot listen on /ip4/198.51.100.7/tcp/0: this machine does not have that address.'
    })
  })

  it('of IPv6 may be missing', async () => {
    const node = await startNode({ listen: ['/ip4/127.0.0.1/tcp/0', '/ip6/2001:db8::7/tcp/0'] })
    assert.equal(node.network.addresses().length, 1)
    assert.match(node.address(), new RegExp(`^/ip4/127\\.0\\.0\\.1/tcp/\\d+/p2p/${node.id}$`))
  })

  it('say how a peer is reached', () => {
    for (const [address, path] of [
      ['/ip4/192.168.1.5/tcp/1', 'lan'], ['/ip4/127.0.0.1/tcp/1', 'lan'], ['/ip6/fe80::1/tcp/1', 'lan'], ['/ip6/fd00::1/tcp/1', 'lan'],
      ['/ip6/::1/tcp/1', 'lan'], ['/ip4/169.254.1.1/tcp/1', 'lan'], ['/ip4/8.8.8.8/tcp/1', 'direct'], ['/ip6/2a00::1/tcp/1', 'direct'],
      ['/dns4/example.org/tcp/1', 'direct'], [`/ip4/192.168.1.5/tcp/1/p2p/${PEER}/p2p-circuit`, 'relay']
    ] as const) assert.equal(pathOf(multiaddr(address)), path, address)
  })

  it('heard on the LAN leave out what means another thing on this machine', () => {
    const heard = ['/ip4/127.0.0.1/tcp/1', '/ip4/10.9.8.7/tcp/1', '/ip6/fe80::1/tcp/1', '/ip6/::1/tcp/1', '/ip6/fd00::9/tcp/1']
    assert.deepEqual(lanAddresses(heard.map((text) => multiaddr(text))).sort(), ['/ip4/10.9.8.7/tcp/1', '/ip6/fd00::9/tcp/1'])
    assert.deepEqual(lanAddresses([multiaddr('/ip4/127.0.0.1/tcp/1')]), ['/ip4/127.0.0.1/tcp/1'])
    const lies = ['/dns4/tell.example/tcp/1', '/ip4/224.0.0.251/tcp/1', '/ip4/8.8.8.8/tcp/53', '/ip6/2001:4860:4860::8888/tcp/53', '/ip4/0.0.0.0/tcp/1']
    assert.deepEqual(lanAddresses([...lies, '/ip4/10.9.8.7/tcp/1'].map((text) => multiaddr(text))), ['/ip4/10.9.8.7/tcp/1'], 'nobody elsewhere')
  })
})
