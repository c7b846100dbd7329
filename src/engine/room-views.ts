/** A room and its members as the faces see them. */
import { roleOf } from '../core/authority/state.ts'
import { SPOKEN_KINDS } from '../core/record/kinds.ts'
import type { MemberView, RoomView } from './api.ts'
import type { Engine } from './context.ts'
import type { RoomHost } from './room-host.ts'
import { person } from './views.ts'

export function roomView({ self, store }: Engine, host: RoomHost, event?: RoomView['event']): RoomView {
  const { state } = host.machine
  const others = host.roster.all()
  const ownerNick = state.owner === self.identity ? self.nick : (host.roster.get(state.owner)?.nick ?? '')
  return {
    id: host.id,
    handle: host.handle,
    name: host.name,
    access: state.genesis.access,
    topic: state.topic,
    owner: person(state.owner, ownerNick),
    created: state.createdMs,
    provisional: host.provisional,
    members: others.length + 1,
    online: others.filter((member) => member.presence !== 'offline').length + 1,
    role: roleOf(state, self.identity),
    joined: true,
    closed: state.closed,
    unread: store.count(host.id, SPOKEN_KINDS, host.readUs, self.identity),
    ...(event === undefined ? {} : { event })
  }
}

/** This node's person first. */
export function memberViews({ self, clock }: Engine, host: RoomHost): MemberView[] {
  const { state } = host.machine
  const own: MemberView = {
    ...person(self.identity, self.nick),
    role: roleOf(state, self.identity),
    presence: 'online',
    lastSeen: clock.nowMs(),
    muted: false
  }
  const others = host.roster.all().map(
    (member): MemberView => ({
      ...person(member.identity, member.nick),
      role: roleOf(state, member.identity),
      presence: member.presence,
      lastSeen: member.lastSeenMs,
      muted: false
    })
  )
  return [own, ...others]
}
