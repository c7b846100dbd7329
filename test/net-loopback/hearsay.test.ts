import assert from 'node:assert/strict'
import { Redialer } from '../../src/network/redial.ts'
import { seededRandom } from '../sim/random.ts'
import { Clock } from './redial-clock.ts'

const DAY_MS = 86_400_000

describe('redialling of whom others tell, and of a server by many', () => {
  it('tries hearsay twice, at no more than eight addresses, and forgets it', () => {
    const clock = new Clock()
    clock.redialer.found('A', Array.from({ length: 20 }, (_, i) => `/ip4/192.0.2.${i}/tcp/1/p2p/A`), clock.nowMs)
    let dialled = 0
    for (let dial = clock.next(DAY_MS).dials[0]; dial !== undefined; dial = clock.next(DAY_MS).dials[0]) {
      dialled++
      assert.ok(dial.addresses.length <= 8)
      clock.fail(dial)
    }
    assert.equal(dialled, 2)
    assert.equal(clock.redialer.nextMs(), undefined)
  })

  it('tells whom the person, the local network or a room led to from those whom strangers did', () => {
    const { redialer, nowMs } = new Clock()
    redialer.configure('/ip4/192.0.2.1/tcp/1/p2p/A', 'A', nowMs)
    redialer.seen('B', ['/ip4/192.0.2.2/tcp/1'], nowMs)
    redialer.keep(['C'], nowMs)
    redialer.named('D', nowMs)
    redialer.found('E', ['/ip4/192.0.2.5/tcp/1'], nowMs)
    redialer.connected('F', nowMs)
    assert.deepEqual(['A', 'B', 'C', 'D', 'E', 'F', 'G'].filter((peerId) => redialer.isVouched(peerId)), ['A', 'B', 'C', 'D'])
  })

  it('does not dial a known peer sooner for what was said before, and does for a new address', () => {
    const clock = new Clock()
    clock.redialer.keep(['A'], clock.nowMs)
    clock.redialer.found('A', ['/ip4/192.0.2.1/tcp/1/p2p/A'], clock.nowMs)
    for (let i = 0; i < 12; i++) clock.fail(clock.next(DAY_MS).dials[0]!)
    const dueMs = clock.redialer.nextMs()!
    clock.redialer.found('A', ['/ip4/192.0.2.1/tcp/1/p2p/A'], clock.nowMs)
    assert.equal(clock.redialer.nextMs(), dueMs)
    clock.redialer.found('A', ['/ip4/192.0.2.2/tcp/1/p2p/A'], clock.nowMs)
    assert.deepEqual(clock.next(1000).dials[0]!.addresses, ['/ip4/192.0.2.2/tcp/1/p2p/A'])
  })

  it('does not dial on hearsay who was let go of for others, for a while, longer each time', () => {
    const clock = new Clock()
    const tell = (): void => clock.redialer.found('A', ['/ip4/192.0.2.1/tcp/1/p2p/A'], clock.nowMs)
    const letGo = (tried: boolean): void => {
      tell()
      clock.redialer.connected('A', clock.nowMs)
      clock.redialer.release('A', tried, clock.nowMs)
      clock.redialer.disconnected('A', clock.nowMs)
    }
    const isDialledAfter = (waitMs: number): boolean => {
      clock.nowMs += waitMs
      tell()
      return clock.next(1000).dials.length === 1
    }
    letGo(false)
    assert.equal(isDialledAfter(1_000), false)
    assert.equal(isDialledAfter(5_000), true, 'soon, if it had no time to show what it is good for')
    letGo(true)
    assert.equal(isDialledAfter(50_000), false)
    assert.equal(isDialledAfter(11_000), true)
    letGo(true)
    assert.equal(isDialledAfter(110_000), false)
    assert.equal(clock.redialer.isReleased('A', clock.nowMs), true, 'nor does the DHT')
    assert.equal(isDialledAfter(11_000), true)
  })

  it('dials of each source in turn: those of whom one tells many do not keep the others waiting', () => {
    const clock = new Clock()
    const { redialer, nowMs } = clock
    const addressOf = (i: number): string => `/ip4/${1 + i}.0.0.1/tcp/1`
    for (let i = 0; i < 100; i++) redialer.found(`stranger${i}`, [addressOf(i)], nowMs)
    redialer.keep(Array.from({ length: 50 }, (_, i) => `member${i}`), nowMs)
    for (let i = 0; i < 50; i++) redialer.seen(`heard${i}`, ['/ip4/10.0.0.1/tcp/1'], nowMs - 1000)
    for (let i = 0; i < 50; i++) redialer.found(`friend${i}`, [addressOf(i)], nowMs, 'friend')
    redialer.configure('/ip4/192.0.2.1/tcp/1/p2p/chosen', 'chosen', nowMs)
    const counts: string[] = []
    for (const limit of [17, 1, 1, 1, 1]) {
      const dials = redialer.due(nowMs, limit).map(({ key }) => key.replace(/\d+$/u, ''))
      if (limit === 1) counts.push(...dials)
      else assert.deepEqual(dials.toSorted(), ['chosen', ...['friend', 'heard', 'member', 'stranger'].flatMap((one) => [one, one, one, one])])
    }
    assert.deepEqual(counts.toSorted(), ['friend', 'heard', 'member', 'stranger'], 'also when they are dialled one by one')
  })

  it('dials of each network in turn, whoever is named first', () => {
    const random = seededRandom(3).next
    let places = 0
    for (let run = 0; run < 100; run++) {
      const redialer = new Redialer({ selfId: 'M', firstMs: 1000, maxMs: 60_000, random })
      for (let i = 0; i < 90; i++) redialer.found(`together${i}`, [`/ip4/203.0.${i}.1/tcp/1`], 0)
      for (let i = 0; i < 9; i++) redialer.found(`apart${i}`, [`/ip4/${i + 1}.0.0.1/tcp/1`], 0)
      redialer.found('honest', ['/ip4/198.51.100.1/tcp/1'], 0)
      const place = redialer.due(0, 100).findIndex(({ key }) => key === 'honest')
      assert.ok(place < 11, `${place} others of eleven networks were dialled before`)
      places += place
    }
    assert.ok(places > 300 && places < 700, 'at random among the networks')
  })

  it('two hundred whose server was away for an hour are all back within a minute, never more than a dozen in a second', () => {
    const random = seededRandom(11).next
    const clients = Array.from({ length: 200 }, () => new Redialer({ selfId: 'M', firstMs: 1000, maxMs: 60_000, random }))
    for (const client of clients) {
      client.configure('/ip4/192.0.2.1/tcp/1/p2p/A', 'A', 0)
      client.connected('A', 0)
      client.met('A')
      client.disconnected('A', 20_000)
    }
    const backMs = 3_600_000
    const perSecond = new Map<number, number>()
    const connectedMs: number[] = []
    for (const client of clients) {
      for (let nowMs = 20_000; ;) {
        nowMs = Math.max(nowMs, client.nextMs()!)
        const [dial] = client.due(nowMs, 1)
        assert.ok(dial)
        perSecond.set(Math.floor(nowMs / 1000), (perSecond.get(Math.floor(nowMs / 1000)) ?? 0) + 1)
        if (nowMs >= backMs) {
          connectedMs.push(nowMs - backMs)
          break
        }
        client.failed(dial.key, false, nowMs)
      }
    }
    assert.ok(Math.max(...connectedMs) <= 60_000, `${Math.max(...connectedMs)} ms`)
    const busiest = Math.max(...[...perSecond].filter(([second]) => second * 1000 >= backMs).map(([, dials]) => dials))
    assert.ok(busiest <= 14, `${busiest} in one second`)
  })
})
