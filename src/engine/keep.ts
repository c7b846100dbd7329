/** Which nodes are to be dialled first and forever: those of the people in our rooms. */
import type { Engine } from './context.ts'
import type { StoredPeer } from './ports.ts'
import { membersOf } from './room-views.ts'

/** More than a node connects to; whoever was seen last comes first. */
const MAX_KEPT = 256

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
    const members = store.members(host.id).sort((left, right) => right.lastSeenMs - left.lastSeenMs).slice(0, MAX_KEPT)
    for (const { peerId, addresses } of members.flatMap(({ identity }) => store.peersOf(identity))) network.hint(peerId, addresses)
  }
}

export function keepMembers(engine: Engine): void {
  const { hosts, store, network } = engine
  const seenMs = new Map<string, number>()
  for (const host of hosts.values()) {
    for (const { identity, lastSeenMs } of membersOf(engine, host)) {
      for (const { peerId } of store.peersOf(identity)) seenMs.set(peerId, Math.max(lastSeenMs, seenMs.get(peerId) ?? 0))
    }
  }
  const latest = [...seenMs].sort(([, left], [, right]) => right - left).slice(0, MAX_KEPT)
  network.keep(latest.map(([peerId]) => peerId))
}
