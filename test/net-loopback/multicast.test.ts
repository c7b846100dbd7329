import assert from 'node:assert/strict'
import { mock } from 'node:test'
import { createSocket } from 'node:dgram'
import multicastDns from 'multicast-dns'
import { AnswerPace } from '../../src/network/discovery/answer-pace.ts'
import { MulticastFilter } from '../../src/network/discovery/multicast-filter.ts'
import { joinOrder, multicastSocket } from '../../src/network/discovery/multicast-socket.ts'
import { until } from './nodes.ts'

const OURS = Buffer.from('\0\0\0\0\0\x01\0\0\0\0\0\0\x08_p2pchat\x04_udp\x05local\0\0\x0c\0\x01', 'latin1')
const PRINTER = Buffer.from('\0\0\0\0\0\x01\0\0\0\0\0\0\x04_ipp\x04_tcp\x05local\0\0\x0c\0\x01', 'latin1')

describe('packets of multicast DNS', () => {
  const admitted = (filter: MulticastFilter, packets: number, source: (at: number) => string, nowMs: number): number =>
    Array.from({ length: packets }, (_, at) => filter.admits(OURS, source(at), nowMs)).filter(Boolean).length

  it('are parsed if they are about p2pchat', () => {
    const filter = new MulticastFilter('_p2pchat', 0)
    assert.equal(filter.admits(OURS, 'a', 0), true)
    assert.equal(filter.admits(PRINTER, 'a', 0), false)
    assert.equal(filter.admits(Buffer.concat([OURS, Buffer.alloc(9000)]), 'a', 0), false)
  })

  it('are parsed of one source at a pace, and others are heard beside it', () => {
    const filter = new MulticastFilter('_p2pchat', 0)
    assert.equal(admitted(filter, 10_000, () => 'flooder', 0), 64)
    assert.equal(admitted(filter, 10, () => 'neighbour', 0), 10)
    assert.equal(admitted(filter, 10_000, () => 'flooder', 1000), 32)
  })

  it('are parsed of all sources at a pace, however many there are', () => {
    const filter = new MulticastFilter('_p2pchat', 0)
    assert.equal(admitted(filter, 100_000, (at) => String(at), 0), 512)
    assert.equal(admitted(filter, 100_000, (at) => `another ${at}`, 1000), 256)
  })
})

describe('answers on the LAN', () => {
  it('are given once a second however often it is asked, and the last to ask hears one', () => {
    mock.timers.enable({ apis: ['setTimeout'] })
    let [answers, nowMs] = [0, 0]
    const pace = new AnswerPace(() => void (answers += 1), () => nowMs)
    const pass = (ms: number): void => {
      nowMs += ms
      mock.timers.tick(ms)
    }
    try {
      for (let at = 0; at < 100; at++) pace.asked()
      assert.equal(answers, 1)
      pass(999)
      assert.equal(answers, 1)
      pass(1)
      assert.equal(answers, 2)
      for (let round = 0; round < 1000; round++) {
        pace.asked()
        pass(10)
      }
      assert.ok(answers >= 11 && answers <= 13, `answers in eleven seconds: ${String(answers)}`)
    } finally {
      pace.stop()
      mock.timers.reset()
    }
  })
})

describe('interfaces join the group', () => {
  it('that by which multicast is sent first, those of containers and tunnels last', () => {
    const named = ['lo', 'veth1', 'docker0', 'eth0', 'br-1', 'tun0', 'wlan0', 'eth1'].map((name, at) => ({
      name, address: `10.0.0.${at}`, internal: name === 'lo'
    }))
    assert.deepEqual(joinOrder(named, '10.0.0.6').map(({ name }) => name), ['wlan0', 'lo', 'eth0', 'eth1', 'veth1', 'docker0', 'br-1', 'tun0'])
    assert.equal(joinOrder(named, undefined)[0]!.name, 'lo')
  })

  it('and hear what is sent there, but what is not admitted is not parsed', async () => {
    let [asked, heard] = [0, 0]
    const socket = multicastSocket({ admits: () => (asked += 1) > 1, onMissed: () => undefined })
    const dns = multicastDns({ socket, multicast: false, port: 5353, ip: '224.0.0.251' })
    dns.on('query', () => void (heard += 1))
    const sender = createSocket('udp4')
    try {
      await new Promise((resolve) => dns.once('ready', () => resolve(undefined)))
      await until(() => {
        sender.send(OURS, 5353, '127.0.0.1')
        return heard >= 1
      }, 'a query heard')
      assert.ok(asked > heard)
    } finally {
      sender.close()
      await new Promise((resolve) => dns.destroy(() => resolve(undefined)))
    }
  })
})
