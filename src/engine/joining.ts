/**
 * Joining by name: rooms joined before, then what connected peers know, then a room of our own, provisionally, while the search goes on. The rules are
 * in core/room/naming; here they meet peers and time. Names are asked for hashed, and only rooms that are open are told of.
 */
import { KIND, SPOKEN_KINDS } from '../core/record/kinds.ts'
import { MAX_NAME_CANDIDATES } from '../core/record/limits.ts'
import { readGenesis } from '../core/record/payloads.ts'
import { decodeRecord, verifyRecord } from '../core/record/record.ts'
import type { RoomId, SignedRecord } from '../core/record/record.ts'
import { chooseCandidate, handleOf, yields } from '../core/room/naming.ts'
import type { Candidate } from '../core/room/naming.ts'
import { nameHash } from '../core/seal/topic.ts'
import { parseRoomName } from '../core/text/names.ts'
import { ApiError, REFUSED } from './api.ts'
import type { Engine } from './context.ts'
import type { Rooms } from './rooms.ts'
import type { RoomHost } from './room-host.ts'
import type { Session } from './session.ts'
import { decodeStored } from './views.ts'

/** How long a name is looked for before a room is made: connected peers answer in milliseconds, a LAN within a second. */
const SEARCH_MS = 3_000
const ANSWER_MS = 1_000
const LOOK_EVERY_MS = 20
/** Rooms remembered under one name. A liar can name any number. */
const MAX_HINTS = 32
/** Own lines that move along when a provisional room yields. Nobody else was there to answer more. */
const MAX_MOVED_LINES = 1_000

interface Hint {
  readonly genesis: SignedRecord
  established: boolean
}

interface Search {
  readonly sinceMs: number
  /** Peers that have not answered. */
  readonly waiting: Set<string>
}

export type Found = Parameters<Session['sendFound']>[1]

export interface Joining {
  /** Resolves with the room of this name: one joined before, one that somebody is in, or a new one. Refuses with `ambiguous`. */
  joinByName(name: { name: string; key: string }): Promise<RoomHost>
  /** Rooms of a name that peers told of, with their genesis. */
  hints(key: string): SignedRecord[]
  askPeer(session: Session): void
  forgetPeer(peerId: string): void
  onFind(session: Session, names: readonly string[]): void
  onFound(session: Session, name: string, candidates: Found): void
  /** Somebody else is in the room: from now on it yields to none. */
  establish(host: RoomHost): void
}

export function createJoining(engine: Engine, rooms: Rooms): Joining {
  const hints = new Map<string, Map<RoomId, Hint>>()
  const searches = new Map<string, Search>()
  /** Who asked for which names, to be told when a room of it becomes established. */
  const askers = new Map<string, Set<string>>()

  function hostsOf(name: string): RoomHost[] {
    return [...engine.hosts.values()].filter((host) => host.machine.state.genesis.access === 'open' && nameHash(host.key) === name)
  }

  function candidates(name: string): Candidate[] {
    return [...(hints.get(name)?.values() ?? [])].map((hint) => ({ room: hint.genesis.id, established: hint.established }))
  }

  function ask(name: string): void {
    const search: Search = { sinceMs: engine.clock.nowMs(), waiting: new Set(engine.sessions.keys()) }
    searches.set(name, search)
    for (const session of engine.sessions.values()) session.sendFind([name])
  }

  /** Whether it is worth waiting on before a room is chosen or made. */
  function searching(name: string): boolean {
    const search = searches.get(name)
    if (search === undefined) return false
    const ageMs = engine.clock.nowMs() - search.sinceMs
    const answers = search.waiting.size > 0 && ageMs < ANSWER_MS
    if (candidates(name).length > 0) return answers
    return answers || (engine.network.searching() && ageMs < SEARCH_MS)
  }

  async function joinByName({ name, key }: { name: string; key: string }): Promise<RoomHost> {
    const known = rooms.pinned(key)
    if (known.length > 1) throw ambiguous(name, known.map((room) => handleOf(room.name, room.id)))
    if (known.length === 1) return rooms.reopen(known[0]!)
    const hash = nameHash(key)
    if (!searches.has(hash)) ask(hash)
    while (searching(hash)) await new Promise<void>((resolve) => engine.clock.after(LOOK_EVERY_MS, resolve))
    searches.delete(hash)
    // Another call for the same name may have come first.
    const meanwhile = rooms.pinned(key)
    if (meanwhile.length === 1) return rooms.reopen(meanwhile[0]!)
    const chosen = chooseCandidate(candidates(hash))
    if (chosen.choice === 'none') {
      const { host } = rooms.create({ name, access: 'open', topic: '', provisional: true })
      tell(host)
      return host
    }
    if (chosen.choice === 'join') return rooms.enter(hints.get(hash)!.get(chosen.room)!.genesis)
    const established = [...hints.get(hash)!.values()].filter((hint) => hint.established)
    throw ambiguous(name, established.map((hint) => handleOf(name, hint.genesis.id)))
  }

  /** Who asked for the name before the room was there, or before it was established, hears of it. */
  function tell(host: RoomHost): void {
    const name = nameHash(host.key)
    for (const session of engine.sessions.values()) {
      if (askers.get(session.peerId)?.has(name) === true) session.sendFound(name, found([host]))
    }
  }

  /** A room of ours and another of its name are known now. */
  function settle(host: RoomHost, hint: Hint): void {
    const other = { room: hint.genesis.id, established: hint.established }
    if (yields({ room: host.id, provisional: host.provisional }, other)) return yieldTo(host, hint.genesis)
    if (host.id === other.room || host.provisional || !hint.established || host.ambiguous) return
    host.ambiguous = true
    engine.emit({ method: 'room', params: host.view('changed') })
    const text = `There is another room named ${host.name}: ${handleOf(host.name, other.room)}. Yours is shown as ${host.handle}.`
    engine.emit({ method: 'notice', params: { room: host.id, code: 'same-name', text } })
  }

  function yieldTo(host: RoomHost, genesis: SignedRecord): void {
    const { store, self } = engine
    const own = store.timeline(host.id, SPOKEN_KINDS, MAX_MOVED_LINES).filter((record) => record.author === self.identity)
    const view = host.view('yielded')
    const successor = rooms.enter(genesis)
    rooms.forget(host, successor.id)
    for (const stored of own) {
      const record = decodeStored(stored)
      if (record !== undefined) rooms.post(successor, record.kind, record.payload)
    }
    engine.emit({ method: 'room', params: { ...view, joined: false, yieldedTo: successor.id } })
    const moved = own.length === 0 ? '' : own.length === 1 ? ' Your message moved along.' : ` Your ${own.length} messages moved along.`
    const text = `${host.name} was there already, made by somebody else: you are in it now.${moved}`
    engine.emit({ method: 'notice', params: { room: successor.id, code: 'yielded', text } })
  }

  return {
    joinByName,
    hints: (key) => [...(hints.get(nameHash(key))?.values() ?? [])].map((hint) => hint.genesis),

    askPeer(session) {
      const names = new Set(searches.keys())
      for (const host of engine.hosts.values()) if (host.machine.state.genesis.access === 'open') names.add(nameHash(host.key))
      for (const search of searches.values()) search.waiting.add(session.peerId)
      session.sendFind([...names])
    },

    forgetPeer(peerId) {
      for (const search of searches.values()) search.waiting.delete(peerId)
      askers.delete(peerId)
    },

    onFind(session, names) {
      askers.set(session.peerId, new Set([...(askers.get(session.peerId) ?? []), ...names].slice(-MAX_HINTS * MAX_NAME_CANDIDATES)))
      for (const name of names) session.sendFound(name, found(hostsOf(name)))
    },

    onFound(session, name, list) {
      const wanted = searches.has(name) || hostsOf(name).length > 0
      for (const { genesis, established } of wanted ? list : []) {
        const hint = readHint(genesis, name)
        if (hint === undefined) return session.fault('a room that is not of the name that was asked for')
        note(name, { genesis: hint, established })
      }
      searches.get(name)?.waiting.delete(session.peerId)
      for (const hint of [...(hints.get(name)?.values() ?? [])]) for (const host of hostsOf(name)) settle(host, hint)
    },

    establish(host) {
      if (!host.provisional) return
      host.provisional = false
      engine.writer.touch(host)
      engine.emit({ method: 'room', params: host.view('established') })
      tell(host)
      for (const hint of hints.get(nameHash(host.key))?.values() ?? []) settle(host, hint)
    }
  }

  function note(name: string, hint: Hint): void {
    const known = hints.get(name) ?? new Map<RoomId, Hint>()
    hints.set(name, known)
    const before = known.get(hint.genesis.id)
    if (before !== undefined) before.established ||= hint.established
    else if (known.size < MAX_HINTS) known.set(hint.genesis.id, hint)
  }
}

function found(hosts: readonly RoomHost[]): Found {
  return hosts.slice(0, MAX_NAME_CANDIDATES).map((host) => ({ genesis: host.genesis.bytes, established: !host.provisional }))
}

/** The genesis, if it is one, is signed, and its name is the one asked for. */
function readHint(bytes: Uint8Array, name: string): SignedRecord | undefined {
  const decoded = decodeRecord(bytes)
  if (!decoded.ok || decoded.value.kind !== KIND.genesis) return undefined
  const genesis = readGenesis(decoded.value.payload)
  const parsed = genesis.ok ? parseRoomName(genesis.value.name) : genesis
  if (!genesis.ok || !parsed.ok || genesis.value.access !== 'open' || nameHash(parsed.value.key) !== name) return undefined
  return verifyRecord(decoded.value) ? decoded.value : undefined
}

function ambiguous(name: string, handles: readonly string[]): ApiError {
  const list = [...new Set(handles)].sort()
  return new ApiError(REFUSED, 'ambiguous', `There are ${list.length} rooms named ${name}: ${list.join(', ')}. Say which one you mean.`, list)
}
