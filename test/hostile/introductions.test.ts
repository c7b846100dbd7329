/** Members who introduce people that there are not: how often a node knocks at victims because of them. On sockets, at a listener that counts. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'
import type { AddressInfo, Server } from 'node:net'
import { createSigner } from '../../src/core/record/keys.ts'
import { INTRODUCED_BURST, INTRODUCED_PER_S, MAX_TOLD_ADDRESSES, VAIN_DIAL_BURST, VAIN_DIALS_PER_S } from '../../src/core/record/limits.ts'
import { encodeMemberMessage } from '../../src/core/room/member-protocol.ts'
import type { MemberMessage, PeerHint } from '../../src/core/room/member-protocol.ts'
import { makeBinding } from '../../src/core/seal/binding.ts'
import { roomProof } from '../../src/core/seal/topic.ts'
import { startRealNode } from '../cli/real-node.ts'
import type { RealNode } from '../cli/real-node.ts'
import { startNode, stopAll, until } from '../net-loopback/nodes.ts'
import { makePeerIds } from './sybils/sybil.ts'

/** Tries of whom others tell. */
const TRIES = 2
const FOR_MS = 12_000

describe('members who introduce people that there are not', function () {
  this.timeout(60_000)
  let target: RealNode | undefined
  let victim: Server | undefined
  /** By the address that was knocked at. */
  const knocks = new Map<string, number>()
  let port = 0

  beforeEach(async () => {
    knocks.clear()
    // All of 127.0.0.0/8 leads here: as many hosts as are wanted.
    victim = createServer((socket) => {
      knocks.set(socket.localAddress!, (knocks.get(socket.localAddress!) ?? 0) + 1)
      socket.on('error', () => undefined).destroy()
    }).listen(0, '0.0.0.0')
    await once(victim, 'listening')
    port = (victim.address() as AddressInfo).port
    target = await startRealNode('ann')
  })
  afterEach(async () => {
    await target?.close()
    await stopAll()
    victim?.close()
  })

  /** Somebody in the room, who says nothing but whom else there is. */
  async function introducer(room: string): Promise<(peers: readonly PeerHint[]) => void> {
    const node = await startNode()
    const to = await node.network.connect(target!.node.status().addresses[0]!)
    await until(() => node.network.peers().length > 0, 'a session')
    const say = (message: MemberMessage): boolean => node.network.send(to, encodeMemberMessage(message))
    const signer = createSigner(randomBytes(32))
    const { bytes: binding } = makeBinding(signer, { peerId: node.id, device: '', prekey: signer.publicKey, timeMs: 1 })
    say({ type: 'hello', binding, nick: 'friend', addresses: [], nowMs: Date.now() })
    say({ type: 'rooms', proofs: [roomProof(room, node.id, to)] })
    return (peers) => say({ type: 'peers', room: roomProof(room, node.id, to), peers })
  }

  /** Three of them, who never stop; resolves with how many seconds it was. */
  async function introduce(hint: (peerId: string, number: number) => PeerHint): Promise<number> {
    const { id: room } = await target!.node.create({ name: 'lobby' })
    const liars = await Promise.all([introducer(room), introducer(room), introducer(room)])
    await until(() => target!.node.members(room).length === 1 + liars.length, 'all are in the room')
    const startedMs = performance.now()
    let number = 0
    await until(() => {
      for (const tell of liars) tell(makePeerIds(4).map((peerId) => hint(peerId, number++)))
      return performance.now() - startedMs > FOR_MS
    }, 'introductions', 2 * FOR_MS)
    assert.ok(number > 1000, `${number} people were introduced`)
    return (performance.now() - startedMs) / 1000
  }

  const total = (): number => [...knocks.values()].reduce((sum, count) => sum + count, 0)

  it('have it knock at one host as often as anybody may, and no more', async () => {
    const seconds = await introduce((peerId) => ({
      peerId, addresses: Array.from({ length: 8 }, () => `/ip4/127.77.7.8/tcp/${port}/p2p/${peerId}`)
    }))
    assert.ok(total() > 4, 'it did try')
    assert.ok(total() <= VAIN_DIAL_BURST + VAIN_DIALS_PER_S * (seconds + 2), `${total()} knocks in ${seconds.toFixed(1)} s`)
    process.stdout.write(`      ${total()} knocks at one host in ${seconds.toFixed(1)} s\n`)
  })

  it('at many hosts, have it knock twice at each of few, whatever they name', async () => {
    const hostOf = (number: number): string => `127.${78 + (number >> 14)}.${(number >> 7) & 127}.${1 + (number & 127)}`
    const seconds = await introduce((peerId, number) => ({
      peerId, addresses: Array.from({ length: 8 }, (_, i) => `/ip4/${hostOf(8 * number + i)}/tcp/${port}/p2p/${peerId}`)
    }))
    const people = INTRODUCED_BURST + INTRODUCED_PER_S * (seconds + 2)
    assert.ok(knocks.size > 16, 'it did try')
    assert.ok(knocks.size <= people * MAX_TOLD_ADDRESSES, `${knocks.size} hosts in ${seconds.toFixed(1)} s`)
    assert.ok(Math.max(...knocks.values()) <= TRIES, 'at each twice')
    process.stdout.write(`      ${total()} knocks at ${knocks.size} hosts in ${seconds.toFixed(1)} s\n`)
  })
})
