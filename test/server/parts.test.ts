/** The parts of a server that decide, each by itself with a clock of its own. */
import assert from 'node:assert/strict'
import fc from 'fast-check'
import {
  FORWARD_BURST_FRAMES, FORWARD_FRAMES_PER_S, MAX_FORWARDED_PER_PEER, MAX_FORWARDED_TOPICS,
  MAX_NODES_FOUND, MAX_RENDEZVOUS_NAMES
} from '../../src/core/record/limits.ts'
import { makeEpoch } from '../../src/core/seal/epoch.ts'
import { frameKey, sealFrame } from '../../src/core/seal/frame.ts'
import { topicOfHash } from '../../src/core/server/messages.ts'
import type { ServerBan } from '../../src/core/server/payloads.ts'
import type { Clock } from '../../src/engine/ports.ts'
import { Bucket } from '../../src/core/bucket.ts'
import { Forwarding } from '../../src/server/forwarding.ts'
import { Gate, KICK_MS } from '../../src/server/gate.ts'
import { Rendezvous } from '../../src/server/rendezvous.ts'
import { metricsText } from '../../src/server/stats.ts'
import { filled, genesis } from '../core/record/samples.ts'

const hash = (n: number): string => n.toString(16).padStart(64, '0')

function clockAt(startMs: number): Clock & { nowAt: number } {
  const clock = { nowAt: startMs, nowMs: () => clock.nowAt, after: () => () => undefined, soon: () => undefined }
  return clock
}

describe('a pace that refuses', () => {
  it('lets a burst through, then so many a second, whatever the clock does', () => {
    fc.assert(fc.property(fc.array(fc.integer({ min: -2000, max: 5000 }), { maxLength: 200 }), (steps) => {
      const bucket = new Bucket(10, 2, 0)
      let [nowMs, forwardMs, taken] = [0, 0, 0]
      for (const step of steps) {
        nowMs += step
        forwardMs += Math.max(0, step)
        if (bucket.take(1, nowMs)) taken++
      }
      assert.ok(taken <= 10 + 2 * (forwardMs / 1000) + 1e-6)
    }))
  })
})

describe('forwarding', () => {
  function make() {
    const clock = clockAt(1000)
    const subscribed = new Set<string>()
    const network = {
      subscribe: (topic: string) => void subscribed.add(topic),
      unsubscribe: (topic: string) => void subscribed.delete(topic)
    }
    return { clock, subscribed, forwarding: new Forwarding(network, clock) }
  }
  const frame = sealFrame(frameKey(genesis.id, makeEpoch(genesis.id, filled(3), [genesis.id], 1)), filled(4, 12), filled(5, 100))

  it('is for topics that somebody asked for, as long as somebody does', () => {
    const { forwarding, subscribed } = make()
    forwarding.ask('a', [hash(1), hash(2)])
    forwarding.ask('b', [hash(2)])
    assert.deepEqual([...subscribed], [topicOfHash(hash(1)), topicOfHash(hash(2))])
    forwarding.ask('a', [])
    assert.deepEqual([...subscribed], [topicOfHash(hash(2))])
    forwarding.forget('b')
    assert.equal(subscribed.size + forwarding.topics, 0)
  })

  it('takes well-formed frames alone, and of each peer no more than its pace', () => {
    const { forwarding, clock } = make()
    const topic = topicOfHash(hash(1))
    assert.equal(forwarding.onFrame(topic, frame, 'a'), undefined)
    forwarding.ask('a', [hash(1)])
    assert.equal(forwarding.onFrame(topic, filled(1, 50), 'a'), 'reject')
    let accepted = 0
    for (let n = 0; n < FORWARD_BURST_FRAMES + 100; n++) if (forwarding.onFrame(topic, frame, 'a') === 'accept') accepted++
    assert.equal(accepted, FORWARD_BURST_FRAMES)
    assert.equal(forwarding.onFrame(topic, frame, 'b'), 'accept', 'others are not held up')
    clock.nowAt += 1000
    accepted = 0
    for (let n = 0; n < 1000; n++) if (forwarding.onFrame(topic, frame, 'a') === 'accept') accepted++
    assert.equal(accepted, FORWARD_FRAMES_PER_S)
    assert.equal(forwarding.forwarded, FORWARD_BURST_FRAMES + 1 + FORWARD_FRAMES_PER_S)
  })

  it('has a bound, which those who ask for much cannot use up alone', () => {
    const { forwarding, subscribed } = make()
    const peers = MAX_FORWARDED_TOPICS / MAX_FORWARDED_PER_PEER
    for (let peer = 0; peer < peers; peer++) {
      forwarding.ask(`greedy ${peer}`, Array.from({ length: MAX_FORWARDED_PER_PEER }, (_, n) => hash(1000 * (peer + 1) + n)))
    }
    assert.equal(forwarding.topics, MAX_FORWARDED_TOPICS)
    for (let n = 0; n < 100; n++) forwarding.ask(`modest ${n}`, [hash(n)])
    assert.equal(forwarding.topics, MAX_FORWARDED_TOPICS)
    for (let n = 0; n < 100; n++) assert.ok(subscribed.has(topicOfHash(hash(n))), `modest ${n}`)
    assert.equal(subscribed.size, MAX_FORWARDED_TOPICS)
  })
})

describe('a rendezvous', () => {
  it('names some of those who are there under a name, and not who asks', () => {
    const rendezvous = new Rendezvous()
    for (let n = 0; n < 20; n++) rendezvous.set(`peer ${n}`, [hash(1), hash(2 + n)])
    const found = rendezvous.find(hash(1), 'peer 3', 7, (peerId) => (peerId === 'peer 9' ? undefined : [`/at/${peerId}`]))
    assert.equal(found.length, MAX_NODES_FOUND)
    assert.ok(found.every(({ peerId }) => peerId !== 'peer 3' && peerId !== 'peer 9'))
    assert.equal(rendezvous.count(hash(1)), 20)
    const all = new Set<string>()
    for (let from = 0; from < 256; from++) for (const { peerId } of rendezvous.find(hash(1), 'x', from, () => [])) all.add(peerId)
    assert.equal(all.size, 20, 'everybody is named to somebody')
    for (let n = 0; n < 20; n++) rendezvous.set(`peer ${n}`, [])
    assert.equal(rendezvous.size + rendezvous.count(hash(1)), 0)
  })

  it('has a bound', () => {
    const rendezvous = new Rendezvous()
    const names = (n: number) => Array.from({ length: 500 }, (_, name) => hash(n * 500 + name))
    for (let n = 0; n < 300; n++) rendezvous.set(`peer ${n}`, names(n))
    assert.equal(rendezvous.size, MAX_RENDEZVOUS_NAMES)
  })

  it('takes whoever comes when it is full, at the cost of the host with the most names', () => {
    const rendezvous = new Rendezvous()
    const names = (n: number) => Array.from({ length: 500 }, (_, name) => hash(n * 500 + name))
    for (let n = 0; n < 190; n++) rendezvous.set(`sybil ${n}`, names(n), '198.51.100.1')
    for (let n = 0; n < 10; n++) rendezvous.set(`honest ${n}`, names(1000 + n), `203.0.113.${n}`)
    assert.equal(rendezvous.size, MAX_RENDEZVOUS_NAMES)
    rendezvous.set('newcomer', ['lobby'], '203.0.113.200')
    assert.equal(rendezvous.count('lobby'), 1)
    for (let n = 0; n < 10; n++) assert.equal(rendezvous.count(hash((1000 + n) * 500)), 1)
    for (let n = 190; n < 200; n++) rendezvous.set(`sybil ${n}`, names(n), '198.51.100.1')
    assert.equal(rendezvous.count(hash(199 * 500)), 0, 'more of the same host')
    assert.equal(rendezvous.size, MAX_RENDEZVOUS_NAMES)
  })
})

describe('a gate', () => {
  it('denies the banned and the kicked at the handshake once it knows whom they speak for, and serves operators in any case', () => {
    const clock = clockAt(1000)
    const bans = new Map<string, ServerBan>()
    let admitted = undefined as ReadonlySet<string> | undefined
    const gate = new Gate({ banOf: (who) => bans.get(who), admitted: () => admitted, isOperator: (who) => who === 'operator', isFriend: (peerId) => peerId === 'friend' }, clock)
    assert.equal(gate.refusal('peer', 'eve'), undefined)
    bans.set('eve', { who: 'eve', untilMs: null, reason: 'spam' })
    assert.equal(gate.isDenied('peer'), true)
    assert.equal(gate.isDenied('another'), false, 'it has not said who it is')
    assert.match(gate.refusal('another', 'eve')!.message, /banned.*spam/u)
    assert.equal(gate.isDenied('another'), true)
    bans.clear()
    assert.equal(gate.isDenied('peer'), false)
    gate.kick('eve')
    assert.equal(gate.isDenied('peer'), true)
    clock.nowAt += KICK_MS
    assert.equal(gate.isDenied('peer'), false)
    admitted = new Set(['ann'])
    assert.equal(gate.refusal('peer', 'eve')?.reason, 'not-admitted')
    assert.equal(gate.refusal('x', 'ann') ?? gate.refusal('y', 'operator'), undefined)
  })
})

describe('figures', () => {
  it('are numbers alone', () => {
    const stats = {
      version: '1.2.3', since: 1, connections: 2, users: 3, servers: 0, serversConnected: 0, serversActing: 0, listedRooms: 0, names: 0, topics: 0, framesForwarded: 0,
      framesDropped: 0, announcements: 0, bans: 0, requests: 0, refused: 0, rssBytes: 5
    }
    const lines = metricsText(stats).trimEnd().split('\n').filter((line) => !line.startsWith('#'))
    // When it started and its memory are told with the figures of the process.
    assert.equal(lines.length, Object.keys(stats).length - 2)
    assert.ok(lines.includes('p2pchat_users 3') && lines.includes('p2pchat_build_info{version="1.2.3"} 1'))
  })
})
