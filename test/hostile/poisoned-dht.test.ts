/** A DHT in which all answers are lies: whom a node knocks at because of them, how often, and what it keeps. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:net'
import type { AddressInfo, Server } from 'node:net'
import type { Stream } from '@libp2p/interface'
import { MAX_DHT_ANSWER_BYTES, VAIN_DIAL_BURST, VAIN_DIALS_PER_S } from '../../src/core/record/limits.ts'
import { nameHash } from '../../src/core/seal/topic.ts'
import { OWN_DHT } from '../../src/network/index.ts'
import { startNode, stopAll, until } from '../net-loopback/nodes.ts'
import type { TestNode } from '../net-loopback/nodes.ts'
import { KAD_PROTOCOL, varintBytes } from './sybils/kad-message.ts'
import { makePeerIds, Sybil } from './sybils/sybil.ts'

const KEY = nameHash('lobby')
const VICTIM = '127.77.7.7'

describe('a DHT of liars', function () {
  this.timeout(60_000)
  const sybils: Sybil[] = []
  const victims: Server[] = []
  afterEach(async () => {
    await stopAll()
    await Promise.all(sybils.splice(0).map(async ({ libp2p }) => libp2p.stop()))
    for (const victim of victims.splice(0)) victim.close()
  })

  async function liar(): Promise<Sybil> {
    const sybil = await Sybil.start({ lie: 'mute', key: KEY, grind: 50, genesis: new Uint8Array(), host: '127.0.0.1' })
    sybils.push(sybil)
    return sybil
  }

  async function seekerOf(liars: readonly Sybil[]): Promise<TestNode> {
    const seeker = await startNode({ dht: OWN_DHT, peers: liars.map(({ known }) => known.address) })
    await until(() => seeker.network.reach().dht.peers >= liars.length, 'they are nodes of its DHT')
    return seeker
  }

  it('is no lever to have others knock at a victim: few knocks for each host, whatever is named, and nobody is remembered', async () => {
    let knocks = 0
    const victim = createServer((socket) => {
      knocks++
      socket.on('error', () => undefined).destroy()
    }).listen(0, VICTIM)
    victims.push(victim)
    await once(victim, 'listening')
    const { port } = victim.address() as AddressInfo
    const liars = await Promise.all([liar(), liar(), liar()])
    const named = makePeerIds(1000).map((peerId) => ({ peerId, address: `/ip4/${VICTIM}/tcp/${port}` }))
    for (const one of liars) one.conspire([...named, ...liars.map(({ known }) => known)])
    const seeker = await seekerOf(liars)
    const startedMs = performance.now()
    const untilMs = startedMs + 6_000
    await until(() => {
      seeker.network.seek(KEY)
      return performance.now() > untilMs
    }, 'searches', 10_000)
    const seconds = (performance.now() - startedMs) / 1000
    assert.ok(knocks > 4, 'it did try')
    assert.ok(knocks <= VAIN_DIAL_BURST + VAIN_DIALS_PER_S * (seconds + 2), `${knocks} knocks in ${seconds.toFixed(1)} s`)
    assert.ok(liars.some(({ asked }) => asked > 3), 'the liars were asked')
    const kept = await seeker.network.libp2p!.peerStore.all()
    const ofVictim = kept.filter(({ addresses }) => addresses.some(({ multiaddr }) => multiaddr.toString().includes(VICTIM)))
    assert.deepEqual(ofVictim, [], 'that a dial failed is remembered, and not where')
    assert.ok(seeker.network.libp2p!.getDialQueue().length < 200)
  })

  it('cannot make a node read answers without end, nor wait for them without end', async () => {
    let sent = 0
    const [huge, endless] = [await liar(), await liar()]
    const replace = async ({ libp2p }: Sybil, answer: (stream: Stream) => void): Promise<void> => {
      await libp2p.unhandle(KAD_PROTOCOL)
      await libp2p.handle(KAD_PROTOCOL, (stream) => stream.addEventListener('message', () => answer(stream), { once: true }))
    }
    await replace(huge, (stream) => {
      stream.send(Uint8Array.from(varintBytes(4_000_000)))
      const timer = setInterval(() => {
        if (stream.status !== 'open') return clearInterval(timer)
        sent += 16 * 1024
        stream.send(new Uint8Array(16 * 1024))
      }, 1)
    })
    await replace(endless, (stream) => {
      stream.send(Uint8Array.from(varintBytes(1000)))
      const timer = setInterval(() => (stream.status === 'open' ? void stream.send(Uint8Array.of(0)) : clearInterval(timer)), 200)
    })
    const seeker = await seekerOf([huge, endless])
    seeker.network.seek(KEY)
    await until(() => sent > MAX_DHT_ANSWER_BYTES, 'the long answer begins')
    await until(() => !seeker.network.searching(), 'the search ends', 30_000)
    const all = (): Stream[] => seeker.network.libp2p!.getConnections().flatMap((one) => one.streams)
    const streams = (): number => all().filter(({ protocol }) => protocol === KAD_PROTOCOL).length
    await until(() => streams() === 0, 'no stream of it is left', 15_000)
    assert.ok(sent < 40 * MAX_DHT_ANSWER_BYTES, `${sent} bytes were written`)
  })
})
