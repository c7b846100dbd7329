/** Every time span of the network, in one place so that tests can shorten them. Milliseconds. */
export interface NetworkTiming {
  /** How long the LAN is given to answer the first mDNS query; answers come within some 100 ms. */
  readonly lanAnswerMs: number
  /** mDNS queries after start: soon and often at first, so that two people who start in the same second meet at once. */
  readonly firstQueriesMs: readonly number[]
  readonly queryIntervalMs: number
  /** A connection is pinged this often, and cut after so many pings in a row without an answer: one lost ping is nothing. */
  readonly pingIntervalMs: number
  readonly pingTimeoutMs: number
  readonly pingStrikes: number
  /** A redial: the first wait, doubled with each failure up to the longest. */
  readonly redialFirstMs: number
  readonly redialMaxMs: number
  /** One dial over all addresses, one address of it, and opening a socket there. */
  readonly dialTimeoutMs: number
  readonly addressDialTimeoutMs: number
  readonly connectTimeoutMs: number
  /** Negotiating one protocol on one stream. */
  readonly negotiateTimeoutMs: number
  /** A member stream that does not move a byte for so long, with bytes waiting, is one of a peer that does not read. */
  readonly stalledMs: number
  /** Two processes with one key (a copied home) have the session with this node in turn, so long each. More than half of what a session must last. */
  readonly turnMs: number
  /** How often the machine's own addresses are looked at: a laptop wakes, a cable is plugged in. */
  readonly interfacePollMs: number
  /** Heartbeat of gossipsub. */
  readonly heartbeatMs: number
}

export const DEFAULT_TIMING: NetworkTiming = {
  lanAnswerMs: 1000,
  firstQueriesMs: [300, 1000, 3000],
  queryIntervalMs: 10_000,
  pingIntervalMs: 8000,
  pingTimeoutMs: 4000,
  pingStrikes: 3,
  redialFirstMs: 1000,
  redialMaxMs: 60_000,
  dialTimeoutMs: 10_000,
  addressDialTimeoutMs: 6000,
  connectTimeoutMs: 3000,
  negotiateTimeoutMs: 5000,
  stalledMs: 30_000,
  turnMs: 6000,
  interfacePollMs: 2000,
  heartbeatMs: 1000
}
