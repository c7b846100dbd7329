/** What happens by time alone: saying that one is there, noticing who is gone, and reconciling now and then so that nothing stays lost. */
import type { Engine } from './context.ts'
import { elapsedMs } from './elapsed.ts'
import type { Findable } from './findable.ts'
import { reviewIdlers } from './idling.ts'
import { keepMembers } from './keep.ts'
import type { Rooms } from './rooms.ts'
import type { RoomHost } from './room-host.ts'
import { PRESENCE_EVERY_MS } from './roster.ts'

const BEAT_MS = 5_000
/** People met since are remembered this often. */
const KEEP_EVERY_BEATS = 12
/** Each room is compared with some member this often, besides on every meeting. */
const PULL_EVERY_MS = 180_000
/** Who hears of a room by a server alone compares more often: the server may keep back what comes from people who cannot tell this node that it lacks it. */
const PULL_EVERY_WHEN_SPARED_MS = 20_000
/** Those who are connected know of each other whether they are there; what else presence tells, they tell each other by and by. */
const PRESENCE_EVERY_AMONG_CONNECTED_MS = 60_000
/** Who is out hears of nothing by gossip, and asks for the records alone, of which there are few. */
const PULL_EVERY_WHEN_OUT_MS = 30_000

export function startHeartbeat(engine: Engine, rooms: Rooms, findable: Findable): () => void {
  let beats = 1
  let cancel = engine.clock.after(BEAT_MS, beat)

  function beat(): void {
    // First of all: whatever happens in this beat, there is a next one.
    cancel = engine.clock.after(BEAT_MS, beat)
    const nowMs = engine.clock.nowMs()
    // A little apart from everybody else's, so that a large room does not speak all at once.
    const jitter = engine.random.bytes(1)[0]! / 255
    for (const host of [...engine.hosts.values()]) reviewIdlers(engine, rooms, host)
    for (const host of engine.hosts.values()) {
      // What has an end ends by time alone.
      if (host.machine.state.removals.length > 0) host.standing.review()
      const here = [...engine.sessions.values()].filter((session) => session.shares(host))
      const connected = new Set(here.flatMap((session) => session.identity ?? []))
      for (const member of host.roster.expire(connected, nowMs)) host.presence.tell(member)
      // Naming our heads makes who lost the last thing we said come and get it.
      const missing = engine.delivery.overdue(host.id, [...connected].filter((identity) => identity !== engine.self.identity))
      const missed = here.flatMap(({ identity, peerId }) => (identity !== undefined && missing.includes(identity) ? [peerId] : []))
      const isAmongConnected = connected.size > 0 && host.roster.all().every(({ identity, presence }) =>
        presence === 'offline' || identity === engine.self.identity || connected.has(identity))
      const sayEveryMs = isAmongConnected ? PRESENCE_EVERY_AMONG_CONNECTED_MS : PRESENCE_EVERY_MS
      const isDue = elapsedMs(host.presence.announcedMs, nowMs) > sayEveryMs * (0.75 + jitter / 4)
      if (isDue || missed.length > 0) host.presence.announce('online', missed)
      host.sparing.review(here)
      if (here.length > 0 && elapsedMs(host.pulledMs, nowMs) > pullEveryMs(host, isAmongConnected) * (0.75 + jitter / 2)) {
        host.pulledMs = nowMs
        // In turn, so that nobody who lies is the only one asked.
        host.sync.pull(here.reduce((left, right) => (host.sync.pulledMs(left) <= host.sync.pulledMs(right) ? left : right)))
      }
    }
    findable.update()
    engine.views.review()
    if (beats++ % KEEP_EVERY_BEATS === 0) keepMembers(engine)
  }

  return () => cancel()
}

function pullEveryMs({ standing, sparing }: RoomHost, isAmongConnected: boolean): number {
  if (standing.now === 'removed') return PULL_EVERY_WHEN_OUT_MS
  return sparing.active && !isAmongConnected ? PULL_EVERY_WHEN_SPARED_MS : PULL_EVERY_MS
}
