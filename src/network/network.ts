/** The Network port over libp2p. */
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import type { Connection, Libp2p, PrivateKey } from '@libp2p/interface'
import type { ConnectedPeer, Nat, Network, NetworkHandler, OpenConnection, ReachReport } from '../engine/ports.ts'
import { hostNameOf, isPeerId, parseDialAddress, parseListenAddress, peerIdOf } from './addresses.ts'
import { watchCrowd } from './crowd-control.ts'
import { DialBudget } from './dial-budget.ts'
import { LanDiscovery } from './discovery/lan.ts'
import { lanAddresses } from './discovery/lan-addresses.ts'
import { watchInterfaces, type Change, type Surroundings } from './discovery/interfaces.ts'
import { Gossip } from './gossip/gossip.ts'
import { guardHandler } from './guarded-handler.ts'
import { DEFAULT_LISTEN, type NetworkInit, type NetworkLog } from './init.ts'
import { KeepTags } from './keep-tags.ts'
import { createNode, nodeKey } from './libp2p.ts'
import { HostNames } from './names/host-names.ts'
import { Liveness } from './liveness.ts'
import { dialError, NetworkError, startError } from './network-error.ts'
import { OwnAddresses } from './own-addresses.ts'
import { MemberStreams } from './protocols/member-stream.ts'
import { ServerStreams } from './protocols/server-stream.ts'
import type { ServerStreamEvents } from './protocols/server-stream.ts'
import { Reach } from './reach.ts'
import { Redialer } from './redial.ts'
import { RedialLoop } from './redial-loop.ts'
import { tellerOf, toldOf } from './told-addresses.ts'
import { TurnedAway } from './turned-away.ts'
import { connectionsOf, undecided, type Running } from './running.ts'
import { steadyMs } from './steady-clock.ts'
import { DEFAULT_TIMING, type NetworkTiming } from './timing.ts'
import { InboundGate } from './transport/inbound-gate.ts'
import { TransportViolation } from './transport/violation.ts'

/** What stopping gives to queued messages, and then to everything. */
const LAST_WORDS_MS = 300
const STOP_MS = 1500

/** @throws {NetworkError} for an address that cannot be listened on or dialled. */
export function createNetwork(init: NetworkInit, components: { random?: () => number; surroundings?: Surroundings } = {}): LibNetwork {
  return new LibNetwork(init, components.random ?? Math.random, components.surroundings)
}

class LibNetwork implements Network {
  readonly peerId: string
  readonly #init: NetworkInit
  readonly #surroundings: Surroundings | undefined
  readonly #timing: NetworkTiming
  readonly #privateKey: PrivateKey
  readonly #listen: readonly string[]
  readonly #redialer: Redialer
  readonly #gossip: Gossip
  readonly #lan: LanDiscovery | undefined
  readonly #reach: Reach
  readonly #names: HostNames
  readonly #servers: ServerStreams
  #handler: NetworkHandler | undefined
  #running: Running | undefined
  #startedMs = 0
  readonly #tags = new KeepTags()
  readonly #dialBudget: DialBudget
  readonly #turnedAway: TurnedAway
  readonly #gate = new InboundGate()
  /** Addresses of `--peer` of which it was not told yet that they do not answer. */
  readonly #named: Set<string>

  readonly useServers = (peerIds: readonly string[]): void => this.#servers.use(peerIds)
  readonly peerAt = (address: string): string | undefined => this.#redialer.peerAt(address)
  readonly isVouched = (peerId: string): boolean => this.#redialer.isVouched(peerId)
  readonly provide = (keys: readonly string[]): void => this.#reach.provide(keys)
  readonly seek = (key: string): void => this.#reach.seek(key)
  readonly subscribe = (topic: string): void => this.#gossip.subscribe(topic)
  readonly unsubscribe = (topic: string): void => this.#gossip.unsubscribe(topic)
  readonly publish: Network['publish'] = (topic, frame, onReached) => this.#gossip.publish(topic, frame, onReached)
  readonly hand: Network['hand'] = (topic, frame, peerIds) => this.#gossip.hand(topic, frame, peerIds)
  readonly spare = (topic: string, peerIds: readonly string[]): number => this.#gossip.spare(topic, peerIds)
  /** For tests: the gossip score of a peer, which below 0 is out of the mesh; the peers to which frames of a topic are forwarded. */
  readonly score = (peerId: string): number => this.#gossip.score(peerId)
  readonly mesh = (topic: string): string[] => this.#gossip.mesh(topic)
  readonly esteem: Network['esteem'] = (peerId, worth) => this.#running?.crowd.esteem(peerId, worth)
  readonly nat = (): Nat => this.#reach.verdict()
  readonly send: Network['send'] = (peerId, message) => this.#running?.members.send(peerId, message) ?? false
  readonly backlog = (peerId: string): number => this.#running?.members.backlogBytes(peerId) ?? 0
  readonly onDrained: Network['onDrained'] = (peerId, run) =>
    this.#running === undefined ? queueMicrotask(run) : this.#running.members.onDrained(peerId, run)
  readonly refused = (peerId: string): void => this.#turnedAway.refused(peerId, steadyMs())
  readonly rest = (peerId: string): void => this.#redialer.rest(peerId, steadyMs())
  readonly tryAgain: Network['tryAgain'] = (peerIds) => {
    for (const peerId of peerIds) this.#turnedAway.forgive(peerId)
    this.#redialer.tryAgain(steadyMs(), peerIds)
    this.#running?.loop.wake()
  }
  readonly connections = (): OpenConnection[] => this.#servers.connections()
  readonly addresses = (): string[] => (this.#running?.libp2p.getMultiaddrs() ?? []).map((address) => address.toString())
  readonly peers = (): ConnectedPeer[] => this.#running?.members.peers() ?? []

  constructor(init: NetworkInit, random: () => number, surroundings?: Surroundings) {
    this.#init = init
    this.#surroundings = surroundings
    this.#timing = { ...DEFAULT_TIMING, ...init.timing }
    this.#privateKey = nodeKey(init.nodeSeed)
    this.peerId = peerIdFromPrivateKey(this.#privateKey).toString()
    this.#listen = (init.listen ?? DEFAULT_LISTEN).map((text) => parseListenAddress(text).toString())
    const { redialFirstMs: firstMs, redialMaxMs: maxMs } = this.#timing
    this.#redialer = new Redialer({ selfId: this.peerId, firstMs, maxMs, random })
    this.#turnedAway = new TurnedAway({ firstMs, random })
    this.#named = new Set((init.peers ?? []).map((text) => parseDialAddress(text, this.peerId).toString()))
    const chosen = [...init.peers ?? [], ...init.bootstrap ?? []].map((text) => parseDialAddress(text, this.peerId))
    this.#dialBudget = new DialBudget(chosen)
    this.#names = new HostNames({ selfId: this.peerId, chosen, onChosen: (address) => this.#dialBudget.named(address), random })
    for (const address of chosen) this.#redialer.configure(address.toString(), peerIdOf(address), steadyMs())
    this.#gossip = new Gossip({
      onFrame: (topic, frame, from) => this.#handler?.onFrame(topic, frame, from) ?? 'ignore',
      onTopicPeer: (topic, peerId, subscribed) => this.#handler?.onTopicPeer(topic, peerId, subscribed),
      onBroken: (peerId, why) => this.disconnect(peerId, why),
      onlyForwards: (peerId) => this.#running?.members.isMute(peerId) === true
    }, this.#timing.heartbeatMs, init.serve !== undefined)
    this.#reach = new Reach(init, {
      onFound: (peerId, addresses) => void this.#running?.loop.found(peerId, addresses, 'stranger'),
      peerAt: this.peerAt,
      mayDial: (peerId, dialling) => this.#running?.crowd.hasRoom(dialling) !== false && !this.#redialer.isReleased(peerId, steadyMs()),
      log: (text) => this.#log('debug', text)
    }, random)
    const onStream: ServerStreamEvents['onStream'] = (stream) => {
      this.#turnedAway.talks(stream.peerId)
      return this.#handler?.onServerStream?.(stream)
    }
    this.#servers = new ServerStreams({ onStream, onViolation: (peerId, why) => this.disconnect(peerId, why) }, this.#timing)
    if (init.mdns !== true) return
    this.#lan = new LanDiscovery({
      onPeer: (info) => {
        this.#redialer.seen(info.id.toString(), lanAddresses(info.multiaddrs), steadyMs())
        this.#running?.loop.wake()
      },
      onNoMulticast: (text) => this.#handler?.onNotice('no-multicast', text),
      log: (text) => this.#log('debug', text)
    }, this.#timing)
  }

  async start(handler: NetworkHandler): Promise<void> {
    if (this.#running !== undefined) throw new NetworkError('stopped', 'The network runs already.')
    const libp2p = await createNode({
      privateKey: this.#privateKey,
      listen: this.#listen,
      agentVersion: this.#init.agentVersion ?? 'p2pchat',
      datastore: this.#init.datastore,
      timing: this.#timing,
      gossip: this.#gossip.service,
      lan: this.#lan?.service,
      reach: this.#reach,
      names: this.#names,
      serve: this.#init.serve,
      dialBudget: this.#dialBudget,
      isLeftAlone: (peerId) => this.#turnedAway.waits(peerId, steadyMs()),
      refuses: (address) => this.#running?.crowd.refuses(address) ?? false,
      gate: this.#gate
    })
    const members = new MemberStreams(libp2p, {
      onConnected: (peer) => {
        this.#turnedAway.talks(peer.peerId)
        this.#redialer.met(peer.peerId)
        this.#handler?.onConnected(peer)
      },
      onDisconnected: (peerId) => this.#handler?.onDisconnected(peerId),
      onMessage: (peerId, message) => this.#handler?.onMessage(peerId, message),
      onViolation: (peerId, why) => this.disconnect(peerId, why)
    }, this.#timing)
    const debug = (text: string): void => this.#log('debug', text)
    const liveness = new Liveness(libp2p, this.#timing, debug, (peerId) => this.#servers.has(peerId))
    const loop = new RedialLoop(this.#redialer, libp2p, this.#names, this.#timing, {
      log: debug,
      onFailed: (address, { reason, message }) => this.#onFailed(address, reason === 'self' ? message : `${message} It is tried again.`)
    })
    const crowd = watchCrowd(libp2p, this.#init.serve, { redialer: this.#redialer, servers: this.#servers, reach: this.#reach })
    this.#handler = guardHandler(handler, (text) => this.#log('error', text))
    if (this.#init.serve === undefined) await members.register() // a server is a member of nothing
    await this.#servers.register(libp2p, this.#init.serve !== undefined)
    this.#reach.attach(libp2p)
    this.#listenTo(libp2p, loop)
    try {
      await libp2p.start()
    } catch (error) {
      this.#handler = undefined
      await Promise.all([members.stop(0), this.#servers.stop()])
      throw startError(error)
    }
    this.#startedMs = steadyMs()
    const unwatch = watchInterfaces(this.#timing.interfacePollMs, (change) => this.#onInterfaces(change), this.#surroundings)
    this.#running = { libp2p, members, liveness, loop, crowd, own: new OwnAddresses(libp2p, debug), unwatch }
    this.#running.own.watch((addresses) => this.#onAddresses(addresses))
    void this.#tags.write(libp2p.peerStore)
    this.#gossip.start()
    this.#reach.start()
    liveness.start()
    void this.#lan?.begin('first')
    loop.wake()
  }

  async stop(): Promise<void> {
    const running = this.#running
    if (running === undefined) return
    this.#running = undefined
    this.#handler = undefined
    running.loop.stop()
    running.crowd.stop()
    this.#gate.stop()
    running.unwatch()
    running.liveness.stop()
    const reachEnded = this.#reach.stop()
    this.#lan?.stop()
    this.#gossip.stop()
    await Promise.all([running.members.stop(LAST_WORDS_MS), this.#servers.stop()])
    const late = setTimeout(() => running.libp2p.getConnections().forEach((connection) => connection.abort(new Error('stopping'))), STOP_MS)
    await Promise.all([running.libp2p.stop(), reachEnded])
    clearTimeout(late)
  }

  searching(): boolean {
    const running = this.#running
    if (running === undefined) return false
    if (this.#redialer.searching(running.loop.crowded) || this.#reach.searching) return true
    if (this.#lan !== undefined && !this.#lan.failed && steadyMs() - this.#startedMs < this.#timing.lanAnswerMs) return true
    return undecided(running)
  }

  async connect(address: string): Promise<string> {
    const target = parseDialAddress(address, this.peerId)
    const running = this.#running
    if (running === undefined) throw new NetworkError('stopped', `${address} cannot be dialled: the network is not running.`)
    this.#turnedAway.forgive(peerIdOf(target) ?? '')
    try {
      const signal = AbortSignal.timeout(this.#timing.dialTimeoutMs)
      const connection = await running.libp2p.dial(target, { signal })
      const peerId = connection.remotePeer.toString()
      this.#redialer.named(peerId, steadyMs())
      // libp2p remembers the number that was dialled; the name may lead elsewhere next time.
      if (hostNameOf(target) !== undefined) await running.libp2p.peerStore.merge(connection.remotePeer, { multiaddrs: [target] })
      return peerId
    } catch (error) {
      throw dialError(address, error, this.#names.problemOf(target.toString()))
    }
  }

  disconnect(peerId: string, why: string): void {
    const running = this.#running
    if (running === undefined) return
    this.#log('info', `disconnecting ${peerId}: ${why}`)
    this.#redialer.shun(peerId, steadyMs())
    running.members.drop(peerId)
    for (const one of running.libp2p.getConnections()) if (one.remotePeer.toString() === peerId) one.abort(new Error(why))
  }

  keep(peerIds: readonly string[]): void {
    const kept = new Set(peerIds.filter((peerId) => peerId !== this.peerId && isPeerId(peerId)))
    this.#redialer.keep([...kept], steadyMs())
    void this.#tags.set(kept, this.#running?.libp2p.peerStore)
    this.#running?.loop.wake()
  }

  dialAlso(addresses: readonly string[]): void {
    this.#redialer.also(addresses, steadyMs())
    this.#running?.loop.wake()
  }

  hint(peerId: string, addresses: readonly string[], teller?: string): boolean {
    const kind = teller === undefined ? 'memory' : 'friend'
    const usable = toldOf(peerId, addresses, tellerOf(teller, kind, connectionsOf(this.#running)))
    return this.#running?.loop.found(peerId, usable, 'friend') ?? false
  }

  reach(): ReachReport {
    const mdns = this.#lan === undefined ? 'off' : this.#lan.failed ? 'no-multicast' : 'on'
    const isConnected = (address: string, peerId?: string): boolean => this.#redialer.isConnected(address, peerId)
    const report = this.#reach.report(mdns, steadyMs() - this.#startedMs, isConnected, (address) => this.#running?.loop.problemOf(address))
    const missed = this.#lan?.missed ?? []
    return missed.length === 0 ? report : { ...report, mdnsMissed: missed }
  }

  /** While it runs, for tests that break what it holds. */
  get libp2p(): Libp2p | undefined { return this.#running?.libp2p }

  #listenTo(libp2p: Libp2p, loop: RedialLoop): void {
    const told = [this.#turnedAway, this.#redialer]
    libp2p.addEventListener('peer:connect', ({ detail }) => told.forEach((one) => one.connected(detail.toString(), steadyMs())))
    libp2p.addEventListener('connection:open', ({ detail }) => {
      detail.addEventListener('close', ({ error }) => {
        if (error instanceof TransportViolation) this.#onViolation(detail, error)
      })
    })
    let cut: Connection | undefined
    libp2p.addEventListener('connection:close', ({ detail }) => void (cut = detail))
    libp2p.addEventListener('peer:disconnect', ({ detail: peerId }) => {
      this.#turnedAway.disconnected(peerId.toString(), steadyMs())
      this.#redialer.disconnected(peerId.toString(), steadyMs(), cut?.remotePeer.equals(peerId) === true && cut.limits !== undefined)
      loop.wake()
    })
  }

  /** A peer of the configuration is told of once: that it is named is all that some people do to find others. */
  #onFailed(address: string, text: string): void {
    if (this.#named.delete(address)) this.#handler?.onNotice('peer-unreached', text)
  }

  /** Bounds below every protocol: its connection is ended already. */
  #onViolation({ remotePeer, remoteAddr }: Connection, { message }: TransportViolation): void {
    this.#log('info', `${remotePeer.toString()} at ${remoteAddr.toString()} was cut: ${message}`)
    this.#redialer.shun(remotePeer.toString(), steadyMs())
  }

  #onAddresses(addresses: readonly string[]): void {
    if (this.#running === undefined) return
    this.#reach.addressesChanged()
    this.#handler?.onNotice('addresses', `This node is now reached at ${addresses.length === 0 ? 'no address' : addresses.join(' ')}.`)
  }

  /** A cable was plugged in, a laptop woke up: everything is worth another try, and every connection a ping. */
  #onInterfaces({ slept, moved, online }: Change): void {
    this.#log('info', slept ? 'this machine slept' : 'the network interfaces changed')
    this.#redialer.tryAgain(steadyMs())
    this.#reach.networkChanged()
    if (moved) this.#running?.own.renew()
    this.#lan?.begin(moved ? 'anew' : 'again').catch((error: unknown) => this.#log('warn', String(error)))
    // Without a network nothing answers, and connections outlive a short time without.
    this.#running?.liveness.check(online ? 'now' : 'patiently')
    this.#running?.loop.wake()
  }

  #log(level: Parameters<NetworkLog>[0], text: string): void {
    this.#init.logger?.(level, text)
  }
}
