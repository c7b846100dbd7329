/**
 * Partial views: in a large room a node is connected with some members and not with all, so that one known address is enough to come in, whatever the
 * size of the room. After HyParView (Leitão, Pereira, Rodrigues: "HyParView: a membership protocol for reliable gossip-based broadcast", DSN 2007): the
 * connected members are the active view, those that are known and not connected the passive one.
 *
 * A node looks for others while it has few in a room. With more than {@link MOST_PEERS} it lets go of those who say that they have enough without it;
 * who has not, because nobody else can be reached, is kept.
 */
import { INTRODUCED_BURST, INTRODUCED_PER_S } from '../core/record/limits.ts'
import type { RoomId } from '../core/record/record.ts'
import type { PeerHint } from '../core/room/member-protocol.ts'
import { Bucket } from '../core/bucket.ts'
import type { Engine } from './context.ts'
import { elapsedMs } from './elapsed.ts'
import { PassiveView } from './passive-view.ts'
import type { Candidate } from './passive-view.ts'
import type { RoomHost } from './room-host.ts'
import type { Session } from './session.ts'
import { membersOf } from './room-views.ts'
import { shuffled } from './shuffled.ts'

/** Connected members below which a node may miss what is said, or be alone with liars: others are looked for until there are some more. */
export const FEWEST_PEERS = 8
const WANTED_PEERS = 10
/** Above this those are let go who have others: a hundred members then cost a node no more than sixteen. */
export const MOST_PEERS = 16
/**
 * Places that are not given to others: first of those whom this node dialled, for whoever would fill all places from outside chooses who dials us, and not
 * whom we dial; then of those who are here the longest. The rest changes hands, else those who were first would be a circle that nobody else comes into.
 */
const PROTECTED = 12
const OWN_CHOICE = FEWEST_PEERS
/** A session is let go after this: both have reconciled, and exchanged whom they know. */
const MET_MS = 5_000
/** Changes that come together are looked at together. */
const SOON_MS = 150
/** While there are few, others are dialled in turns this far apart: what was dialled before has come to something by then. */
const FILL_EVERY_MS = 2_000
/** Looking through those that were met before, so many of them, takes the store some milliseconds. */
const RECALL_EVERY_MS = 10_000
const MAX_RECALLED = 512
/** Somebody who was dialled in vain is dialled again after this. */
const RETRY_MS = 30_000
/**
 * Now and then somebody else is met, with enough peers too. So two parts of a room that were separated, and have each enough peers of their own, find each
 * other again; and nobody stays among the same sixteen, who may be of one mind.
 */
const PROBE_EVERY_MS = 60_000
/** Peers left alone that are remembered, to be asked again when something is looked for that the connected ones do not know. */
const MAX_RESTING = 64

type Parts = Pick<Engine, 'budgets' | 'life' | 'network' | 'clock' | 'random' | 'sessions' | 'hosts' | 'store' | 'acquaintance'>

/** What this node said and did about one room. */
interface RoomView {
  /** What the connected ones were told: that this node has enough without them. */
  told: boolean
  filledMs: number
  /** When the members that were met before were looked through last, ms. */
  recalledMs: number
  probedMs: number
  /** This long from one probe to the next, other than anybody else's. */
  probeEveryMs: number
  probes: number
  readonly passive: PassiveView
}

export class PartialViews {
  readonly #engine: Parts
  readonly #rooms = new Map<RoomId, RoomView>()
  readonly #dials: Bucket
  readonly #resting = new Set<string>()
  #cancel: (() => void) | undefined
  /** Called when the connected members of a room became enough, or too few. */
  readonly #onChange: () => void

  constructor(engine: Parts, onChange: () => void) {
    this.#engine = engine
    this.#onChange = onChange
    this.#dials = new Bucket(INTRODUCED_BURST, INTRODUCED_PER_S, engine.clock.nowMs())
  }

  /** Members of the room with whom it became complete: who only says that it is in the room does not count. */
  peersIn(host: RoomHost): Session[] {
    return [...this.#engine.sessions.values()].filter((session) => session.helped && session.shares(host))
  }

  /** Whether there are so many that not all of them need be connected. */
  isPartial(host: RoomHost): boolean {
    return this.peersIn(host).length >= FEWEST_PEERS
  }

  /** Somebody in the room tells of others. */
  hear(host: RoomHost, peers: readonly PeerHint[], teller: string): void {
    const { network } = this.#engine
    const { passive } = this.#viewOf(host)
    for (const { peerId, addresses } of peers) {
      if (peerId !== network.peerId && addresses.length > 0) passive.add(teller, { peerId, addresses })
    }
    this.#look(host)
  }

  /** A member says whether it has enough peers in the room without this node. */
  said(session: Session, host: RoomHost, enough: boolean): void {
    const nowMs = this.#engine.clock.nowMs()
    const before = session.enoughIn.get(host.id)
    session.enoughIn.set(host.id, enough)
    if (enough) return this.soon()
    const { acquaintance, budgets } = this.#engine
    if (before === true && budgets.introductions.take(session, 1, nowMs, host.id)) acquaintance.tellOthers(host, session)
  }

  /** Both are in the room from now on. */
  met(session: Session, host: RoomHost): void {
    this.#resting.delete(session.peerId)
    if (this.#viewOf(host).told) session.sendEnough(host, true)
  }

  /** The connection with a peer is gone; its rooms are still known. Where there are others enough it need not be dialled at once. */
  lost(session: Session): void {
    const rooms = [...this.#engine.hosts.values()].filter((host) => session.shares(host))
    const isNeeded = rooms.length === 0 || rooms.some((host) => this.peersIn(host).filter((peer) => peer !== session).length < FEWEST_PEERS)
    if (!isNeeded) this.#rest(session.peerId)
    this.soon()
  }

  /** Something is looked for that nobody connected may know: those that were left alone are asked as well. */
  askAround(): void {
    this.#engine.network.tryAgain([...this.#resting])
    this.#resting.clear()
  }

  /** Looks at all rooms, in a moment. */
  soon(): void {
    this.#cancel ??= this.#engine.clock.after(SOON_MS, () => {
      this.#cancel = undefined
      this.review()
    })
  }

  /** Called when something changed, and every few seconds. */
  review(): void {
    const { hosts, life } = this.#engine
    if (life.ending) return
    for (const room of this.#rooms.keys()) if (!hosts.has(room)) this.#rooms.delete(room)
    let changed = false
    for (const host of hosts.values()) {
      const view = this.#viewOf(host)
      const peers = this.peersIn(host)
      const enough = peers.length > FEWEST_PEERS
      changed = changed || enough !== view.told
      if (enough !== view.told) for (const session of this.#engine.sessions.values()) session.sendEnough(host, enough)
      view.told = enough
      this.#look(host)
      if (peers.length >= FEWEST_PEERS) this.#probe(host)
    }
    if (changed) this.#onChange()
    for (const host of hosts.values()) this.#trim(host)
  }

  #viewOf({ id }: RoomHost): RoomView {
    const known = this.#rooms.get(id)
    if (known !== undefined) return known
    const { clock, random } = this.#engine
    const [share = 0] = random.bytes(1)
    const view = {
      told: false,
      filledMs: -Infinity,
      recalledMs: -Infinity,
      probedMs: clock.nowMs(),
      probeEveryMs: PROBE_EVERY_MS * (0.5 + share / 255),
      probes: 0,
      passive: new PassiveView(random)
    }
    this.#rooms.set(id, view)
    return view
  }

  /** Dials others while there are few. */
  #look(host: RoomHost): void {
    const view = this.#viewOf(host)
    const nowMs = this.#engine.clock.nowMs()
    const lacking = WANTED_PEERS - this.#promising(host, nowMs)
    if (this.#engine.life.ending || lacking <= 0 || elapsedMs(view.filledMs, nowMs) < FILL_EVERY_MS) return
    const told = this.#toldOf(host, nowMs)
    const isEnough = told.length >= lacking || elapsedMs(view.recalledMs, nowMs) < RECALL_EVERY_MS
    const candidates = isEnough ? told : this.#withRecalled(host, told, nowMs)
    if (candidates.length === 0) return
    view.filledMs = nowMs
    for (const candidate of candidates.slice(0, lacking)) if (!this.#dial(candidate, view, nowMs)) break
    this.#engine.clock.after(FILL_EVERY_MS, () => this.soon())
  }

  /** Connected members who are of use, or had not the time to show it. */
  #promising(host: RoomHost, nowMs: number): number {
    const isYoung = ({ sinceMs }: Session): boolean => elapsedMs(sinceMs, nowMs) < MET_MS
    return [...this.#engine.sessions.values()].filter((session) => session.shares(host) && (session.helped || isYoung(session))).length
  }

  /** Those of whom members tell, of each teller one in turn. */
  #toldOf(host: RoomHost, nowMs: number): Candidate[] {
    return this.#viewOf(host).passive.inTurn().filter((candidate) => this.#isFree(host, candidate, nowMs))
  }

  /** And behind them those that were met before, who was seen last first. Those of a small room are redialled in any case (keep.ts). */
  #withRecalled(host: RoomHost, told: readonly Candidate[], nowMs: number): Candidate[] {
    this.#viewOf(host).recalledMs = nowMs
    const members = membersOf(this.#engine, host)
    if (members.length <= MOST_PEERS) return [...told]
    const seenLast = members.sort((left, right) => right.lastSeenMs - left.lastSeenMs).slice(0, MAX_RECALLED)
    const met = seenLast.flatMap(({ identity }) => this.#engine.store.peersOf(identity))
    const named = new Set(told.map(({ peerId }) => peerId))
    const recalled = met.map(({ peerId, addresses }) => ({ peerId, addresses, teller: undefined }))
    return [...told, ...recalled.filter((candidate) => !named.has(candidate.peerId) && this.#isFree(host, candidate, nowMs))]
  }

  #isFree(host: RoomHost, { peerId }: Candidate, nowMs: number): boolean {
    const { network, sessions } = this.#engine
    return peerId !== network.peerId && !sessions.has(peerId) && elapsedMs(this.#viewOf(host).passive.triedMs(peerId), nowMs) >= RETRY_MS
  }

  /** False if no more may be dialled on somebody's word for now. */
  #dial({ peerId, addresses, teller }: Candidate, { passive }: RoomView, nowMs: number): boolean {
    const { network, clock } = this.#engine
    if (teller !== undefined && !this.#dials.take(1, clock.nowMs())) return false
    passive.tried(peerId, nowMs)
    if (this.#resting.delete(peerId)) network.tryAgain([peerId])
    network.hint(peerId, addresses, teller)
    return true
  }

  /** Every other time somebody who seems to be away: it may be this node that is cut off from where they are. */
  #probe(host: RoomHost): void {
    const view = this.#viewOf(host)
    const nowMs = this.#engine.clock.nowMs()
    if (elapsedMs(view.probedMs, nowMs) < view.probeEveryMs) return
    view.probedMs = nowMs
    const { store, random } = this.#engine
    const isAway = ({ peerId }: Candidate): boolean => {
      const identity = store.peer(peerId)?.identity
      return identity === undefined || (host.roster.get(identity)?.presence ?? 'offline') === 'offline'
    }
    const candidates = shuffled(this.#withRecalled(host, this.#toldOf(host, nowMs), nowMs), random)
    const away = view.probes++ % 2 === 0 ? candidates.find(isAway) : undefined
    const chosen = away ?? candidates[0]
    if (chosen !== undefined) this.#dial(chosen, view, nowMs)
  }

  /**
   * Lets go of those above {@link MOST_PEERS} who have enough others, in every room that they share with this node. Who says that it has nobody else is a
   * guest beside the others; it takes the place of none that is protected ({@link replaceable}).
   */
  #trim(host: RoomHost): void {
    const peers = this.peersIn(host)
    if (peers.length <= MOST_PEERS) return
    const leaving = replaceable(peers).filter((session) => this.#isSpare(session)).slice(0, peers.length - MOST_PEERS)
    for (const session of leaving) {
      const { peerId } = session
      // Another one that left may be why this one is needed.
      if (this.#engine.sessions.get(peerId) !== session || !this.#isSpare(session)) continue
      this.#rest(peerId)
      this.#engine.network.disconnect(peerId, 'enough others of its rooms are connected')
    }
  }

  #isSpare(session: Session): boolean {
    const { hosts, clock } = this.#engine
    if (elapsedMs(session.sinceMs, clock.nowMs()) < MET_MS) return false
    const rooms = [...hosts.values()].filter((host) => session.isLinked(host))
    return rooms.length > 0 && rooms.every((host) =>
      session.enoughIn.get(host.id) === true && this.peersIn(host).filter((peer) => peer !== session).length >= FEWEST_PEERS)
  }

  #rest(peerId: string): void {
    this.#resting.delete(peerId)
    this.#resting.add(peerId)
    for (const oldest of this.#resting) {
      if (this.#resting.size <= MAX_RESTING) break
      this.#resting.delete(oldest)
    }
    this.#engine.network.rest(peerId)
  }
}

/**
 * Those whose places others may take, who is to go first in front: of hosts of which there are many, and of these who had the place for the longest time,
 * so that newcomers find places too. The others are protected: whoever comes in numbers takes none of these places.
 */
function replaceable(peers: readonly Session[]): Session[] {
  const ofHost = new Map<string, number>()
  for (const { host } of peers) ofHost.set(host, (ofHost.get(host) ?? 0) + 1)
  const oldestFirst = peers.toSorted((left, right) => left.sinceMs - right.sinceMs)
  const own = new Set(oldestFirst.filter(({ outbound }) => outbound).slice(0, OWN_CHOICE))
  const others = oldestFirst.filter((session) => !own.has(session)).slice(PROTECTED - own.size)
  return others.sort((left, right) => ofHost.get(right.host)! - ofHost.get(left.host)! || left.sinceMs - right.sinceMs)
}
