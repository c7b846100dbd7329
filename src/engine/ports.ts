/**
 * What a node needs from the world. The real ones are in network/ and store/; the simulator in test/sim has virtual ones.
 * Everything the engine does to the outside goes through here.
 */

// --- clock and randomness --------------------------------------------------------------------------------------

export interface Clock {
  /** Wall clock, milliseconds since the epoch. May jump. */
  nowMs(): number
  /** Calls `run` once after `delayMs`. The timer does not keep the process alive. Returns a function that cancels. */
  after(delayMs: number, run: () => void): () => void
  /** Calls `run` once, as soon as what is under way has ended (setImmediate): where a batch is closed. */
  soon(run: () => void): void
}

export interface Random {
  bytes(count: number): Uint8Array
}

/** How a peer is reached: on the same link, over the internet, or through a relay. */
export type Path = 'lan' | 'direct' | 'relay'

// --- network ---------------------------------------------------------------------------------------------------

/** Whether strangers on the internet can dial this node. */
export type Nat = 'unknown' | 'public' | 'private'

/** What reaches this node and how, for status and for `p2pchat doctor`. */
export interface ReachReport {
  /** Since the network was started. */
  readonly uptimeMs: number
  readonly nat: Nat
  /** What the node listens on, and what it tells others, which is after a while what was found to work. */
  readonly listening: readonly string[]
  readonly announced: readonly string[]
  readonly mdns: 'on' | 'off' | 'no-multicast'
  /** Servers of the configuration: reached at present or not. */
  readonly bootstrap: readonly { readonly address: string; readonly connected: boolean }[]
  readonly dht: { readonly mode: 'off' | 'client' | 'server'; /** Nodes of the DHT that are known to answer. */ readonly peers: number }
  /** Relays that hold a place for this node: others reach it through them. */
  readonly relays: readonly string[]
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
  /** Peers that should be kept connected and redialled first (room members). Replaces the earlier set. */
  keep(peerIds: readonly string[]): void
  /**
   * This node can be found under these keys (hashes, hex): told to the DHT, and again while it runs, and to those who come later. Replaces the earlier
   * set. Nothing happens without a DHT.
   */
  provide(keys: readonly string[]): void
  /** Looks on the DHT for who can be found under a key, and dials some of them. They are hints: whoever answers proves its PeerId and nothing else. */
  seek(key: string): void
  /** Somebody says that a peer is at these addresses, all of which name it: dialled once or twice, the likeliest first. */
  hint(peerId: string, addresses: readonly string[]): void
  nat(): Nat
  reach(): ReachReport
  /** Peers that are servers to this node: while one is connected, a server stream to it is held open. Replaces the earlier set. */
  useServers(peerIds: readonly string[]): void
  /** Addresses, each with its /p2p/PEERID, that are dialled and redialled for ever, beside those of the configuration. Replaces the earlier set. */
  dialAlso(addresses: readonly string[]): void
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

// --- what a server, or a node that uses some, remembers -----------------------------------------------------------
/** One value that is replaced as a whole: afterwards the old or the new one is there, also through a power cut. */
export interface Notebook {
  /** Undefined when nothing was written yet. @throws {StoreError} */
  read(): Uint8Array | undefined
  /** @throws {StoreError} when the disk is full, read-only or broken; then the old value is still there. */
  replace(bytes: Uint8Array): void
}

// --- store -----------------------------------------------------------------------------------------------------
/** The two graphs of a room. */
export type Graph = 'message' | 'authority'

/** A record as the store keeps it: the wire bytes verbatim, and what it is found by. */
export interface StoredRecord {
  readonly id: string
  readonly room: string
  readonly graph: Graph
  readonly kind: number
  readonly author: string
  /** Microseconds, the author's clock. */
  readonly timeUs: number
  readonly prev: string | null
  readonly bytes: Uint8Array
  /** False when only a later record of its author vouches for it and its own signature was not checked. */
  readonly verified: boolean
}

export interface StoredRoom {
  readonly id: string
  readonly name: string
  /** Case-folded name, by which rooms are looked up. */
  readonly key: string
  readonly access: string
  readonly joined: boolean
  readonly provisional: boolean
  /** When this node last joined or learnt of it, ms. */
  readonly sinceMs: number
  /** Messages up to this time (µs) were read. */
  readonly readUs: number
  /** The room machine's own state (heads, gaps), opaque here. */
  readonly state: Uint8Array
}

export interface StoredEpoch {
  readonly room: string
  readonly id: string
  readonly key: Uint8Array
  /** Authority heads under which it was made. */
  readonly heads: readonly string[]
  readonly createdMs: number
}

/** Delivery of an own message that is stored: who said that they hold it. */
export interface StoredDelivery {
  readonly id: string
  readonly room: string
  readonly state: 'queued' | 'sent' | 'held'
  readonly holders: readonly string[]
}

export interface StoredMember {
  readonly room: string
  readonly identity: string
  readonly nick: string
  readonly lastSeenMs: number
}

/** A node that was met: its binding, and the rooms shared are in `members`. */
export interface StoredPeer {
  readonly peerId: string
  readonly identity: string
  readonly binding: Uint8Array
  readonly addresses: readonly string[]
  readonly lastSeenMs: number
}

export type StoreOp =
  | { readonly op: 'record'; readonly record: StoredRecord }
  | { readonly op: 'room'; readonly room: StoredRoom }
  | { readonly op: 'forget-room'; readonly room: string }
  | { readonly op: 'epoch'; readonly epoch: StoredEpoch }
  | { readonly op: 'delivery'; readonly delivery: StoredDelivery }
  | { readonly op: 'member'; readonly member: StoredMember }
  | { readonly op: 'peer'; readonly peer: StoredPeer }

/**
 * `full`: on the disk before the call returns, also through a power cut. `normal`: survives the end of the process at
 * any point, and is on the disk soon.
 */
export type Durability = 'full' | 'normal'

/** Where a timeline page ends: strictly before this place in the order (time, id). */
export interface TimelinePlace {
  readonly timeUs: number
  readonly id: string
}

/** Synchronous. Reads see every earlier write. */
export interface Store {
  /**
   * Applies all operations or none, in order. Records that are there already stay as they are; other operations replace.
   * `forget-room` removes the room and all that belongs to it.
   * @throws {StoreError} when the disk is full, read-only or broken; then nothing was written.
   */
  write(ops: readonly StoreOp[], durability: Durability): void
  has(room: string, id: string): boolean
  get(room: string, id: string): StoredRecord | undefined
  /** The record wherever it is. */
  find(id: string): StoredRecord | undefined
  /** True when a stored record of the same author names this id as its `prev`. */
  vouched(room: string, id: string, author: string): boolean
  /** The last `limit` records of the message graph before `before` (or at the end), of the given kinds, oldest first by (time, id). */
  timeline(room: string, kinds: readonly number[], limit: number, before?: TimelinePlace): StoredRecord[]
  /** How many records of these kinds by other authors than `notBy` are later than `sinceUs`. */
  count(room: string, kinds: readonly number[], sinceUs: number, notBy: string): number
  /** Every (time, id) of a graph, sorted by (time, id); ids as 32 bytes. For building a reconciliation set. */
  items(room: string, graph: Graph): Iterable<{ readonly timeUs: number; readonly id: Uint8Array }>
  /** All records of the authority graph, sorted by (time, id). */
  authority(room: string): StoredRecord[]
  /** The newest record of this author in the room that this node wrote or has, by (time, id). */
  newestBy(room: string, author: string): StoredRecord | undefined
  /** Records of the message graph by this author from one time to another, µs, the second excluded; sorted by (time, id). */
  messagesBy(room: string, author: string, fromUs: number, toUs: number): StoredRecord[]
  rooms(): StoredRoom[]
  epochs(room: string): StoredEpoch[]
  /** Sorted by id. */
  deliveries(room: string, state?: 'queued' | 'sent' | 'held'): StoredDelivery[]
  delivery(id: string): StoredDelivery | undefined
  members(room: string): StoredMember[]
  peer(peerId: string): StoredPeer | undefined
  peersOf(identity: string): StoredPeer[]
  close(): void
}

export type StoreFault = 'disk-full' | 'read-only' | 'newer' | 'corrupt' | 'busy' | 'io'

/** I/O failed. `message` is a sentence for a person that says which file and the way out. */
export class StoreError extends Error {
  readonly fault: StoreFault

  constructor(fault: StoreFault, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'StoreError'
    this.fault = fault
  }
}
