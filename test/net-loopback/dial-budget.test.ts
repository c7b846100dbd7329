import assert from 'node:assert/strict'
import { multiaddr } from '@multiformats/multiaddr'
import { VAIN_DIAL_BURST, VAIN_DIALS_PER_S } from '../../src/core/record/limits.ts'
import { DialBudget } from '../../src/network/dial-budget.ts'

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
