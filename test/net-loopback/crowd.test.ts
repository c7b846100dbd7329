import assert from 'node:assert/strict'
import { CLIENT_CROWD, isGreedy, toClose } from '../../src/network/crowd.ts'
import type { Tenant, Worth } from '../../src/network/crowd.ts'

const MINUTE_MS = 60_000

function tenants(count: number, worth: Worth, host: (i: number) => string, openedMs: number): Tenant[] {
  return Array.from({ length: count }, (_, i) => ({ peerId: `${worth}-${host(i)}-${i}`, host: host(i), openedMs, worth }))
}

function leaving(all: readonly Tenant[], nowMs: number, waiting = 0): Tenant[] {
  const closed = new Set(toClose(all, waiting, nowMs, CLIENT_CROWD))
  return all.filter(({ peerId }) => closed.has(peerId))
}

describe('who has to go when there are many connections', () => {
  const apart = (i: number): string => `198.51.100.${i}`
  const together = (): string => '203.0.113.9'

  it('nobody, while there are few, also if they are of no use', () => {
    assert.deepEqual(leaving(tenants(CLIENT_CROWD.crowded, 'stranger', apart, 0), MINUTE_MS), [])
  })

  it('strangers who had the time to say what they are good for, as many as others need the place, and nobody else', () => {
    const all = [...tenants(20, 'proven', apart, 0), ...tenants(20, 'stranger', apart, 0)]
    assert.equal(leaving(all, MINUTE_MS, 6).filter(({ worth }) => worth === 'stranger').length, 6)
    assert.equal(leaving(all, MINUTE_MS, 6).length, 6)
    assert.deepEqual(leaving(all, 1_000, 6), [], 'they had no time yet')
  })

  it('before members with whom the room became complete, those who only say that they are in it', () => {
    const all = [...tenants(30, 'proven', apart, 0), ...tenants(20, 'member', apart, 0), ...tenants(10, 'chosen', together, 0)]
    const gone = leaving(all, MINUTE_MS)
    assert.equal(gone.length, 20)
    assert.ok(gone.every(({ worth }) => worth === 'member'))
  })

  it('a hundred of one address before one of another, so that who comes new has the time to show what it is good for', () => {
    const newcomer = { peerId: 'newcomer', host: '198.51.100.77', openedMs: MINUTE_MS, worth: 'stranger' } as const
    const all = [...tenants(5, 'proven', apart, 0), ...tenants(100, 'stranger', together, MINUTE_MS - 100), newcomer]
    const gone = leaving(all, MINUTE_MS)
    assert.equal(all.length - gone.length, CLIENT_CROWD.full)
    assert.ok(gone.every(({ host }) => host === together()))
  })

  it('of sybils at a hundred addresses those who were there longer: the one who just came stays', () => {
    const newcomer = { peerId: 'newcomer', host: '198.51.100.77', openedMs: MINUTE_MS, worth: 'stranger' } as const
    const all = [...tenants(60, 'stranger', apart, MINUTE_MS - 1000), newcomer]
    assert.ok(!leaving(all, MINUTE_MS).some(({ peerId }) => peerId === 'newcomer'))
  })

  it('who proved to be there and never gave anything before who did, whoever came first', () => {
    const all = [...tenants(45, 'proven', apart, 0), ...tenants(15, 'giver', apart, 500)]
    const gone = leaving(all, MINUTE_MS)
    assert.equal(gone.length, 60 - CLIENT_CROWD.packed)
    assert.ok(gone.every(({ worth }) => worth === 'proven'))
  })

  it('a newcomer of a full node is greeted, so that it hears of others, and nobody who is of use gives way to it', () => {
    const full = tenants(CLIENT_CROWD.packed, 'proven', apart, 0)
    const newcomers = (count: number, ageMs: number): Tenant[] => tenants(count, 'stranger', (i) => `203.${ageMs % 256}.113.${i}`, MINUTE_MS - ageMs)
    assert.deepEqual(leaving([...full, ...newcomers(8, 100)], MINUTE_MS), [])
    assert.equal(leaving([...full, ...newcomers(8, 2_100)], MINUTE_MS).length, 8, 'the time of a greeting is over')
    const crowd = [...full, ...newcomers(7, 200), ...newcomers(4, 100)]
    const gone = leaving(crowd, MINUTE_MS)
    assert.equal(crowd.length - gone.length, CLIENT_CROWD.full)
    assert.ok(gone.every(({ openedMs }) => openedMs === MINUTE_MS - 200), 'of many newcomers those go who came first')
  })

  it('whom the DHT asked something and of whom nobody says that they are in a room, before others, and sooner', () => {
    const all = [...tenants(20, 'stranger', apart, MINUTE_MS - 3_000), ...tenants(25, 'errand', apart, MINUTE_MS - 3_000)]
    const gone = leaving(all, MINUTE_MS, 10)
    assert.equal(gone.length, 15)
    assert.ok(gone.every(({ worth }) => worth === 'errand'))
    assert.deepEqual(leaving(tenants(50, 'errand', apart, MINUTE_MS - 500), MINUTE_MS), [], 'an answer takes some time')
  })

  it('a household of five is no worse than five sybils at as many addresses', () => {
    const home = tenants(5, 'stranger', together, MINUTE_MS - 100)
    const all = [...tenants(60, 'stranger', apart, MINUTE_MS - 200), ...home]
    assert.deepEqual(leaving(all, MINUTE_MS).filter(({ host }) => host === together()), [])
  })

  it('of those who proved to be of use who came last, and never who was chosen', () => {
    const all = [...tenants(30, 'chosen', together, 0), ...tenants(20, 'proven', apart, 0), ...tenants(10, 'proven', together, 500)]
    assert.deepEqual(new Set(leaving(all, MINUTE_MS).map(({ openedMs }) => openedMs)), new Set([500]))
    assert.deepEqual(leaving(tenants(100, 'chosen', together, 0), MINUTE_MS), [])
  })

  it('a host that has a quarter of the places gets no more of them when few are left, and others do', () => {
    const hosts = (greedy: number, others: number): string[] =>
      [...Array.from({ length: greedy }, together), ...Array.from({ length: others }, (_, i) => apart(i))]
    assert.equal(isGreedy(together(), hosts(39, 0), CLIENT_CROWD), false, 'there is room')
    assert.equal(isGreedy(together(), hosts(35, 5), CLIENT_CROWD), true)
    assert.equal(isGreedy(apart(1), hosts(35, 5), CLIENT_CROWD), false)
    assert.equal(isGreedy(apart(1), hosts(0, 60), CLIENT_CROWD), false)
  })
})
