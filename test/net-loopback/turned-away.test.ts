/** Leaving those alone who do not want this node, by a virtual clock. */
import assert from 'node:assert/strict'
import { TurnedAway } from '../../src/network/turned-away.ts'

const HOUR_MS = 3_600_000

function make(random = 0) {
  let nowMs = 1000
  const turned = new TurnedAway({ firstMs: 1000, random: () => random })
  return {
    turned,
    pass: (ms: number) => void (nowMs += ms),
    waits: (): boolean => turned.waits('P', nowMs),
    refused: (): void => turned.refused('P', nowMs),
    connection(lastsMs: number, talks = false): void {
      turned.connected('P', nowMs)
      if (talks) turned.talks('P')
      nowMs += lastsMs
      turned.disconnected('P', nowMs)
    },
    /** How long nothing dials it. */
    waitMs(): number {
      const beganMs = nowMs
      while (turned.waits('P', nowMs)) nowMs += 500
      return nowMs - beganMs
    }
  }
}

describe('peers that do not want this node', () => {
  it('are left alone at the third connection that they close at once, twice as long each time, up to two minutes', () => {
    const peer = make()
    const waits: number[] = []
    for (let n = 0; n < 12; n++) {
      peer.connection(20)
      waits.push(peer.waitMs())
    }
    assert.deepEqual(waits.map((ms) => Math.round(ms / 1000)), [0, 0, 4, 8, 16, 32, 60, 60, 60, 60, 60, 60])
  })

  it('are left alone at once when they say so, and the longer the more often', () => {
    const peer = make(1)
    const waits: number[] = []
    for (let n = 0; n < 3; n++) {
      peer.turned.connected('P', 0)
      peer.turned.talks('P')
      peer.refused()
      peer.turned.disconnected('P', HOUR_MS)
      waits.push(peer.waitMs())
    }
    assert.deepEqual(waits.map((ms) => Math.round(ms / 1000)), [8, 16, 32])
  })

  it('are none when they talk, or a connection lasts: a link that breaks, a server that starts anew', () => {
    for (const [lastsMs, talks] of [[20, true], [3000, false], [HOUR_MS, true]] as const) {
      const peer = make()
      for (let n = 0; n < 2; n++) peer.connection(20)
      peer.connection(lastsMs, talks)
      for (let n = 0; n < 2; n++) peer.connection(20)
      assert.equal(peer.waits(), false)
      for (let n = 0; n < 50; n++) peer.connection(lastsMs, talks)
      assert.equal(peer.waits(), false)
    }
  })

  it('are tried when a person says so', () => {
    const peer = make()
    peer.refused()
    assert.equal(peer.waits(), true)
    peer.turned.forgive('P')
    assert.equal(peer.waits(), false)
  })

  it('are never left alone for longer than two minutes', () => {
    const peer = make(1)
    for (let n = 0; n < 40; n++) {
      peer.connection(20)
      assert.ok(peer.waitMs() <= 120_000)
    }
  })

  it('are not remembered without end', () => {
    const { turned } = make()
    for (let n = 0; n < 2000; n++) turned.refused(`peer ${n}`, 0)
    const left = Array.from({ length: 2000 }, (_, n) => turned.waits(`peer ${n}`, 1)).filter(Boolean).length
    assert.equal(left, 512)
    assert.equal(turned.waits('peer 1999', 1), true)
  })
})
