/** The idle timeout of a room: who says nothing for so long leaves by itself, and who does not is not shown as there. Off unless the owner sets it. */
import { duration } from '../core/authority/actions/action.ts'
import { roleOf } from '../core/authority/state.ts'
import type { Engine } from './context.ts'
import { elapsedMs } from './elapsed.ts'
import type { RoomHost } from './room-host.ts'
import type { Rooms } from './rooms.ts'

/** Looked at with each heartbeat. Owner and admins are exempt. */
export function reviewIdlers(engine: Engine, rooms: Rooms, host: RoomHost): void {
  const { state } = host.machine
  const idleMs = Number(state.settings.get('idle') ?? 0)
  if (idleMs === 0 || host.standing.now !== 'in') return
  const isExempt = (identity: string): boolean => roleOf(state, identity) !== 'member'
  const nowMs = engine.clock.nowMs()
  for (const member of host.roster.all()) {
    if (member.presence === 'offline' || isExempt(member.identity) || elapsedMs(member.activeMs, nowMs) <= idleMs) continue
    member.presence = 'offline'
    member.hasIdledOut = true
    host.presence.tell(member)
  }
  if (isExempt(engine.self.identity) || elapsedMs(host.spokeMs, nowMs) <= idleMs) return
  const { handle, id } = host
  rooms.leave(host)
  const silence = `You said nothing in ${handle} for ${duration(idleMs)}`
  const text = `${silence} and have left it, as its owner wants. /join ${handle} brings you back.`
  engine.emit({ method: 'notice', params: { room: id, code: 'idle', text } })
}
