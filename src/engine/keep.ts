/** Which nodes are to be dialled first and forever: those of the people in our rooms. */
import type { Engine } from './context.ts'
import type { StoredPeer } from './ports.ts'
import { FEWEST_PEERS, MOST_PEERS } from './partial-view.ts'
import { membersOf } from './room-views.ts'

/** More than a node connects to; whoever was seen last comes first. */
const MAX_KEPT = 256
/** Members of a large room that are dialled while few are connected: twice what is wanted, since some are gone. */
const MAX_SEEN_LAST = 2 * MOST_PEERS

/** Somebody says that it is in a room of ours: it is found again after a start. Strangers are not remembered: there can be any number of them. */
export function rememberPeer({ network, clock, writer }: Engine, peer: Omit<StoredPeer, 'lastSeenMs'>): void {
  const known = { ...peer, lastSeenMs: clock.nowMs() }
  writer.add({ ops: [{ op: 'peer', peer: known }], durability: 'normal' })
  network.esteem(peer.peerId, 'member')
}

/**
 * After a start: where the members of our rooms said that they are reached. The network remembers peers as well, but whoever comes or is named, and those
 * that came last; liars could have it forget the others.
 */
export function seekMembers(engine: Engine): void {
  keepMembers(engine)
  const { hosts, store, network } = engine
  for (const host of hosts.values()) {
    const members = store.members(host.id).sort((left, right) => right.lastSeenMs - left.lastSeenMs)
    const seenLast = members.slice(0, members.length > MOST_PEERS ? MAX_SEEN_LAST : MAX_KEPT)
    for (const { peerId, addresses } of seenLast.flatMap(({ identity }) => store.peersOf(identity))) network.hint(peerId, addresses)
  }
}

/**
 * Of a small room all members. Of a large one those that are connected, and while these are few those that were seen last: the others are looked for by
 * partial-view.ts, not all at once.
 */
export function keepMembers(engine: Engine): void {
  const { hosts, store, network, views } = engine
  const seenMs = new Map<string, number>()
  for (const host of hosts.values()) {
    const members = membersOf(engine, host).sort((left, right) => right.lastSeenMs - left.lastSeenMs)
    const connected = new Set(views.peersIn(host).flatMap(({ identity }) => identity ?? []))
    const isLarge = members.length > MOST_PEERS
    const seenLast = isLarge && connected.size >= FEWEST_PEERS ? 0 : isLarge ? MAX_SEEN_LAST : MAX_KEPT
    for (const [place, { identity, lastSeenMs }] of members.entries()) {
      if (place >= seenLast && !connected.has(identity)) continue
      for (const { peerId } of store.peersOf(identity)) seenMs.set(peerId, Math.max(lastSeenMs, seenMs.get(peerId) ?? 0))
    }
  }
  const latest = [...seenMs].sort(([, left], [, right]) => right - left).slice(0, MAX_KEPT)
  network.keep(latest.map(([peerId]) => peerId))
}
