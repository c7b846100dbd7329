/** Looking for relays among strangers. With routers and a whole DHT: test/net/public-dht.test.ts. */
import assert from 'node:assert/strict'
import type { PeerInfo } from '@libp2p/interface'
import { multiaddr } from '@multiformats/multiaddr'
import { MAX_RELAY_DIALS } from '../../src/core/record/limits.ts'
import { HOP_PROTOCOL } from '../../src/network/relay/places.ts'
import { RelaySearch } from '../../src/network/relay/search.ts'
import { startNode, stopAll, until } from './nodes.ts'
import { startRawPeer, stopRawPeers } from './raw-peer.ts'

describe('the search for relays', () => {
  afterEach(async () => {
    await stopAll()
    await stopRawPeers()
  })

  async function strangers(count: number): Promise<PeerInfo[]> {
    const peers = await Promise.all(Array.from({ length: count }, () => startRawPeer()))
    return peers.map(({ libp2p }) => ({ id: libp2p.peerId, multiaddrs: libp2p.getMultiaddrs() }))
  }

  it('asks those who relay, lets go of the others, and ends when it has found enough', async () => {
    const others = await strangers(4)
    const relay = await startRawPeer()
    await relay.libp2p.handle(HOP_PROTOCOL, (stream) => void stream.close())
    const found = { id: relay.libp2p.peerId, multiaddrs: relay.libp2p.getMultiaddrs() }
    const dead = { id: others[0]!.id, multiaddrs: [multiaddr('/ip4/127.0.0.1/tcp/1'), multiaddr('/dnsaddr/boot.example')] }
    const node = await startNode({ listen: [] })
    const libp2p = node.network.libp2p!
    let missing = true
    let walked = 0
    const search = new RelaySearch({
      async * walk() {
        for (const peer of [dead, ...others.slice(1), found, ...await strangers(8)]) {
          walked++
          yield peer
          if (peer === found) await until(() => !missing, 'it is asked for a place')
        }
      },
      random: () => 0.5,
      log: () => undefined
    }, {
      lacks: () => missing,
      check() {
        missing = false
        return Promise.resolve()
      }
    })
    await search.check(libp2p)
    assert.equal(walked, 6, 'nobody else is dialled after it was found')
    await until(() => libp2p.getConnections().length === 1, 'the others are let go of')
    assert.equal(libp2p.getConnections()[0]!.remotePeer.toString(), relay.id)
  })

  it('dials a bounded number, and not again soon', async () => {
    const others = await strangers(MAX_RELAY_DIALS + 4)
    const node = await startNode({ listen: [] })
    const libp2p = node.network.libp2p!
    const met = new Set<string>()
    libp2p.addEventListener('peer:connect', ({ detail }) => met.add(detail.toString()))
    let walks = 0
    const search = new RelaySearch({
      async * walk() {
        walks++
        yield * others
      },
      random: () => 0.5,
      log: () => undefined
    }, { lacks: () => true, check: () => Promise.resolve() })
    await search.check(libp2p)
    await until(() => libp2p.getConnections().length === 0, 'all are let go of')
    assert.equal(met.size, MAX_RELAY_DIALS)
    await search.check(libp2p)
    assert.equal(walks, 1)
    search.again()
    await search.check(libp2p)
    assert.equal(walks, 2, 'in another network it is worth another try')
  })
})
