/**
 * For which rooms servers are asked to forward frames: all but those of which this node sees that its people reach each other without. A server that
 * nobody in a room asks is not in its topic: it sees nothing of the room, and has no work with it.
 *
 * Each node judges by what it sees itself, and one that asks is enough: then the server hears all of the room and is heard by all. Where two parts of a
 * room have no way to each other but a server, each hears the people of the other by the server alone, and asks. Where a way between two nodes ends,
 * each of them misses the other, and asks.
 */
import type { RoomId } from '../core/record/record.ts'
import type { Engine } from './context.ts'
import { elapsedMs } from './elapsed.ts'
import type { RoomHost } from './room-host.ts'
import type { ServerSession } from './server-session.ts'
import type { Session } from './session.ts'

/** Connected with fewer, one of whom is gone without a word, a message might have no other way: it takes some 20 s to be sure that somebody is gone. */
const ENOUGH_DIRECT = 3
/** Who is not connected here is heard by others: their presence, twice a minute, comes by them or by the server, whichever is quicker. */
const HEARD_MS = 300_000
/** Nothing spoke for asking for so long: in that time everybody in the room said twice that they are there. */
const SURE_MS = 60_000

export class Carriage {
  readonly #engine: Pick<Engine, 'clock' | 'sessions' | 'servers' | 'self'>
  /** Since when nothing speaks for it. */
  readonly #sureMs = new Map<RoomId, number>()
  readonly #servers = new WeakSet<ServerSession>()

  constructor(engine: Pick<Engine, 'clock' | 'sessions' | 'servers' | 'self'>) {
    this.#engine = engine
  }

  /** Of these rooms, those to be forwarded. Called every few seconds, and when somebody was lost or a server is there. */
  wanted(hosts: readonly RoomHost[]): RoomHost[] {
    const rooms = new Set(hosts.map(({ id }) => id))
    for (const room of this.#sureMs.keys()) if (!rooms.has(room)) this.#sureMs.delete(room)
    // Others may be there who are met by this server only.
    for (const server of this.#engine.servers.sessions.values()) {
      if (!this.#servers.has(server)) this.#sureMs.clear()
      this.#servers.add(server)
    }
    return hosts.filter((host) => this.#isWanted(host))
  }

  #isWanted(host: RoomHost): boolean {
    const nowMs = this.#engine.clock.nowMs()
    if (this.#speaksFor(host, nowMs)) {
      this.#sureMs.delete(host.id)
      return true
    }
    const sureMs = this.#sureMs.get(host.id) ?? nowMs
    this.#sureMs.set(host.id, Math.min(sureMs, nowMs))
    return nowMs - sureMs < SURE_MS
  }

  #speaksFor(host: RoomHost, nowMs: number): boolean {
    const { sessions, self } = this.#engine
    const direct = [...sessions.values()].filter((session) => isDirect(session, host))
    if (direct.length < ENOUGH_DIRECT) return true
    const connected = new Set(direct.map(({ identity }) => identity))
    return host.roster.all().some(({ identity, presence, heardMs }) =>
      presence !== 'offline' && identity !== self.identity && !connected.has(identity) && elapsedMs(heardMs, nowMs) > HEARD_MS)
  }
}

/** Whether a member is connected, and not through a relay, which is a server too. */
export function isDirect(session: Session, host: RoomHost): boolean {
  return session.path !== 'relay' && session.shares(host)
}
