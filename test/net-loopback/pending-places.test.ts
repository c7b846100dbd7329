import assert from 'node:assert/strict'
import fc from 'fast-check'
import { HandshakeTurns } from '../../src/network/transport/handshake-turns.ts'
import { PendingPlaces } from '../../src/network/transport/pending-places.ts'

const LIMITS = { places: 768, deadlineMs: 8000, crowdedDeadlineMs: 3000 }

/** What is needed to be through: honest newcomers have said who they are after so many ms. */
const HANDSHAKE_MS = 2000

describe('pending connections', () => {
  /** Each ms one more of the attacker's, from so many hosts, that never says anything; every 100 ms a newcomer from a host of their own. */
  function besiege(hostOf: (at: number) => string): { through: number; pushedOut: number } {
    const places = new PendingPlaces<string>(LIMITS)
    const newcomers = new Map<string, number>()
    let [through, pushedOut] = [0, 0]
    const lost = (one: string | undefined): void => {
      if (one !== undefined && newcomers.delete(one)) pushedOut += 1
    }
    for (let nowMs = 0; nowMs < 10_000; nowMs++) {
      lost(places.add(`attacker ${nowMs}`, hostOf(nowMs), nowMs))
      if (nowMs % 100 === 0) {
        newcomers.set(`newcomer ${nowMs}`, nowMs)
        lost(places.add(`newcomer ${nowMs}`, `192.0.2.${nowMs / 100}`, nowMs))
      }
      if (nowMs % 500 === 0) places.overdue(nowMs).forEach(lost)
      for (const [one, sinceMs] of newcomers) {
        if (nowMs - sinceMs < HANDSHAKE_MS) continue
        newcomers.delete(one)
        places.remove(one)
        through += 1
      }
      assert.ok(places.size <= LIMITS.places)
    }
    return { through, pushedOut }
  }

  for (const hosts of [1, 2, 40, 300]) {
    it(`of ${hosts} hosts that say nothing keep nobody else out`, () => {
      const { through, pushedOut } = besiege((at) => `10.0.${(at % hosts) >> 8}.${(at % hosts) & 255}`)
      assert.equal(pushedOut, 0)
      assert.ok(through >= 75)
    })
  }

  it('of one customer of IPv6 with 65 536 hosts keep nobody else out', () => {
    assert.equal(besiege((at) => `2001:db8:1:${at.toString(16)}`).pushedOut, 0)
  })

  it('of many hosts at one provider of IPv4 keep nobody else out', () => {
    assert.equal(besiege((at) => `10.0.${(at >> 8) & 255}.${at & 255}`).pushedOut, 0)
  })

  it('have eight seconds, and in a crowd three, but for hosts with few', () => {
    const places = new PendingPlaces<string>({ ...LIMITS, places: 40 })
    places.add('alone', 'a', 0)
    for (let at = 0; at < 9; at++) places.add(`many ${at}`, 'b', 0)
    assert.deepEqual(places.overdue(3000), [])
    places.add('another', 'c', 3000)
    assert.equal(places.overdue(3000).length, 9)
    assert.deepEqual(places.overdue(7999), [])
    assert.deepEqual(places.overdue(8000), ['alone'])
  })

  it('are never more than there are places, and the most crowded host gives way, its oldest first', () => {
    fc.assert(fc.property(fc.array(fc.nat(5), { minLength: 1, maxLength: 200 }), (hosts) => {
      const places = new PendingPlaces<number>({ ...LIMITS, places: 10 })
      const held: { at: number; host: number }[] = []
      for (const [at, host] of hosts.entries()) {
        held.push({ at, host })
        const leaving = places.add(at, String(host), at)
        if (leaving === undefined) continue
        const count = (of: number): number => held.filter(({ host: other }) => other === of).length
        const gone = held.find(({ at: other }) => other === leaving)!
        assert.ok(held.every(({ host: other }) => count(other) <= count(gone.host)))
        if (count(gone.host) > 1) assert.equal(held.find(({ host: other }) => other === gone.host), gone)
        held.splice(held.indexOf(gone), 1)
      }
      assert.equal(places.size, Math.min(10, hosts.length))
    }))
  })
})

describe('turns at shaking hands', () => {
  it('go round the hosts, some in each turn of the event loop', async () => {
    const turns = new HandshakeTurns()
    const begun: string[] = []
    const enter = (host: string): void => void turns.enter(host).begun.then(() => begun.push(host))
    for (let at = 0; at < 100; at++) enter('crowd')
    enter('newcomer')
    await Promise.resolve()
    assert.ok(begun.length <= 4)
    for (let round = 0; round < 3; round++) await new Promise((resolve) => setImmediate(resolve))
    assert.ok(begun.includes('newcomer'))
    assert.ok(begun.length <= 16)
    for (let round = 0; round < 30; round++) await new Promise((resolve) => setImmediate(resolve))
    assert.equal(begun.length, 101)
  })

  it('are not waited for by who has left', async () => {
    const turns = new HandshakeTurns()
    for (let at = 0; at < 4; at++) turns.enter('a')
    const entered = Array.from({ length: 50 }, () => turns.enter('a'))
    for (const { leave } of entered) leave()
    await Promise.all(entered.map(async ({ begun }) => begun))
  })
})
