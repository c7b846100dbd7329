/** The one judge of addresses on the word of others. */
import assert from 'node:assert/strict'
import { multiaddr } from '@multiformats/multiaddr'
import fc from 'fast-check'
import { MAX_TOLD_ADDRESSES, MAX_TOLD_ADDRESSES_PER_HOST, MAX_TOLD_NAMES } from '../../src/core/record/limits.ts'
import { hostOf } from '../../src/network/hosts.ts'
import { tellerOf, toldAddresses, toldOf, withPeer } from '../../src/network/told-addresses.ts'
import type { Connected, Nearness, Teller } from '../../src/network/told-addresses.ts'

const RELAY = '12D3KooWEyoppNCUx8Yx66oV9fJnriXwCcXwDDUA2kj6vnc6iDEp'
const PEER = '12D3KooWG8cMPNZbc4o3CcHaRmfMm8geFadnUEwmxyVqN4t4RKJC'
const TELLER = '12D3KooWNX8Xu7b2nhkNVnUDL1XGQBk9SonaivaYDwdqJ35Dyck1'
const NEAR: readonly Nearness[] = ['host', 'lan', 'far']

function told(addresses: readonly string[], near: Nearness, way?: string): string[] {
  const wayTo: Teller['wayTo'] = (relay) => (way === undefined || relay !== RELAY ? undefined : multiaddr(way))
  return toldAddresses(addresses.map((address) => multiaddr(address)), { near, wayTo }).map(String)
}

/** Peers that are connected from these addresses. */
function connected(peers: Record<string, string>, direction: 'inbound' | 'outbound' = 'outbound'): Connected {
  return (peerId) => (peers[peerId] === undefined ? [] : [{ remoteAddr: multiaddr(peers[peerId]), direct: true, direction, status: 'open' }])
}

describe('addresses on the word of others', () => {
  const lies = [
    '/ip4/224.0.0.251/tcp/5353', '/ip4/255.255.255.255/tcp/1', '/ip4/0.0.0.0/tcp/1', '/ip4/240.0.0.1/tcp/1', '/ip6/ff02::1/tcp/1', '/ip6/::/tcp/1',
    '/ip6/fe80::1/tcp/1', '/dns4/tell.example/tcp/1', '/dnsaddr/tell.example', `/dns4/tell.example/tcp/1/p2p/${RELAY}/p2p-circuit/p2p/${PEER}`,
    '/ip4/8.8.8.8/udp/1/quic-v1', '/ip4/8.8.8.8/tcp/0'
  ]

  it('are of hosts where somebody can be, no names, and such as can be dialled', () => {
    for (const near of NEAR) assert.deepEqual(told(lies, near), [], near)
  })

  it('do not lead to this host as IPv4 that is written as IPv6', () => {
    for (const near of NEAR) assert.deepEqual(told(['/ip6/::ffff:127.0.0.1/tcp/1', '/ip6/::ffff:192.168.1.1/tcp/1', '/ip6/::7f00:1/tcp/1'], near), [], near)
    assert.deepEqual(told(['/ip6/::1/tcp/1'], 'host'), ['/ip6/::1/tcp/1'])
  })

  it('go through a relay that is connected already over the way on which it is, once, however it was written', () => {
    const through = (start: string): string => `${start}/p2p/${RELAY}/p2p-circuit/p2p/${PEER}`
    const ways = ['/dns4/tell.example/tcp/1', '/ip4/9.9.9.9/tcp/9', '/ip4/127.0.0.1/tcp/1'].map(through)
    assert.deepEqual(told(ways, 'far', '/ip4/7.7.7.7/tcp/7'), [through('/ip4/7.7.7.7/tcp/7')])
    assert.deepEqual(told(ways, 'far', `/ip4/7.7.7.7/tcp/7/p2p/${RELAY}`), [through('/ip4/7.7.7.7/tcp/7')])
    assert.deepEqual(told(ways, 'far'), [through('/ip4/9.9.9.9/tcp/9')])
  })

  it('are of this host or of private networks only if the teller is there as well', () => {
    const [here, home, outside] = ['/ip4/127.0.0.1/tcp/1', '/ip4/192.168.1.1/tcp/80', '/ip4/8.8.8.8/tcp/1']
    assert.deepEqual(told([here, home, outside], 'far'), [outside])
    assert.deepEqual(told([here, home, outside], 'lan'), [home, outside])
    assert.deepEqual(told([here, home, outside], 'host'), [here, home, outside])
  })

  it('are few, and few of one host, which of IPv6 is all that one customer has', () => {
    const count = (addresses: string[]): number => told(addresses, 'far').length
    assert.equal(count(Array.from({ length: 1000 }, (_, i) => `/ip4/8.8.8.8/tcp/${i + 1}`)), MAX_TOLD_ADDRESSES_PER_HOST)
    assert.equal(count(Array.from({ length: 250 }, (_, i) => `/ip4/8.8.8.${i + 1}/tcp/1`)), MAX_TOLD_ADDRESSES)
    assert.equal(count(Array.from({ length: 250 }, (_, i) => `/ip6/2a00:1:2:3::${i + 1}/tcp/1`)), MAX_TOLD_ADDRESSES_PER_HOST)
    assert.equal(count(Array.from({ length: 250 }, (_, i) => `/ip6/2a00:1:2:${i + 1}::1/tcp/1`)), MAX_TOLD_ADDRESSES)
    const useless = Array.from({ length: 20 }, (_, i) => `/ip4/8.8.8.8/udp/${i + 1}/quic-v1`)
    assert.deepEqual(told([...useless, '/ip4/8.8.8.8/tcp/1'], 'far'), ['/ip4/8.8.8.8/tcp/1'], 'what cannot be dialled takes no place')
  })

  it('keep to the bounds whatever is told', () => {
    const host = fc.oneof(fc.ipV4().map((ip) => `/ip4/${ip}`), fc.ipV6().map((ip) => `/ip6/${ip}`), fc.domain().map((name) => `/dns4/${name}`))
    const address = fc.tuple(host, fc.integer({ min: 0, max: 65_535 })).map(([start, port]) => `${start}/tcp/${port}`)
    fc.assert(fc.property(fc.array(address, { maxLength: 60 }), fc.constantFrom(...NEAR), (addresses, near) => {
      const hosts = told(addresses, near).map((text) => hostOf(multiaddr(text)))
      assert.ok(hosts.length <= MAX_TOLD_ADDRESSES && !hosts.includes(undefined))
      for (const one of hosts) assert.ok(hosts.filter((other) => other === one).length <= MAX_TOLD_ADDRESSES_PER_HOST)
    }))
  })

  it('must name the peer that they are told of', () => {
    const teller = tellerOf(undefined, 'memory', connected({}))
    const of = (peerId: string): string => `/ip4/8.8.8.8/tcp/1/p2p/${peerId}`
    assert.deepEqual(toldOf(PEER, [of(TELLER), '/ip4/8.8.8.8/tcp/2', 'nonsense', '', of(PEER)], teller), [of(PEER)])
    assert.deepEqual(toldOf('nobody', [of('nobody')], teller), [])
    const circuit = `/ip4/8.8.8.8/tcp/1/p2p/${RELAY}/p2p-circuit`
    for (const [given, whole] of [
      ['/ip4/8.8.8.8/tcp/1', of(PEER)], [of(PEER), of(PEER)], [of(TELLER), undefined], [circuit, `${circuit}/p2p/${PEER}`],
      [`${circuit}/p2p/${TELLER}`, undefined]
    ] as const) assert.equal(withPeer(multiaddr(given), PEER)?.toString(), whole, given)
  })

  it('may be names, few and none that leads to others, where the peer itself said so', () => {
    const names = ['/dns4/a.example/tcp/1', '/dnsaddr/b.example', '/dns6/c.example/tcp/1', '/ip4/45.10.0.1/tcp/1', '/dns/d.example/tcp/1']
    const ofPeer = names.map((start) => `${start}/p2p/${PEER}`)
    const kept = toldOf(PEER, ofPeer, tellerOf(undefined, 'memory', connected({})))
    assert.deepEqual(kept, [ofPeer[0], ofPeer[2], ofPeer[3]])
    assert.equal(kept.filter((text) => text.startsWith('/dns')).length, MAX_TOLD_NAMES)
    assert.deepEqual(toldOf(PEER, ofPeer, tellerOf(TELLER, 'friend', connected({ [TELLER]: '/ip4/127.0.0.1/tcp/1' }))), [ofPeer[3]])
  })

  it('are judged by where the teller is: strangers, and those who introduce people who may be in one home', () => {
    const from = (kind: 'stranger' | 'friend', at: string | undefined): Nearness =>
      tellerOf(TELLER, kind, connected(at === undefined ? {} : { [TELLER]: at })).near
    for (const [at, stranger, friend] of [
      ['/ip4/127.0.0.1/tcp/1', 'host', 'host'], ['/ip4/192.168.1.7/tcp/1', 'lan', 'lan'], ['/ip4/8.8.8.8/tcp/1', 'far', 'lan'],
      [`/ip4/192.168.1.7/tcp/1/p2p/${RELAY}/p2p-circuit/p2p/${TELLER}`, 'far', 'lan'], [undefined, 'far', 'lan']
    ] as const) assert.deepEqual([from('stranger', at), from('friend', at)], [stranger, friend], at)
  })
})
