/**
 * Being found by others who look for a room, and looking for others while there are few: on the DHT and at the servers that were chosen, by the hash of
 * the room's name or id. Nobody else is asked for it, and what comes of it is no more than a connection.
 */
import type { RoomId } from '../core/record/record.ts'
import { Carriage } from './carriage.ts'
import type { Engine } from './context.ts'
import type { RoomHost } from './room-host.ts'

/** With so many members connected, with whom the room became complete, it is looked for seldom: they introduce the others. */
const ENOUGH_PEERS = 3
/** Alone, it is looked for again soon, since an answer names some of many, then less and less often; who comes later finds us. */
const SEEK_FIRST_MS = 3_000
const SEEK_MAX_MS = 300_000

interface Seeking {
  enough: boolean
  nextMs: number
  waitMs: number
}

export class Findable {
  readonly #engine: Engine
  readonly #seeking = new Map<RoomId, Seeking>()
  readonly #carriage: Carriage
  #told = ''

  constructor(engine: Engine) {
    this.#engine = engine
    this.#carriage = new Carriage(engine)
  }

  /** Called now and then, when a room was opened or closed, when somebody was lost, and when a server is there. */
  update(): void {
    const hosts = [...this.#engine.hosts.values()].filter((host) => host.standing.now !== 'removed')
    const keys = hosts.flatMap((host) => (isOpen(host) ? [host.nameHash, host.idHash] : [host.idHash])).sort()
    if (keys.join() !== this.#told) {
      this.#told = keys.join()
      this.#engine.network.provide(keys)
    }
    this.#engine.servers.meeting.beFound(keys, this.#carriage.wanted(hosts).map((host) => host.topic))
    for (const room of this.#seeking.keys()) if (!this.#engine.hosts.has(room)) this.#seeking.delete(room)
    for (const host of hosts) this.#seek(host)
  }

  /** The network is another one, or there is somebody new to ask: it may be worth looking again. */
  again(): void {
    this.#seeking.clear()
  }

  #seek(host: RoomHost): void {
    const { clock, network, servers, sessions } = this.#engine
    const here = [...sessions.values()].filter((session) => session.shares(host) && session.helped).length
    const nowMs = clock.nowMs()
    const before = this.#seeking.get(host.id)
    const enough = here >= ENOUGH_PEERS
    // Not never: all of them may be of one mind and keep something from us.
    const fresh = enough ? { nextMs: nowMs + SEEK_MAX_MS, waitMs: SEEK_MAX_MS, enough } : { nextMs: nowMs, waitMs: SEEK_FIRST_MS, enough }
    const seeking = before?.enough === enough ? before : fresh
    this.#seeking.set(host.id, seeking)
    // A clock that was set back must not stop the search for as long.
    if (nowMs < seeking.nextMs && seeking.nextMs - nowMs <= 2 * SEEK_MAX_MS) return
    const key = isOpen(host) ? host.nameHash : host.idHash
    network.seek(key)
    servers.meeting.seek(key)
    seeking.nextMs = nowMs + seeking.waitMs
    seeking.waitMs = Math.min(seeking.waitMs * 2, SEEK_MAX_MS)
  }
}

function isOpen(host: RoomHost): boolean {
  return host.machine.state.genesis.access === 'open'
}
