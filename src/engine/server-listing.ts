/** The public lists of servers, as a node reads them, and as it has its rooms put into them. */
import { MAX_LISTED_ROOMS, MAX_LISTING_MS, MAX_TITLE_STEPS } from '../core/record/limits.ts'
import { KIND } from '../core/record/kinds.ts'
import { readGenesis } from '../core/record/payloads.ts'
import { decodeRecord, verifyRecord } from '../core/record/record.ts'
import { listingPayload } from '../core/server/payloads.ts'
import { signStatement, STATEMENT } from '../core/server/statement.ts'
import { ApiError, REFUSED } from './api.ts'
import type { Result } from './api.ts'
import type { ListedRoom } from './api-server.ts'
import type { Self } from './context.ts'
import type { Clock, Store } from './ports.ts'
import type { RoomHost } from './room-host.ts'
import type { RoomListed } from '../core/server/messages.ts'
import type { ServerSession } from './server-session.ts'

export interface ListingComponents {
  readonly self: Self
  readonly clock: Clock
  readonly store: Pick<Store, 'get'>
}

/** All of one server's list. */
export async function listedRooms(session: ServerSession): Promise<ListedRoom[]> {
  const rooms = new Map<string, ListedRoom>()
  for (let after: string | null = null; rooms.size < MAX_LISTED_ROOMS;) {
    const answer = await session.ask({ type: 'directory', after })
    if (answer.type !== 'rooms') break
    const before = rooms.size
    for (const listed of answer.rooms) {
      const room = listedRoom(listed)
      if (room !== undefined) rooms.set(room.id, room)
      after = room?.id ?? after
    }
    if (!answer.more || rooms.size === before) break
  }
  return [...rooms.values()]
}

/** Tells these servers whether this node's identity wants its room in their lists. Rejects with what the last one refused if none took it. */
export async function wishListed(
  host: RoomHost, listed: boolean, sessions: readonly ServerSession[], { self, clock, store }: ListingComponents
): Promise<Result<'server.list'>> {
  if (host.machine.state.owner !== self.identity) {
    throw new ApiError(REFUSED, 'not-owner', 'Only the owner of a room can put it into the public list of a server, or take it out.')
  }
  const steps = titleOf(host, store)
  if (steps.length > MAX_TITLE_STEPS) {
    const text = `This room was handed over more than ${MAX_TITLE_STEPS} times, which is more than servers look into.`
    throw new ApiError(REFUSED, 'too-many', text)
  }
  const nicks: string[] = []
  const refusals: { nick: string; message: string }[] = []
  let last: unknown
  for (const session of sessions) {
    const nowMs = clock.nowMs()
    const payload = listingPayload({ room: host.id, server: session.identity ?? '', listed })
    const wish = { type: STATEMENT.listing, sequence: nowMs, timeMs: nowMs, expiresMs: nowMs + MAX_LISTING_MS, payload }
    try {
      await session.ask({ type: 'list', genesis: host.genesis.bytes, wish: signStatement(self.signer, wish).bytes, steps })
      nicks.push(session.nick)
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      refusals.push({ nick: session.nick, message: error.message })
      last = error
    }
  }
  if (nicks.length === 0) throw last
  return { servers: nicks.length, nicks, refusals }
}

/** Asks each for the room that follows the id before it. */
export async function whereListed(room: string, sessions: readonly ServerSession[]): Promise<Result<'server.listed'>> {
  const before = (BigInt(`0x${room}`) - 1n).toString(16).padStart(64, '0')
  return Promise.all(sessions.map(async (session) => {
    const answer = await session.ask({ type: 'directory', after: before })
    const [first] = answer.type === 'rooms' ? answer.rooms : []
    return { peerId: session.peerId, nick: session.nick, listed: first !== undefined && listedRoom(first)?.id === room }
  }))
}

/** The records that handed over the room or its token, one after the other; nothing else of it is shown to a server. */
function titleOf(host: RoomHost, store: Pick<Store, 'get'>): Uint8Array[] {
  const { acts, succession } = host.machine.rights.authority.book
  const steps = [...succession.line.steps].map((index) => acts[index]!.id).filter((id) => id !== host.id)
  return steps.flatMap((id) => store.get(host.id, id)?.bytes ?? [])
}

function listedRoom({ genesis: bytes, nodes, owner }: RoomListed): ListedRoom | undefined {
  const record = decodeRecord(bytes)
  if (!record.ok || record.value.kind !== KIND.genesis) return undefined
  const genesis = readGenesis(record.value.payload)
  if (!genesis.ok || !verifyRecord(record.value)) return undefined
  const { name, access, topic } = genesis.value
  return { id: record.value.id, name, access, topic, owner, nodes }
}
