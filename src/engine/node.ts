/** A whole node: its parts put together, and the facade over them. */
import { MAX_LATE_BYTES_PER_DAY } from '../core/record/limits.ts'
import { parseNick } from '../core/text/names.ts'
import { Acquaintance } from './acquaintance.ts'
import { ApiError, REFUSED } from './api.ts'
import type { NodeEvent, NodeStatus } from './api.ts'
import type { ChatNode } from './chat-node.ts'
import type { Components, Engine } from './context.ts'
import { ClockWatch } from './clocks.ts'
import { Copies, keepBinding } from './copies.ts'
import { createConversation } from './conversation.ts'
import { DeliveryTracker } from './delivery.ts'
import { elapsedMs } from './elapsed.ts'
import { emitterTo } from './emitter.ts'
import { startHeartbeat } from './heartbeat.ts'
import { Findable } from './findable.ts'
import { createGovernance } from './governance.ts'
import { Joining } from './joining.ts'
import { faultGuard, guardedClock, guardedHandler } from './guard.ts'
import { keepMembers, seekMembers } from './keep.ts'
import { PartialViews } from './partial-view.ts'
import { PeerBudgets } from './peer-budgets.ts'
import type { Clock, Network, NetworkHandler } from './ports.ts'
import type { Life } from './life.ts'
import { createLobby } from './lobby.ts'
import { membersOf } from './room-views.ts'
import { reachOf } from './reach-view.ts'
import type { RoomHost } from './room-host.ts'
import { Rooms } from './rooms.ts'
import { makeSelf } from './self.ts'
import type { SelfInit } from './self.ts'
import { ServerDesk } from './server-desk.ts'
import { Servers } from './servers.ts'
import type { ServersInit } from './servers.ts'
import { Session } from './session.ts'
import { Shunned } from './shunned.ts'
import { createWriter } from './writer.ts'

/** A goodbye is given this long to go out. */
const GOODBYE_MS = 150
/** Somebody new on a topic has not heard who is here; one announcement serves all who come within this. */
const GREET_AFTER_MS = 400
const GREET_PAUSE_MS = 5_000

const NO_SERVERS: ServersInit = { chosen: [], honourBans: true }

export interface ChatNodeInit extends SelfInit {
  readonly version: string
  /** The servers that the person chose, if any. */
  readonly servers?: ServersInit
  /** Bytes of old messages that a room takes in a day, if not as many as are usual. */
  readonly lateBytesPerDay?: number
}

function boundsOf({ lateBytesPerDay = MAX_LATE_BYTES_PER_DAY }: ChatNodeInit): Pick<Engine, 'lateBytesPerDay'> {
  return { lateBytesPerDay }
}

function countMembers(clock: Clock, host: RoomHost | undefined): number {
  return host === undefined ? 0 : membersOf({ clock }, host).length
}

export function createChatNode(init: ChatNodeInit, components: Components): ChatNode {
  const { network, store, random } = components
  const listeners = new Set<(event: NodeEvent) => void>()
  const self = makeSelf(init, network.peerId, components.clock.nowMs(), store)

  const emit = emitterTo(listeners, components.clock)
  const guard = faultGuard(components.clock, emit)
  const clock = guardedClock(components.clock, guard)
  const writer = createWriter(store, clock, guard.report)
  const hosts: Engine['hosts'] = new Map()
  const audience = (room: string): number => countMembers(clock, hosts.get(room))
  const delivery = new DeliveryTracker({ store, clock, writer, audience, emit })
  const sessions: Engine['sessions'] = new Map()
  const acquaintance = new Acquaintance({ network, random, sessions })
  const clocks = new ClockWatch(clock, emit)
  const copies = new Copies({ self, store, clock, emit, sessions })
  const shunned = new Shunned({ clock, network })
  const life: Life = { ending: false }
  const told = { clock, self, emit, ownAddresses: () => acquaintance.ownAddresses() }
  const servers = new Servers(init.servers ?? NO_SERVERS, { ...components, ...told })
  const budgets = new PeerBudgets()
  const views = new PartialViews({ budgets, life, network, clock, random, sessions, hosts, store, acquaintance }, () => keepMembers(engine))
  const parts = { network, store, clock, random, self, life, writer, budgets, ...boundsOf(init) }
  const engine: Engine = { ...parts, delivery, acquaintance, views, clocks, copies, shunned, servers, hosts, sessions, emit }
  const rooms = new Rooms(engine)
  const findable = new Findable(engine)
  const joining = new Joining(engine, rooms, findable)
  const lobby = createLobby(engine, rooms, joining)
  const conversation = createConversation(engine, rooms)
  const governance = createGovernance(engine, rooms)
  const desk = new ServerDesk({ servers, self, clock, store: components.store, resolve: (room) => rooms.resolve(room) })
  let [stopHeartbeat, ended]: [(() => void)?, Promise<void>?] = []

  return {
    ...lobby, ...conversation, ...governance,

    async start() {
      guard.run(() => keepBinding(store, self.binding), undefined)
      rooms.openAll()
      guard.run(() => { joining.resume() }, undefined)
      await network.start(guardedHandler(handlerOf(engine, joining, findable), guard))
      seekMembers(engine)
      servers.start()
      findable.update()
      if (!life.ending) stopHeartbeat = startHeartbeat(engine, rooms, findable)
    },

    async stop() {
      stopHeartbeat?.()
      servers.end()
      await (ended ??= stop(engine))
    },

    status: () => statusOf(engine, init.version),
    server: (method, params) => desk.call(method, params),
    reach: () => reachOf(engine, statusOf(engine, init.version)),

    connect: async (address) => connectTo(network, address),

    setNick(wanted) {
      const nick = parseNick(wanted)
      if (!nick.ok) throw new ApiError(REFUSED, nick.reason, nick.message)
      self.nick = nick.value
      for (const session of engine.sessions.values()) session.sayHello()
      servers.introduce()
      for (const host of hosts.values()) {
        host.presence.announce('online')
        emit({ method: 'presence', params: { room: host.id, identity: self.identity, nick: nick.value, presence: 'online' } })
      }
      return { nick: nick.value }
    },

    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    }
  }
}

async function connectTo(network: Network, address: string): Promise<{ peerId: string }> {
  try {
    return { peerId: await network.connect(address) }
  } catch (error) {
    const reason = error instanceof Error && 'reason' in error && typeof error.reason === 'string' ? error.reason : 'unreachable'
    throw new ApiError(REFUSED, reason, error instanceof Error ? error.message : String(error))
  }
}

/** Says goodbye, writes what is open, closes. */
async function stop({ life, hosts, sessions, clock, delivery, writer, network, store }: Engine): Promise<void> {
  life.ending = true
  for (const host of hosts.values()) host.presence.announce('offline')
  if (sessions.size > 0) await new Promise<void>((resolve) => clock.after(GOODBYE_MS, resolve))
  delivery.flush()
  for (const host of hosts.values()) host.saveAtLast()
  writer.flush()
  for (const host of hosts.values()) host.close()
  await network.stop()
  // What was still on its way to somebody when the network stopped.
  delivery.flush()
  writer.flush()
  store.close()
}

/** What the network tells, and who it concerns. */
function handlerOf(engine: Engine, joining: Joining, findable: Findable): NetworkHandler {
  const { sessions, hosts, emit } = engine
  engine.servers.onBans = () => {
    sessions.forEach((session) => refuseBanned(engine, session))
    for (const host of hosts.values()) emit({ method: 'timeline', params: { room: host.id } })
  }
  engine.servers.onSession = () => findable.update()
  const byTopic = (topic: string) => [...hosts.values()].find((host) => host.topic === topic)

  function onDisconnected(peerId: string): void {
    const session = sessions.get(peerId)
    if (session === undefined) return
    engine.views.lost(session)
    end(session)
  }

  function end(session: Session): void {
    const { peerId } = session
    sessions.delete(peerId)
    session.end()
    joining.forgetPeer(peerId)
    findable.update()
    emit({ method: 'peer', params: { peerId, event: 'disconnected', path: session.path } })
  }

  return {
    onDisconnected,

    onConnected(peer) {
      const { peerId, path } = peer
      const before = sessions.get(peerId)
      if (before !== undefined) end(before)
      if (engine.shunned.has(peerId)) return engine.network.disconnect(peerId, 'it misbehaved lately')
      const session = new Session(engine, joining, peer)
      sessions.set(peerId, session)
      session.open()
      emit({ method: 'peer', params: { peerId, event: 'connected', path } })
    },

    onMessage(peerId, message) {
      const session = sessions.get(peerId)
      const unknown = session?.identity === undefined
      session?.receive(message)
      if (unknown && session?.identity !== undefined) refuseBanned(engine, session)
    },

    onFrame: (topic, frame, fromPeerId) => byTopic(topic)?.onFrame(frame, fromPeerId) ?? engine.servers.onFrame(topic, frame) ?? 'ignore',

    onServerStream: (stream) => engine.servers.onStream(stream),

    onTopicPeer(topic, _peerId, subscribed) {
      const host = byTopic(topic)
      if (!subscribed || host === undefined || elapsedMs(host.presence.announcedMs, engine.clock.nowMs()) < GREET_PAUSE_MS) return
      host.presence.announcedMs = engine.clock.nowMs()
      engine.clock.after(GREET_AFTER_MS, () => host.presence.announce('online'))
    },

    onNotice(code, text) {
      if (code === 'addresses') {
        findable.again()
        for (const session of sessions.values()) session.sayHello()
        engine.servers.introduce()
      }
      emit({ method: 'notice', params: { code, text } })
    }
  }
}

/** Who a chosen server banned is not talked to. Rooms know nothing of it: their rights are their own. */
function refuseBanned({ network, servers }: Pick<Engine, 'network' | 'servers'>, { peerId, identity = '' }: Session): void {
  const ban = servers.banOf(identity, peerId)
  if (ban !== undefined) network.disconnect(peerId, `a server that was chosen banned it${ban.reason === '' ? '' : `: ${ban.reason}`}`)
}

function statusOf(engine: Engine, version: string): NodeStatus {
  const { self, network, sessions, hosts } = engine
  const elsewhere = engine.copies.elsewhere()
  return {
    version,
    identity: self.identity,
    fingerprint: self.fingerprint,
    nick: self.nick,
    peerId: network.peerId,
    addresses: network.addresses(),
    peers: network.peers().map((peer) => {
      const session = sessions.get(peer.peerId)
      return {
        peerId: peer.peerId,
        address: peer.address,
        path: peer.path,
        ...(peer.limited === true ? { limited: true } : {}),
        ...(session?.identity === undefined ? {} : { identity: session.identity, nick: session.nick })
      }
    }),
    rooms: hosts.size,
    servers: engine.servers.inUse,
    nat: network.nat(),
    ...(elsewhere === undefined ? {} : { elsewhere })
  }
}
