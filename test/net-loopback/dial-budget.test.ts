import assert from 'node:assert/strict'
import { multiaddr } from '@multiformats/multiaddr'
import { VAIN_DIAL_BURST, VAIN_DIALS_PER_S } from '../../src/core/record/limits.ts'
import { DialBudget } from '../../src/network/dial-budget.ts'
import { toldAddresses } from '../../src/network/told-addresses.ts'

function door(host: string, port: number): ReturnType<typeof multiaddr> {
  return multiaddr(`${host.includes(':') ? '/ip6' : '/ip4'}/${host}/tcp/${port}`)
}

describe('dials that lead to nobody', () => {
  it('are few for each host, whatever the port; a customer of IPv6 is one host', () => {
    let nowMs = 0
    const budget = new DialBudget([], () => nowMs)
    for (const hosts of [['198.51.100.7'], ['2001:db8:1:2::1', '2001:db8:1:2:ffff::9', '2001:0db8:0001:2:3:4:5:6']]) {
      const taken = Array.from({ length: 1000 }, (_, i) => budget.take(door(hosts[i % hosts.length]!, 1 + i))).filter(Boolean).length
      assert.equal(taken, VAIN_DIAL_BURST)
    }
    nowMs += 10_000
    const later = Array.from({ length: 1000 }, (_, i) => budget.take(door('198.51.100.7', 2000 + i))).filter(Boolean).length
    assert.equal(later, 10 * VAIN_DIALS_PER_S)
    assert.equal(budget.take(door('198.51.100.8', 1)), true, 'another host')
    assert.equal(budget.take(door('2001:db8:1:3::1', 1)), true, 'another network')
  })

  it('do not keep this node from where it was before, nor from whom the person named', () => {
    const budget = new DialBudget([door('198.51.100.9', 4001)], () => 0)
    assert.equal(budget.take(door('198.51.100.7', 4001)), true)
    budget.succeeded(door('198.51.100.7', 4001))
    for (let port = 1; port < 1000; port++) for (const host of ['198.51.100.7', '198.51.100.9']) budget.take(door(host, port))
    assert.equal(budget.take(door('198.51.100.7', 4001)), true)
    assert.equal(budget.take(door('198.51.100.9', 4001)), true)
    assert.equal(budget.take(door('198.51.100.7', 1001)), false)
  })
})

describe('addresses on the word of others', () => {
  const relay = '12D3KooWEyoppNCUx8Yx66oV9fJnriXwCcXwDDUA2kj6vnc6iDEp'
  const lies = [
    '/ip4/224.0.0.251/tcp/5353', '/ip4/255.255.255.255/tcp/1', '/ip4/0.0.0.0/tcp/1', '/ip4/240.0.0.1/tcp/1', '/ip6/ff02::1/tcp/1', '/ip6/::/tcp/1',
    '/ip6/fe80::1/tcp/1', '/dns4/tell.example/tcp/1', '/dnsaddr/tell.example', `/dns4/tell.example/tcp/1/p2p/${relay}/p2p-circuit`
  ]
  const told = (addresses: string[], near: 'host' | 'lan' | 'far', connected = ''): string[] =>
    toldAddresses(addresses.map((address) => multiaddr(address)), near, (peerId) => peerId === connected).map(String)

  it('are of hosts where somebody can be, and no names', () => {
    for (const near of ['host', 'lan', 'far'] as const) assert.deepEqual(told(lies, near), [])
    assert.deepEqual(told(lies, 'far', relay), [lies.at(-1)], 'but through a relay that is connected already')
  })

  it('are of this host or of private networks only if the teller is there as well', () => {
    const [here, home, outside] = ['/ip4/127.0.0.1/tcp/1', '/ip4/192.168.1.1/tcp/80', '/ip4/8.8.8.8/tcp/1']
    assert.deepEqual(told([here, home, outside], 'far'), [outside])
    assert.deepEqual(told([here, home, outside], 'lan'), [home, outside])
    assert.deepEqual(told([here, home, outside], 'host'), [here, home, outside])
  })

  it('are few, and few of one host', () => {
    assert.equal(told(Array.from({ length: 1000 }, (_, i) => `/ip4/8.8.8.8/tcp/${i + 1}`), 'far').length, 2)
    assert.equal(told(Array.from({ length: 250 }, (_, i) => `/ip4/8.8.8.${i + 1}/tcp/1`), 'far').length, 8)
  })
})
