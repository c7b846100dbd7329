import { textWidth, truncateToWidth } from '../core/text/clusters.ts'
import type { MemberView, Presence, Role } from '../engine/api.ts'
import type { Grid } from './grid.ts'
import type { Layout } from './layout.ts'
import type { Model, Room } from './model.ts'
import { STYLE, nickStyle } from './style.ts'
import { ROLE_SIGN, shownNick, twinNicks } from './words.ts'

const PRESENCE: Record<Presence, { readonly sign: string; readonly style: number; readonly rank: number }> = {
  online: { sign: '●', style: STYLE.online, rank: 0 },
  idle: { sign: '◐', style: STYLE.idle, rank: 1 },
  offline: { sign: '○', style: STYLE.rule, rank: 2 }
}
/** The word beside the name, and the sign where there is no room for the word. */
const ROLE: Record<Role, { readonly word: string; readonly sign: string; readonly rank: number }> = {
  owner: { word: 'owner', sign: ROLE_SIGN.owner, rank: 0 },
  admin: { word: 'admin', sign: ROLE_SIGN.admin, rank: 1 },
  member: { word: '', sign: ROLE_SIGN.member, rank: 2 }
}

const sorted = new WeakMap<readonly MemberView[], readonly MemberView[]>()

/** Who is there comes first, among them by rank, among those by name. */
function inOrder(members: readonly MemberView[]): readonly MemberView[] {
  const known = sorted.get(members)
  if (known !== undefined) return known
  const order = [...members].sort((one, other) =>
    PRESENCE[one.presence].rank - PRESENCE[other.presence].rank || ROLE[one.role].rank - ROLE[other.role].rank ||
    (one.nick.toLowerCase() < other.nick.toLowerCase() ? -1 : 1))
  sorted.set(members, order)
  return order
}

export function viewMembers(grid: Grid, model: Model, room: Room, layout: Layout): void {
  const { membersWidth: width, bodyY, bodyHeight, size } = layout
  const x = size.width - width
  const present = room.members.filter((member) => member.presence !== 'offline').length
  const counts = room.members.length === 0 ? '' : ` ${present}/${room.members.length}`
  grid.put(x + 1, bodyY, truncateToWidth(`Members${counts}`, width - 2), STYLE.title)
  const height = bodyHeight - 1
  const members = inOrder(room.members)
  const fits = members.length <= height
  const shown = members.slice(0, fits ? height : height - 1)
  const twins = twinNicks(room.members)
  for (const [row, member] of shown.entries()) {
    viewMember(grid, { ...member, nick: shownNick(member, twins) }, x, bodyY + 1 + row, member.identity === model.me.identity)
  }
  if (!fits && height > 0) grid.put(x + 1, bodyY + height, `… ${members.length - shown.length} more`, STYLE.faint)
}

function viewMember(grid: Grid, member: MemberView, x: number, y: number, isMe: boolean): void {
  const presence = PRESENCE[member.presence]
  const role = ROLE[member.role]
  grid.put(x + 1, y, presence.sign, presence.style)
  const space = grid.width - 1 - (x + 3)
  const word = member.muted ? 'muted' : role.word
  const sign = member.muted ? ROLE_SIGN.muted : role.sign
  const label = textWidth(member.nick) + 1 + textWidth(word) <= space ? word : sign
  const nickSpace = label === '' ? space : space - textWidth(label) - 1
  const style = member.presence === 'offline' ? STYLE.faint : isMe ? STYLE.own : nickStyle(member.identity)
  grid.put(x + 3, y, truncateToWidth(member.nick, nickSpace), style)
  if (label !== '') grid.put(grid.width - 1 - textWidth(label), y, label, STYLE.role)
}
