/** One of those whom the redialer wants to be connected with, and what follows from what is known of it. */

/** Targets that are remembered. Configured and kept ones always are; the rest is dropped, most failures first. */
export const MAX_TARGETS = 512

/**
 * For so many failures in a row, some five minutes, the wait stays this short for peers that are configured or were there a
 * moment ago: most outages end by then, and a person is waiting. It lets a link that heals, without either side being told,
 * carry frames within 20 s.
 */
const PATIENT_TRIES = 30
const PATIENT_MS = 12_000
/** Members that were not there since this node started, many perhaps: after so many failures they are tried this seldom. */
const ABSENT_TRIES = 10
const ABSENT_MS = 600_000

export interface Dial {
  readonly key: string
  /** Undefined: whoever is at these addresses. */
  readonly peerId: string | undefined
  /** Empty: wherever the peer store knows. */
  readonly addresses: readonly string[]
  /** Nobody but strangers says that it is there. */
  readonly hearsay?: true
}

export interface Target {
  key: string
  peerId: string | undefined
  /** Where it was last heard on the LAN. */
  heard: readonly string[]
  /** Where others say that it is. */
  told: readonly string[]
  /** Addresses from the configuration. */
  configured: string[]
  /** Its place among the peers to keep, the most wanted first. */
  kept: number | undefined
  /** The person had it dialled. */
  named: boolean
  /** It turned out to be one of us. */
  met: boolean
  state: 'idle' | 'dialling' | 'connected'
  /** No attempt has come to an end yet. */
  fresh: boolean
  failures: number
  nextMs: number
  heardMs: number
  connectedMs: number
  shunnedUntilMs: number
  /** It is not needed until then, though it is wanted. */
  restingUntilMs: number
  /** Who told where it is. */
  source: Source
  /** The network where it was first told to be, and its turn among those of whom others tell: the smaller, the sooner. */
  network: string
  turn: number
}

/** Who tells where a peer is: anybody who answers for the DHT; or members, servers that were chosen, and the peer itself when it was met. */
export type Source = 'stranger' | 'friend'

export function newTarget(key: string, peerId: string | undefined, nowMs: number): Target {
  return {
    key,
    peerId,
    heard: [],
    told: [],
    configured: [],
    kept: undefined,
    named: false,
    met: false,
    state: 'idle',
    fresh: true,
    failures: 0,
    nextMs: nowMs,
    heardMs: Number.NEGATIVE_INFINITY,
    connectedMs: Number.NEGATIVE_INFINITY,
    shunnedUntilMs: Number.NEGATIVE_INFINITY,
    restingUntilMs: Number.NEGATIVE_INFINITY,
    source: 'stranger',
    network: '',
    turn: 0
  }
}

/**
 * Where a target is looked for. What was heard or configured comes first; failing that, what else the peer store knows, for it
 * may have moved; and at a configured address that names no peer, whoever is there now.
 */
export function whereTo(target: Target): Omit<Dial, 'key'> {
  const { peerId, heard, told, configured, failures } = target
  // From the other end the second time, should the first ones have used up the time. Nobody else knows of it: not the peer store, and the DHT is not asked.
  const isHearsay = heard.length === 0 && told.length > 0 && !asked(target)
  if (isHearsay) return { peerId, addresses: failures % 2 === 0 ? told : told.toReversed(), hearsay: true }
  const anyone = configured.filter((address) => !address.includes('/p2p/'))
  if (anyone.length > 0 && (peerId === undefined || failures % 3 === 2)) return { peerId: undefined, addresses: anyone }
  if (failures % 3 === 1) return { peerId, addresses: [] }
  return { peerId, addresses: [...new Set([...heard, ...configured, ...told])] }
}

/** Whether more than strangers' word led to this peer: the person, the local network, or a room that it is in. */
export function isVouched(target: Target): boolean {
  return target.named || target.heard.length > 0 || asked(target)
}

/** The longest wait before the next try. */
export function ceilingMs({ failures, configured, connectedMs }: Target, { firstMs, maxMs }: { firstMs: number; maxMs: number }): number {
  const doubledMs = firstMs * 2 ** Math.min(failures - 1, 16)
  if (configured.length > 0 || Number.isFinite(connectedMs)) {
    return Math.min(doubledMs, failures <= PATIENT_TRIES ? Math.min(PATIENT_MS, maxMs) : maxMs)
  }
  return Math.min(doubledMs, failures <= ABSENT_TRIES ? maxMs : Math.max(ABSENT_MS, maxMs))
}

/** Whether the person or the rooms want this peer: it is retried for ever. */
export function asked(target: Target): boolean {
  return target.kept !== undefined || target.configured.length > 0
}

/** When it may be dialled next. */
export function readyMs({ nextMs, restingUntilMs }: Target): number {
  return Math.max(nextMs, restingUntilMs)
}

export function waits(target: Target, crowded: boolean): boolean {
  return target.state === 'idle' && (!crowded || target.configured.length > 0)
}
