import assert from 'node:assert/strict'
import type { Dial } from '../../src/network/redial-target.ts'
import { Clock } from './redial-clock.ts'

const DAY_MS = 86_400_000

describe('redialling, by a virtual clock', () => {
  it('dials a configured address at once, then every 12 s for some minutes, then every minute, for ever', () => {
    const clock = new Clock()
    clock.redialer.configure('/ip4/192.0.2.1/tcp/1', undefined, clock.nowMs)
    const waits: number[] = []
    for (let i = 0; i < 100; i++) {
      const { afterMs, dials } = clock.next(DAY_MS)
      assert.deepEqual(dials, [{ key: '/ip4/192.0.2.1/tcp/1', peerId: undefined, addresses: ['/ip4/192.0.2.1/tcp/1'] }])
      waits.push(afterMs)
      clock.fail(dials[0]!)
    }
    assert.deepEqual(waits.slice(0, 9), [0, 750, 1500, 3000, 6000, 9000, 9000, 9000, 9000])
    assert.equal(waits[30], 9000)
    assert.equal(waits[31], 45_000)
    assert.equal(waits[99], 45_000)
  })

  it('dials what is named while it runs, also in a crowd, until it is named no more; and what was configured for ever', () => {
    const clock = new Clock()
    const [fixed, first, second] = ['A', 'B', 'C'].map((peerId, at) => `/ip4/192.0.2.${at}/tcp/1/p2p/${peerId}`) as [string, string, string]
    clock.redialer.configure(fixed, 'A', clock.nowMs)
    const due = (): string[] => {
      clock.nowMs += DAY_MS
      const dials = clock.redialer.due(clock.nowMs, 9, true)
      for (const dial of dials) clock.fail(dial)
      return dials.map(({ key }) => key).sort()
    }
    clock.redialer.also([fixed, first], clock.nowMs)
    for (let i = 0; i < 20; i++) assert.deepEqual(due(), ['A', 'B'])
    clock.redialer.also([second], clock.nowMs)
    assert.deepEqual(due(), ['A', 'C'])
    clock.redialer.also([], clock.nowMs)
    assert.deepEqual(due(), ['A'])
  })

  it('waits between half and the whole of the ceiling, so that many do not come back in step', () => {
    for (const [random, waitMs] of [[0, 500], [0.999, 999.5]] as const) {
      const clock = new Clock(random)
      clock.redialer.configure('/ip4/192.0.2.1/tcp/1', 'A', clock.nowMs)
      clock.fail(clock.next(0).dials[0]!)
      assert.equal(Math.round(clock.next(DAY_MS).afterMs * 10) / 10, waitMs)
    }
  })

  it('redials a lost peer within a second, and from the start after a connection that lasted', () => {
    for (const peerId of ['A', 'Z']) {
      const clock = new Clock(0.999)
      clock.redialer.connected(peerId, clock.nowMs)
      clock.redialer.met(peerId)
      for (let i = 0; i < 3; i++) {
        assert.deepEqual(clock.next(DAY_MS).dials, [], 'a connected peer is not dialled')
        clock.redialer.disconnected(peerId, clock.nowMs)
        const { afterMs, dials } = clock.next(DAY_MS)
        assert.ok(afterMs <= 1000, `${afterMs} ms`)
        assert.equal(dials[0]!.peerId, peerId)
        clock.redialer.dialled(dials[0]!.key, peerId, clock.nowMs)
      }
    }
  })

  it('lets the smaller id go first, so that a lost connection does not come back twice', () => {
    const waits = ['A', 'Z'].map((peerId) => {
      const clock = new Clock()
      clock.redialer.connected(peerId, clock.nowMs)
      clock.redialer.met(peerId)
      clock.nowMs += DAY_MS
      clock.redialer.disconnected(peerId, clock.nowMs)
      return clock.next(DAY_MS).afterMs
    })
    assert.ok(waits[1]! < waits[0]!, 'M dials Z before it dials A')
  })

  it('slows down when connections do not last', () => {
    const clock = new Clock()
    clock.redialer.keep(['Z'], clock.nowMs)
    let afterMs = 0
    for (let i = 0; i < 12; i++) {
      const next = clock.next(DAY_MS)
      afterMs = next.afterMs
      clock.redialer.dialled(next.dials[0]!.key, 'Z', clock.nowMs)
      clock.nowMs += 50
      clock.redialer.disconnected('Z', clock.nowMs)
    }
    assert.ok(afterMs > 5000, `${afterMs} ms`)
  })

  it('gives up a peer that nobody asked for after some tries, and never one that is kept', () => {
    const clock = new Clock()
    clock.redialer.seen('Z', ['/ip4/192.0.2.9/tcp/9'], clock.nowMs)
    clock.redialer.keep(['Y'], clock.nowMs)
    const tried = { Y: 0, Z: 0 }
    for (let i = 0; i < 60; i++) {
      for (const dial of clock.next(DAY_MS).dials) {
        tried[dial.peerId as 'Y' | 'Z'] += 1
        clock.fail(dial)
      }
    }
    assert.equal(tried.Z, 6)
    assert.ok(tried.Y > 40)
    assert.ok(clock.next(DAY_MS).afterMs >= 300_000, 'one that was never there is tried every ten minutes')
    clock.redialer.keep([], clock.nowMs)
    for (let i = 0; i < 10; i++) clock.next(DAY_MS).dials.forEach((dial) => clock.fail(dial))
    assert.equal(clock.redialer.nextMs(), undefined, 'no longer kept, it is given up too')
  })

  it('dials a LAN peer when it is heard, the larger id a moment later', () => {
    for (const [peerId, waitMs] of [['Z', 0], ['A', 200]] as const) {
      const clock = new Clock()
      clock.redialer.seen(peerId, ['/ip4/10.0.0.2/tcp/9'], clock.nowMs)
      const { afterMs, dials } = clock.next(DAY_MS)
      assert.equal(afterMs, waitMs)
      assert.deepEqual(dials, [{ key: peerId, peerId, addresses: ['/ip4/10.0.0.2/tcp/9'] }])
    }
  })

  it('does not dial faster because an unreachable peer keeps announcing itself', () => {
    const clock = new Clock()
    clock.redialer.keep(['Z'], clock.nowMs)
    let dialled = 0
    for (let second = 0; second < 600; second++) {
      if (second % 10 === 0) clock.redialer.seen('Z', ['/ip4/10.0.0.2/tcp/9'], clock.nowMs)
      for (const dial of clock.redialer.due(clock.nowMs, 8)) {
        dialled += 1
        clock.fail(dial)
      }
      clock.nowMs += 1000
    }
    assert.ok(dialled < 60, `${dialled} dials in ten minutes`)
  })

  it('dials at once a peer that is heard again after silence, or from a new address', () => {
    for (const [silentMs, address] of [[60_000, '/ip4/10.0.0.2/tcp/9'], [1000, '/ip4/10.0.0.2/tcp/10']] as const) {
      const clock = new Clock()
      clock.redialer.keep(['Z'], clock.nowMs)
      clock.redialer.seen('Z', ['/ip4/10.0.0.2/tcp/9'], clock.nowMs)
      for (let i = 0; i < 10; i++) clock.fail(clock.next(DAY_MS).dials[0]!)
      clock.redialer.seen('Z', ['/ip4/10.0.0.2/tcp/9'], clock.nowMs)
      clock.nowMs += silentMs - 1
      clock.redialer.due(clock.nowMs, 8).forEach((dial) => clock.fail(dial))
      clock.redialer.seen('Z', [address], clock.nowMs)
      const { afterMs, dials } = clock.next(DAY_MS)
      assert.equal(afterMs, 0)
      assert.deepEqual(dials[0]!.addresses, [address])
    }
  })

  it('tries everything again when the network changed', () => {
    const clock = new Clock()
    clock.redialer.keep(['Y', 'Z'], clock.nowMs)
    for (let i = 0; i < 12; i++) clock.next(DAY_MS).dials.forEach((dial) => clock.fail(dial))
    clock.redialer.tryAgain(clock.nowMs)
    const { afterMs, dials } = clock.next(DAY_MS)
    assert.ok(afterMs <= 500)
    assert.equal(dials.length, 2)
  })

  it('tries those again of whom it is said that they may think otherwise, and no others', () => {
    const clock = new Clock()
    clock.redialer.keep(['X', 'Y', 'Z'], clock.nowMs)
    for (let i = 0; i < 30; i++) clock.next(DAY_MS).dials.forEach((dial) => clock.fail(dial))
    clock.redialer.tryAgain(clock.nowMs, ['Y'])
    const { afterMs, dials } = clock.next(DAY_MS)
    assert.ok(afterMs <= 500)
    assert.deepEqual(dials.map(({ key }) => key), ['Y'])
  })

  it('leaves a peer alone for a while that was sent away, whoever announces it', () => {
    const clock = new Clock()
    clock.redialer.keep(['Z'], clock.nowMs)
    clock.redialer.dialled(clock.next(0).dials[0]!.key, 'Z', clock.nowMs)
    clock.redialer.shun('Z', clock.nowMs)
    clock.redialer.disconnected('Z', clock.nowMs)
    clock.redialer.seen('Z', ['/ip4/10.0.0.2/tcp/9'], clock.nowMs)
    clock.redialer.tryAgain(clock.nowMs)
    assert.equal(clock.next(DAY_MS).afterMs, 60_000)
  })

  it('neither dials itself nor anybody who is connected or being dialled', () => {
    const clock = new Clock()
    clock.redialer.keep(['M', 'Z'], clock.nowMs)
    clock.redialer.configure('/ip4/192.0.2.1/tcp/1/p2p/M', 'M', clock.nowMs)
    clock.redialer.seen('M', ['/ip4/10.0.0.1/tcp/1'], clock.nowMs)
    assert.deepEqual(clock.next(0).dials.map(({ key }) => key), ['Z'])
    clock.redialer.seen('Z', ['/ip4/10.0.0.2/tcp/9'], clock.nowMs)
    assert.deepEqual(clock.next(DAY_MS).dials, [], 'it is being dialled')
    clock.redialer.connected('Z', clock.nowMs)
    clock.redialer.failed('Z', false, clock.nowMs)
    assert.deepEqual(clock.next(DAY_MS).dials, [], 'it connected to us meanwhile')
  })

  it('knows a configured address by the peer that answered there, and follows it to another', () => {
    const clock = new Clock()
    const address = '/ip4/192.0.2.1/tcp/1'
    clock.redialer.configure(address, undefined, clock.nowMs)
    clock.redialer.dialled(clock.next(0).dials[0]!.key, 'Z', clock.nowMs)
    clock.nowMs += DAY_MS
    clock.redialer.disconnected('Z', clock.nowMs)
    const known: Dial[] = []
    for (let i = 0; i < 20; i++) {
      const { dials } = clock.next(DAY_MS)
      assert.equal(dials.length, 1, 'one target, not two')
      known.push(dials[0]!)
      clock.fail(dials[0]!)
    }
    assert.ok(known.some(({ peerId, addresses }) => peerId === 'Z' && addresses.length === 0), 'wherever it is known to be')
    const anyone = known.find(({ peerId }) => peerId === undefined)
    assert.deepEqual(anyone?.addresses, [address])
    clock.redialer.due(clock.nowMs + DAY_MS, 8)
    clock.redialer.dialled(anyone.key, 'Y', clock.nowMs)
    clock.nowMs += DAY_MS
    clock.redialer.disconnected('Y', clock.nowMs)
    assert.deepEqual(clock.next(DAY_MS).dials, [{ key: 'Y', peerId: 'Y', addresses: [address] }])
  })

  it('dials only so many at a time, those asked for first', () => {
    const clock = new Clock()
    for (let i = 0; i < 20; i++) clock.redialer.seen(`Z${i}`, ['/ip4/10.0.0.2/tcp/9'], clock.nowMs)
    clock.redialer.keep(['Zkept'], clock.nowMs)
    const dials = clock.redialer.due(clock.nowMs, 3)
    assert.equal(dials.length, 3)
    assert.equal(dials[0]!.key, 'Zkept')
  })

  it('does not miss who turned out not to be one of us', () => {
    const clock = new Clock()
    clock.redialer.connected('Z', clock.nowMs)
    clock.redialer.disconnected('Z', clock.nowMs)
    assert.equal(clock.redialer.nextMs(), undefined)
  })

  it('dials members in the order in which they are wanted, those that were there before first', () => {
    const clock = new Clock()
    clock.redialer.connected('Zlost', clock.nowMs)
    clock.redialer.met('Zlost')
    clock.redialer.disconnected('Zlost', clock.nowMs)
    clock.redialer.keep(['Z1', 'Z2', 'Zlost', 'Z3'], clock.nowMs)
    clock.redialer.configure('/ip4/192.0.2.1/tcp/1', undefined, clock.nowMs)
    assert.deepEqual(clock.redialer.due(clock.nowMs + DAY_MS, 8).map(({ key }) => key), ['/ip4/192.0.2.1/tcp/1', 'Zlost', 'Z1', 'Z2', 'Z3'])
  })

  it('dials only who is configured when there are connections enough', () => {
    const clock = new Clock()
    clock.redialer.keep(['Z'], clock.nowMs)
    assert.equal(clock.redialer.nextMs(true), undefined)
    assert.equal(clock.redialer.searching(true), false)
    clock.redialer.configure('/ip4/192.0.2.1/tcp/1', undefined, clock.nowMs)
    assert.equal(clock.redialer.searching(true), true)
    assert.deepEqual(clock.redialer.due(clock.nowMs, 8, true).map(({ key }) => key), ['/ip4/192.0.2.1/tcp/1'])
    assert.deepEqual(clock.redialer.due(clock.nowMs, 8).map(({ key }) => key), ['Z'])
  })

  it('remembers a bounded number of peers, and the kept ones in any case', () => {
    const clock = new Clock()
    for (let i = 0; i < 2000; i++) clock.redialer.seen(`Z${i}`, ['/ip4/10.0.0.2/tcp/9'], clock.nowMs)
    clock.redialer.keep(['Zkept'], clock.nowMs)
    const dials = clock.redialer.due(clock.nowMs, 10_000)
    assert.equal(dials.length, 512)
    assert.ok(dials.some(({ key }) => key === 'Zkept'))
  })

  it('is searching until the first attempt at everything has come to an end', () => {
    const clock = new Clock()
    assert.equal(clock.redialer.searching(), false)
    clock.redialer.configure('/ip4/192.0.2.1/tcp/1', undefined, clock.nowMs)
    clock.redialer.keep(['Z'], clock.nowMs)
    const dials = clock.next(0).dials
    clock.fail(dials[0]!)
    assert.equal(clock.redialer.searching(), true)
    clock.redialer.dialled(dials[1]!.key, 'Z', clock.nowMs)
    assert.equal(clock.redialer.searching(), false)
    for (let i = 0; i < 5; i++) clock.next(DAY_MS).dials.forEach((dial) => clock.fail(dial))
    assert.equal(clock.redialer.searching(), false, 'a later attempt is no search')
  })
})
