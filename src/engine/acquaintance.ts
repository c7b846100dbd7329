/**
 * Introducing the people of a room to each other, so that nobody depends on who introduced them: when that one leaves, the others stay connected.
 * What is told are hints. Whoever is dialled proves its PeerId, and how much is dialled on hearsay is bounded.
 */
import { INTRODUCED_BURST, INTRODUCED_PER_S, MAX_PEER_ADDRESSES, MAX_PEERS_TOLD } from '../core/record/limits.ts'
import type { PeerHint } from '../core/room/member-protocol.ts'
import { Bucket } from '../core/bucket.ts'
import type { Engine } from './context.ts'
import type { RoomHost } from './room-host.ts'
import type { Session } from './session.ts'

/** A room's mesh has six to twelve; who has so many in a room need not look for more on hearsay. */
const ENOUGH_PEERS = 8
/** Others that hear of a newcomer from us. In a larger room they hear of it from others. */
const MAX_TOLD = 8
/** Addresses through relays that are told: one for each of two relays, or two of one. */
const MAX_RELAYED = 2

export class Acquaintance {
  readonly #engine: Pick<Engine, 'network' | 'clock' | 'sessions'>
  readonly #dials: Bucket

  constructor(engine: Pick<Engine, 'network' | 'clock' | 'sessions'>) {
    this.#engine = engine
    this.#dials = new Bucket(INTRODUCED_BURST, INTRODUCED_PER_S, engine.clock.nowMs())
  }

  /** What this node says of itself. */
  ownAddresses(): string[] {
    const addresses = this.#engine.network.addresses()
    const relayed = addresses.filter(isRelayed).slice(0, MAX_RELAYED)
    const direct = addresses.filter((address) => !isRelayed(address))
    const nearest = [...direct.filter((address) => !isLocal(address)), ...direct.filter(isLocal)]
    return [...nearest.slice(0, MAX_PEER_ADDRESSES - relayed.length), ...relayed]
  }

  /** A newcomer and those who are here already hear of each other. */
  introduce(host: RoomHost, newcomer: Session): void {
    const others = [...this.#engine.sessions.values()].filter((session) => session !== newcomer && session.shares(host))
    const known = others.filter((session) => session.addresses.length > 0).slice(-MAX_PEERS_TOLD)
    if (known.length > 0) newcomer.sendPeers(host, known.map(hintOf))
    if (newcomer.addresses.length > 0) for (const session of others.slice(-MAX_TOLD)) session.sendPeers(host, [hintOf(newcomer)])
  }

  /** A member told of others in the room. */
  hear(host: RoomHost, peers: readonly PeerHint[], teller: string): void {
    const { network, clock, sessions } = this.#engine
    for (const { peerId, addresses } of peers) {
      const here = [...sessions.values()].filter((session) => session.shares(host) && session.helped).length
      if (peerId === network.peerId || sessions.has(peerId) || here >= ENOUGH_PEERS || !this.#dials.take(1, clock.nowMs())) continue
      network.hint(peerId, addresses, teller)
    }
  }
}

function isRelayed(address: string): boolean {
  return address.includes('/p2p-circuit/')
}

const LOCAL = /^\/(?:ip4\/127\.|ip6\/(?:::1|fe80:)|memory\/)/iu

function isLocal(address: string): boolean {
  return LOCAL.test(address)
}

function hintOf({ peerId, addresses }: Session): PeerHint {
  return { peerId, addresses }
}
