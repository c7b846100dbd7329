/**
 * Introducing the people of a room to each other, so that nobody depends on who introduced them: when that one leaves, the others stay connected.
 * What is told are hints. Whoever is dialled proves its PeerId, and how much is dialled on hearsay is bounded (partial-view.ts).
 */
import { interleave } from '../core/interleave.ts'
import { MAX_PEER_ADDRESSES, MAX_PEERS_TOLD } from '../core/record/limits.ts'
import type { PeerHint } from '../core/room/member-protocol.ts'
import type { Engine } from './context.ts'
import type { RoomHost } from './room-host.ts'
import type { Session } from './session.ts'
import { shuffled } from './shuffled.ts'

/** Others that hear of a newcomer from us. In a larger room they hear of it from others. */
const MAX_TOLD = 8
/** Addresses through relays that are told: one for each of two relays, or two of one. */
const MAX_RELAYED = 2

export class Acquaintance {
  readonly #engine: Pick<Engine, 'network' | 'random' | 'sessions'>

  constructor(engine: Pick<Engine, 'network' | 'random' | 'sessions'>) {
    this.#engine = engine
  }

  /** What this node says of itself. */
  ownAddresses(): string[] {
    const addresses = this.#engine.network.addresses()
    const relayed = addresses.filter(isRelayed).slice(0, MAX_RELAYED)
    const direct = addresses.filter((address) => !isRelayed(address))
    const nearest = [...direct.filter((address) => !isLocal(address)), ...direct.filter(isLocal)]
    return [...nearest.slice(0, MAX_PEER_ADDRESSES - relayed.length), ...relayed]
  }

  /** A newcomer and those who are here already hear of each other. Of many, those first who have few peers in the room themselves. */
  introduce(host: RoomHost, newcomer: Session): void {
    this.tellOthers(host, newcomer)
    if (newcomer.addresses.length === 0) return
    const others = shuffled(this.#others(host, newcomer), this.#engine.random)
    const short = others.filter(({ enoughIn }) => enoughIn.get(host.id) !== true)
    const audience = [...short, ...others.filter((other) => !short.includes(other))].slice(0, MAX_TOLD)
    for (const session of audience) session.sendPeers(host, [hintOf(newcomer)])
  }

  /** A member hears of some of the others, by chance: were all newcomers told of the same ones, these would be crowded and the room a chain. */
  tellOthers(host: RoomHost, to: Session): void {
    const known = shuffled(this.#others(host, to), this.#engine.random).filter(({ addresses }) => addresses.length > 0)
    // One of each host in turn, and those first who were found to be of use: a crowd at one address is not what newcomers are handed on to.
    const chosen = [true, false].flatMap((helped) => byHostInTurn(known.filter((session) => session.helped === helped)))
    if (chosen.length > 0) to.sendPeers(host, chosen.slice(0, MAX_PEERS_TOLD).map(hintOf))
  }

  #others(host: RoomHost, but: Session): Session[] {
    return [...this.#engine.sessions.values()].filter((session) => session !== but && session.shares(host))
  }
}

function byHostInTurn(sessions: readonly Session[]): Session[] {
  const hosts = new Map<string, Session[]>()
  for (const session of sessions) hosts.set(session.host, [...hosts.get(session.host) ?? [], session])
  return interleave([...hosts.values()])
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
