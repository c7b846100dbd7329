/** What counts in a room and is not shown to this node's person all the same. Rights of the room are untouched by it. */
import { roleOf } from '../core/authority/state.ts'
import type { SignedRecord } from '../core/record/record.ts'
import type { Engine } from './context.ts'
import type { RoomHost } from './room-host.ts'

/** Whether a message is by somebody whom a chosen server banned, or older than what newcomers are to see. */
export function isHiddenHere({ self, servers }: Engine, host: RoomHost, record: SignedRecord): boolean {
  if (record.author === self.identity) return false
  return servers.banOf(record.author) !== undefined || isBeforeOurTime(self.identity, host, record)
}

/** Why somebody is hidden here by a server, as a line behind what the room says of them. */
export function serverBanText({ servers }: Engine, host: RoomHost, identity: string): string {
  const ban = servers.banOf(identity)
  if (ban === undefined) return ''
  const end = ban.until === null ? '' : ` until ${new Date(ban.until).toISOString().slice(0, 16).replace('T', ' ')} UTC`
  const why = ban.reason === '' ? '' : `: ${ban.reason}`
  return `\n${host.nameOf(identity)} is hidden here: the server ${ban.server.slice(-8)}, which this node uses, banned them${end}${why}`
}

/** The owner may want newcomers to see what was said lately before they came, and not all. Each node sees to that for its own person. */
function isBeforeOurTime(self: string, { machine: { state }, sinceMs }: RoomHost, { timeUs }: SignedRecord): boolean {
  const historyMs = Number(state.settings.get('history') ?? 0)
  if (historyMs === 0 || roleOf(state, self) !== 'member') return false
  return timeUs / 1000 < sinceMs - historyMs
}
