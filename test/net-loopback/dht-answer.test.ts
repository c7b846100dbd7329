/** The longest answer of the DHT that an honest node gives is one that whoever asked reads to the end, whatever liars told it. */
import assert from 'node:assert/strict'
import { multiaddr } from '@multiformats/multiaddr'
import type { Multiaddr } from '@multiformats/multiaddr'
import { peerIdFromString } from '@libp2p/peer-id'
import { MAX_CLOSER_PER_ANSWER, MAX_DHT_ANSWER_BYTES, MAX_PROVIDERS_PER_ANSWER } from '../../src/core/record/limits.ts'
import { tellable } from '../../src/network/dht/addresses.ts'
import { lanAddresses } from '../../src/network/discovery/lan-addresses.ts'
import { encodeKad } from '../hostile/sybils/kad-message.ts'
import { makePeerIds } from '../hostile/sybils/sybil.ts'

const [RELAY, PEER] = makePeerIds(2) as [string, string]

function answerOf(addresses: readonly Multiaddr[]): number {
  const told = tellable({ id: peerIdFromString(PEER), multiaddrs: [...addresses] })
  const peer = { id: told.id.toMultihash().bytes, addresses: told.multiaddrs.map(({ bytes }) => bytes) }
  const of = (count: number): (typeof peer)[] => Array.from({ length: count }, () => peer)
  return encodeKad({ type: 3, key: new Uint8Array(34), closer: of(MAX_CLOSER_PER_ANSWER), providers: of(MAX_PROVIDERS_PER_ANSWER) }).length
}

describe('an answer of the DHT', () => {
  for (const [what, address] of [
    ['short addresses', (i: number) => `/ip4/8.8.8.8/tcp/${i + 1}`],
    ['addresses through relays', (i: number) => `/ip6/2a00::${i + 1}/tcp/4001/p2p/${RELAY}/p2p-circuit/p2p/${PEER}`],
    ['long names', (i: number) => `/dns4/${'x'.repeat(60)}.${'y'.repeat(60)}.${'z'.repeat(60)}.example/tcp/${i + 1}`],
    ['addresses without end', (i: number) => `/ip4/8.8.8.8/tcp/${i + 1}${`/p2p/${RELAY}/p2p-circuit`.repeat(20)}`]
  ] as const) {
    it(`is not longer than it may be, with as many peers as it may have and ${what}`, () => {
      const bytes = answerOf(Array.from({ length: 200 }, (_, i) => multiaddr(address(i))))
      assert.ok(bytes < MAX_DHT_ANSWER_BYTES, `${bytes} bytes`)
    })
  }

  it('names a peer at several relays', () => {
    const addresses = Array.from({ length: 5 }, (_, i) => multiaddr(`/ip4/8.8.8.${i}/tcp/4001/p2p/${RELAY}/p2p-circuit/p2p/${PEER}`))
    assert.equal(tellable({ id: peerIdFromString(PEER), multiaddrs: addresses }).multiaddrs.length, 5)
  })

  for (const [what, inner] of Object.entries({
    'a home network': '/ip4/192.168.1.5/tcp/4001',
    'a home network of IPv6 (fd00)': '/ip6/fd00::5/tcp/4001',
    'a provider that shares addresses (CGNAT)': '/ip4/100.64.3.7/tcp/4001',
    'a VPN of such numbers': '/ip4/100.101.102.103/tcp/4001',
    'a VPN of IPv6': '/ip6/fd7a:115c:a1e0::5/tcp/4001',
    'one link': '/ip4/169.254.3.7/tcp/4001'
  })) {
    it(`tells an address in ${what} only of who has no other, and the LAN takes it for one of its own`, () => {
      const [near, far] = [multiaddr(inner), multiaddr('/ip4/45.10.0.1/tcp/4001')]
      const told = (...addresses: (typeof near)[]): string[] =>
        tellable({ id: peerIdFromString(PEER), multiaddrs: addresses }).multiaddrs.map(String)
      assert.deepEqual(told(near, far), [far.toString()])
      assert.deepEqual(told(near), [near.toString()])
      assert.deepEqual(told(multiaddr('/ip4/127.0.0.1/tcp/4001'), near), [near.toString()])
      assert.deepEqual(lanAddresses([near]), [near.toString()])
      assert.deepEqual(lanAddresses([far]), [])
    })
  }
})
