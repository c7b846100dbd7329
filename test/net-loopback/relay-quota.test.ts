/** What a server carries for each peer, host, network and in total, by count of bytes and a clock that the test sets. */
import assert from 'node:assert/strict'
import type { CircuitRelayService } from '@libp2p/circuit-relay-v2'
import type { Connection, Libp2p, PeerId, Stream } from '@libp2p/interface'
import { peerIdFromString } from '@libp2p/peer-id'
import { multiaddr } from '@multiformats/multiaddr'
import { MAX_RELAYED_PER_PEER, RELAY_BURST_BYTES, RELAY_BYTES_PER_SECOND } from '../../src/core/record/limits.ts'
import { PER_HOST, PER_NETWORK, IN_ALL, RelayQuota } from '../../src/network/relay/quota.ts'
import { limitsOf } from '../../src/network/serve.ts'
import { makePeerIds } from '../hostile/sybils/sybil.ts'

const MIB = 1024 * 1024
const PIECE = 16 * MIB

/** A stream through the relay as the library makes it: it counts what comes, and can be ended. */
class Relayed extends EventTarget {
  isOpen = true

  /** False: it was ended before, or by this. */
  carry(bytes: number): boolean {
    // What counts is how long the data is.
    if (this.isOpen) this.dispatchEvent(Object.assign(new Event('message'), { data: { byteLength: bytes } }))
    return this.isOpen
  }

  abort(): void {
    this.close()
  }

  close(): void {
    this.isOpen = false
    this.dispatchEvent(new Event('close'))
  }
}

/** The honest come first; those who flood are all others. */
const peerIds = makePeerIds(84)
const HONEST = 4

class Relay {
  nowMs = 0
  readonly quota = new RelayQuota(limitsOf({ isDenied: () => false }), () => this.nowMs)
  readonly #service = { onHop: async () => undefined, stopHop: async () => undefined }
  #peers = 0

  constructor() {
    this.quota.watch(this.#service as unknown as CircuitRelayService, (connection) => connection)
  }

  /** A stream of this peer, from this address. */
  open(address: string, peerId = this.somebody()): Relayed {
    const stream = new Relayed()
    const connection = { remotePeer: peerIdFromString(peerId), remoteAddr: multiaddr(address) }
    const { onHop } = this.#service as unknown as { onHop(stream: Stream, connection: Connection): Promise<void> }
    void onHop(stream as unknown as Stream, connection as Connection)
    return stream
  }

  somebody(): string {
    return peerIds[HONEST + this.#peers++ % (peerIds.length - HONEST)]!
  }

  /** Bytes that all of these addresses have carried until none of them gets any further, each time by another PeerId, in pieces of so many bytes. */
  flood(addresses: readonly string[], piece = PIECE): number {
    const beforeBytes = this.quota.carriedBytes
    let refusals = 0
    for (let at = 0; refusals < 2 * peerIds.length; at++) {
      const { carriedBytes } = this.quota
      const stream = this.open(addresses[at % addresses.length]!)
      while (stream.carry(piece));
      stream.close()
      refusals = this.quota.carriedBytes > carriedBytes ? 0 : refusals + 1
    }
    return this.quota.carriedBytes - beforeBytes
  }
}

/** All of it, but for a piece that is too large for what is left. */
function about(bytes: number, expected: number, what: string): void {
  assert.ok(bytes > expected - PIECE && bytes <= expected, `${what}: ${bytes / MIB} MiB of ${expected / MIB}`)
}

describe('what a server relays', () => {
  it('for one peer: its burst, and then so much a second, also over a new stream or another address', () => {
    const relay = new Relay()
    const [ann] = peerIds as [string]
    const carry = (address: string): number => {
      const before = relay.quota.carriedBytes
      const stream = relay.open(address, ann)
      while (stream.carry(MIB));
      stream.close()
      return relay.quota.carriedBytes - before
    }
    about(carry('/ip4/45.1.1.1/tcp/1'), RELAY_BURST_BYTES, 'at once')
    assert.equal(relay.quota.exhausted(ann), true)
    assert.equal(carry('/ip4/46.2.2.2/tcp/1'), 0, 'from elsewhere')
    relay.nowMs += 600_000
    assert.equal(relay.quota.exhausted(ann), false)
    about(carry('/ip4/45.1.1.1/tcp/1'), 600 * RELAY_BYTES_PER_SECOND, 'after ten minutes')
  })

  for (const [what, addresses, bytes] of [
    ['one address of IPv4', ['/ip4/45.1.1.1/tcp/1'], PER_HOST.burst],
    ['one /64 of IPv6', [1, 2, 3].map((n) => `/ip6/2a00:1:2:3::${n}/tcp/1`), PER_HOST.burst],
    ['one /24 of IPv4', [1, 2, 3, 4].map((n) => `/ip4/45.1.1.${n}/tcp/1`), PER_NETWORK.burst],
    ['one /48 of IPv6', [1, 2, 3, 4].map((n) => `/ip6/2a00:1:2:${n}::1/tcp/1`), PER_NETWORK.burst],
    ['the whole net', Array.from({ length: 8 }, (_, n) => `/ip4/45.1.${n}.1/tcp/1`), IN_ALL.burst]
  ] as const) {
    it(`for ${what}: ${bytes / MIB} MiB at once, however many PeerIds there are`, () => {
      about(new Relay().flood(addresses), bytes, what)
    })
  }

  it('grows again with time: for a host, for a network, and in all', () => {
    for (const [address, { perSecond, burst }] of [
      [['/ip4/45.1.1.1/tcp/1'], PER_HOST],
      [[1, 2, 3, 4].map((n) => `/ip4/45.1.1.${n}/tcp/1`), PER_NETWORK],
      [Array.from({ length: 8 }, (_, n) => `/ip4/45.1.${n}.1/tcp/1`), IN_ALL]
    ] as const) {
      const relay = new Relay()
      about(relay.flood(address), burst, 'at once')
      relay.nowMs += 1_000_000
      about(relay.flood(address), 1000 * perSecond, 'after 1000 s')
    }
  })

  it('keeps the share of an honest pair while one network floods, of IPv4 and IPv6', () => {
    for (const flood of [
      Array.from({ length: 50 }, (_, n) => `/ip4/45.1.1.${n + 1}/tcp/1`),
      Array.from({ length: 50 }, (_, n) => `/ip6/2a00:1:2:${n + 1}::1/tcp/1`)
    ]) {
      const relay = new Relay()
      const pair = ['/ip4/46.2.2.2/tcp/1', '/ip6/2a00:1:3:1::1/tcp/1'].map((address, at) => relay.open(address, peerIds[at]))
      for (let minute = 0; minute < 20; minute++) {
        relay.flood(flood)
        // A busy chat, in both directions. What the others say in vain counts for nobody else.
        for (const side of pair) assert.ok(side.carry(MIB), `in minute ${minute}`)
        relay.nowMs += 60_000
      }
    }
  })

  it('for one peer: not more streams than there are places', () => {
    const relay = new Relay()
    const [ann] = peerIds as [string]
    const streams = Array.from({ length: 2 * MAX_RELAYED_PER_PEER + 5 }, () => relay.open('/ip4/45.1.1.1/tcp/1', ann))
    assert.equal(streams.filter(({ isOpen }) => isOpen).length, 2 * MAX_RELAYED_PER_PEER)
    streams[0]!.close()
    assert.equal(relay.open('/ip4/45.1.1.1/tcp/1', ann).isOpen, true, 'when one has ended')
  })

  it('keeps so many places for one host, of IPv6 for one /64', () => {
    const limits = limitsOf({ isDenied: () => false, limits: { maxReservationsPerHost: 2 } })
    const quota = new RelayQuota(limits, () => 0)
    const hosts = new Map(['/ip6/2a00:1:2:3::1', '/ip6/2a00:1:2:3::2', '/ip6/2a00:1:2:3:4::3', '/ip6/2a00:1:2:4::1'].map((host, at) =>
      [peerIds[at]!, { remoteAddr: multiaddr(`${host}/tcp/1`) }]))
    const libp2p = { getConnections: (peer: PeerId) => [hosts.get(peer.toString())!] } as unknown as Libp2p
    const [first, second, third, other] = peerIds.map((peerId) => peerIdFromString(peerId)) as [PeerId, PeerId, PeerId, PeerId]
    assert.equal(quota.crowded(libp2p, second, [first]), false)
    assert.equal(quota.crowded(libp2p, third, [first, second]), true)
    assert.equal(quota.crowded(libp2p, second, [first, second]), false, 'renewing its own')
    assert.equal(quota.crowded(libp2p, other, [first, second]), false, 'another /64')
  })
})
