/** What a node needs of the network, and what the network tells it. */

/** How a peer is reached: on the same link, over the internet, or through a relay. */
export type Path = 'lan' | 'direct' | 'relay'

/** Whether strangers on the internet can dial this node. */
export type Nat = 'unknown' | 'public' | 'private'

/**
 * Why an address was not reached. `no-name`: its host name does not exist; `no-resolver`: nobody could be asked for it; `no-address`: it leads to nothing that
 * this node can dial.
 */
export type DialProblem = 'no-name' | 'no-resolver' | 'no-address' | 'refused' | 'unreachable' | 'timeout' | 'wrong-peer' | 'self'

/** An address of the configuration: reached at present or not, and why the last try failed. */
export interface NamedAddress {
  readonly address: string
  readonly connected: boolean
  readonly problem?: DialProblem
}

/** What reaches this node and how, for status and for `p2pchat doctor`. */
export interface ReachReport {
  /** Since the network was started. */
  readonly uptimeMs: number
  readonly nat: Nat
  /** What the node listens on, and what it tells others, which is after a while what was found to work. */
  readonly listening: readonly string[]
  readonly announced: readonly string[]
  readonly mdns: 'on' | 'off' | 'no-multicast'
  /** Names of network interfaces on which others are not found by mDNS, because the system allows no more. */
  readonly mdnsMissed?: readonly string[]
  /** Servers of the configuration (`--bootstrap`), and peers of it (`--peer`). */
  readonly bootstrap: readonly NamedAddress[]
  readonly named: readonly NamedAddress[]
  readonly dht: { readonly mode: 'off' | 'client' | 'server'; /** Nodes of the DHT that are known to answer. */ readonly peers: number }
  /** Relays that hold a place for this node: others reach it through them. */
  readonly relays: readonly string[]
  /** How many of these are no servers of p2pchat: mostly such a relay carries little at a time and then cuts the connection. */
  readonly strangeRelays: number
  /** The ports that the router was asked to open, and did. */
  readonly mapped: readonly string[]
  /** Relayed connections that became direct ones, and tries that failed, since the start. */
  readonly holePunching: { readonly succeeded: number; readonly failed: number }
}

/** What became of a gossip frame; `reject` costs its sender score, `ignore` does not. Neither is forwarded. */
export type Verdict = 'accept' | 'ignore' | 'reject'

export interface ConnectedPeer {
  readonly peerId: string
  readonly address: string
  readonly path: Path
  /** By a relay of strangers, which carries little at a time and then cuts the connection: to be sent in small pieces, and it is made again. */
  readonly limited?: true
  /** Whose address it is: a number, of IPv6 the /64, of a relayed connection the relay's. Absent where that is not known. */
  readonly host?: string
  /** This node dialled it. */
  readonly outbound?: true
}

/** What the network calls. All calls are synchronous and must not throw. */
export interface NetworkHandler {
  /** The first connection to this peer is up and its member stream can be written. */
  onConnected(peer: ConnectedPeer): void
  /** The last connection to this peer is gone. */
  onDisconnected(peerId: string): void
  /** One whole message from a peer's member stream. */
  onMessage(peerId: string, message: Uint8Array): void
  /** A gossip frame, once; the verdict decides whether it is forwarded. */
  onFrame(topic: string, frame: Uint8Array, fromPeerId: string): Verdict
  /** Another peer subscribed to (or left) a topic that we are subscribed to: frames reach it from now on (or no more). */
  onTopicPeer(topic: string, peerId: string, subscribed: boolean): void
  /** The set of addresses we listen on changed, or something a person should know (no multicast route, port in use). */
  onNotice(code: string, text: string): void
  /** A server stream is open: to a server that was asked for by {@link Network.useServers}, or, on a server, from a node. */
  onServerStream?(stream: ServerStream): ServerStreamHandler
}

export interface OpenConnection {
  readonly peerId: string
  readonly sinceMs: number
}

/** A stream between a node and a server, authenticated by both PeerIds. Whole messages, in order. */
export interface ServerStream {
  readonly peerId: string
  readonly address: string
  /** Whose address it is: a number, of IPv6 the /64, of a relayed connection the relay's; empty where that is not known. */
  readonly host: string
  readonly path: Path
  /** True at the node, which opened it; false at the server. */
  readonly asks: boolean
  /** False when it is over, or too much waits to be read there: the message was dropped. */
  send(message: Uint8Array): boolean
  /** Ends it after what was sent has gone out. */
  close(): Promise<void>
}

export interface ServerStreamHandler {
  onMessage(message: Uint8Array): void
  /** Called once. */
  onEnd(why: string): void
}

export interface Network {
  readonly peerId: string
  start(handler: NetworkHandler): Promise<void>
  stop(): Promise<void>
  /** Multiaddrs under which others may reach us, each with /p2p/PEERID. */
  addresses(): string[]
  peers(): ConnectedPeer[]
  /**
   * True while peers that were asked for (by `--peer`, or remembered, or freshly seen on the LAN) are still being dialled, or the LAN was not yet
   * given the time to answer, or a {@link Network.seek} is under way. Joining by name waits for this, within a bound, before it creates a room.
   */
  searching(): boolean
  /** Dials a multiaddr. Rejects with an Error whose message is a sentence. */
  connect(address: string): Promise<string>
  disconnect(peerId: string, why: string): void
  /** A peer said that it does not want this node: nothing dials it for a while, longer each time, but for {@link Network.connect}. */
  refused(peerId: string): void
  /**
   * Enough others are connected: once the connection with this peer has ended, nothing dials it for some minutes, also if the configuration names it, but
   * for {@link Network.connect} and {@link Network.tryAgain}. It may dial this node.
   */
  rest(peerId: string): void
  /** These peers may be wanted again, or want this node again, whatever they said: those that are to be dialled are dialled soon. */
  tryAgain(peerIds: readonly string[]): void
  /** Peers that should be kept connected and redialled first (room members). Replaces the earlier set. */
  keep(peerIds: readonly string[]): void
  /**
   * A connected peer says that it is in a room of ours; or has proved it, in that the room became complete with it; or gave something that was said there. When
   * there are many connections, those go first of whom none of this is known, then those who only say so, and so on. Forgotten when it goes.
   */
  esteem(peerId: string, worth: 'member' | 'proven' | 'giver'): void
  /**
   * This node can be found under these keys (hashes, hex): told to the DHT, and again while it runs, and to those who come later. Replaces the earlier
   * set. Nothing happens without a DHT.
   */
  provide(keys: readonly string[]): void
  /** Looks on the DHT for who can be found under a key, and dials some of them. They are hints: whoever answers proves its PeerId and nothing else. */
  seek(key: string): void
  /**
   * Somebody says that a peer is at these addresses, each with its /p2p/PEERID. Those that are worth a dial are tried once or twice, in this order; the
   * network judges that. `teller`: who says so, a member of a room of ours or a server that was chosen; nobody if this node wrote it down when they met.
   * False if none is worth a dial.
   */
  hint(peerId: string, addresses: readonly string[], teller?: string): boolean
  nat(): Nat
  reach(): ReachReport
  /** Peers that are servers to this node: while one is connected, a server stream to it is held open. Replaces the earlier set. */
  useServers(peerIds: readonly string[]): void
  /** Addresses, each with its /p2p/PEERID, that are dialled and redialled for ever, beside those of the configuration. Replaces the earlier set. */
  dialAlso(addresses: readonly string[]): void
  /** Whether more than strangers' word led to a peer: the person, the local network, or a room that it is in. */
  isVouched(peerId: string): boolean
  /** The connected peer to which an address of the configuration led, which may not have said who is there. */
  peerAt(address: string): string | undefined
  /** Every connection, also of peers that say nothing. */
  connections(): OpenConnection[]
  subscribe(topic: string): void
  unsubscribe(topic: string): void
  /**
   * Gossips a frame. `onReached` is called with the number of peers that it was handed to (0: nobody).
   * Never throws, never calls back synchronously.
   */
  publish(topic: string, frame: Uint8Array, onReached: (peers: number) => void): void
  /** Gives a frame to these peers of a topic besides, who may have said that they hear of it by others. */
  hand(topic: string, frame: Uint8Array, peerIds: readonly string[]): void
  /**
   * Members who need not send this node the frames of a topic as long as the server that relays between them and this node forwards them too. Replaces the
   * earlier set. Returns how many of them do not, at present.
   */
  spare(topic: string, peerIds: readonly string[]): number
  /**
   * Queues one message on the peer's member stream, in order, bounded. Returns false when the peer is not connected or
   * its queue is full (a peer that does not read): the message is dropped, and the session ends with the connection.
   */
  send(peerId: string, message: Uint8Array): boolean
  /** Bytes queued for a peer and not yet handed to the stream: bulk senders wait until this is low. */
  backlog(peerId: string): number
  /** Calls `run` once, when the backlog of the peer is low again, or the peer is gone. Never synchronously. */
  onDrained(peerId: string, run: () => void): void
}
