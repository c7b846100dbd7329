/** A room and its members as the faces see them. */
import { isMuted, isPermitted, roleOf } from '../core/authority/state.ts'
import { SPOKEN_KINDS } from '../core/record/kinds.ts'
import type { MemberView, RoomView } from './api.ts'
import type { Engine } from './context.ts'
import type { RoomHost } from './room-host.ts'
import type { Member } from './roster.ts'
import { decodeStored, person } from './views.ts'

/** Unread messages that are looked at one by one where some may not be shown. */
const MAX_COUNTED = 1000

export function roomView(engine: Engine, host: RoomHost, event?: RoomView['event']): RoomView {
  const { self } = engine
  const { state } = host.machine
  const others = membersOf(engine, host)
  const isIn = host.standing.now === 'in'
  const removal = host.standing.removal()
  const ownerNick = state.owner === self.identity ? self.nick : (host.roster.get(state.owner)?.nick ?? '')
  return {
    id: host.id,
    handle: host.handle,
    name: host.name,
    access: state.access,
    topic: state.topic,
    owner: person(state.owner, ownerNick),
    created: state.createdMs,
    provisional: host.provisional,
    members: others.length + (host.standing.now === 'removed' ? 0 : 1),
    online: others.filter((member) => member.presence !== 'offline').length + (isIn ? 1 : 0),
    role: roleOf(state, self.identity),
    joined: isIn,
    closed: state.closed,
    unread: unreadOf(engine, host),
    ...(removal === undefined ? {} : { removed: removal }),
    ...(event === undefined ? {} : { event })
  }
}

/** The others that are let in, as far as they were seen. */
export function membersOf({ clock }: Pick<Engine, 'clock'>, { machine, roster }: RoomHost): Member[] {
  const { state } = machine
  const nowMs = clock.nowMs()
  const others = roster.all()
  if (state.access === 'open' && state.removals.length === 0) return others
  return others.filter(({ identity }) => isPermitted(state, identity, nowMs))
}

/** How much others said that was not read yet; of very much, so much. */
function unreadOf({ store, self }: Engine, host: RoomHost): number {
  const count = store.count(host.id, SPOKEN_KINDS, host.readUs, self.identity)
  if (count === 0 || host.machine.rights.isQuiet) return count
  const latest = store.timeline(host.id, SPOKEN_KINDS, Math.min(count, MAX_COUNTED))
  const unread = latest.filter(({ author, timeUs }) => author !== self.identity && timeUs > host.readUs)
  const records = unread.flatMap((stored) => decodeStored(stored) ?? [])
  return records.filter((record) => host.machine.rights.visibility(record) !== 'hidden').length
}

/** This node's person first, while in the room. */
export function memberViews(engine: Engine, host: RoomHost): MemberView[] {
  const { self, clock } = engine
  const nowMs = clock.nowMs()
  const { state } = host.machine
  const own: MemberView = {
    ...person(self.identity, self.nick),
    role: roleOf(state, self.identity),
    presence: 'online',
    lastSeen: nowMs,
    muted: isMuted(state, self.identity, nowMs)
  }
  const others = membersOf(engine, host).map(
    (member): MemberView => ({
      ...person(member.identity, member.nick),
      role: roleOf(state, member.identity),
      presence: member.presence,
      lastSeen: member.lastSeenMs,
      muted: isMuted(state, member.identity, nowMs)
    })
  )
  return host.standing.now === 'in' ? [own, ...others] : others
}
