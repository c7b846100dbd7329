/**
 * Whose connection is closed when there are many, so that there is always room for the next one: it may be the only honest peer among a hundred. Whoever
 * takes up a place has to show what it is good for, and soon. The decision alone, without sockets; times are ms of whatever clock the caller uses.
 *
 * libp2p refuses whoever comes when it is full, and closes no connection on which there is a stream, so that sixty-four sybils would keep everybody out.
 */
import { CROWDED_CONNECTIONS, FULL_CONNECTIONS, PACKED_CONNECTIONS } from '../core/record/limits.ts'

/**
 * What a peer is good for. `chosen`: by the person, or as relay. `giver`: something that was said came from it first; or it is served here. `proven`: a room
 * became complete with it. `member`: it says that it is in a room of ours. `errand`: the DHT asked it something, and nobody says that it is in a room.
 */
export type Worth = 'chosen' | 'giver' | 'proven' | 'member' | 'stranger' | 'errand'
/** What the rooms say of a peer. */
export type Esteem = 'giver' | 'proven' | 'member'

export interface Tenant {
  readonly peerId: string
  /** Where it connects from. */
  readonly host: string
  readonly openedMs: number
  readonly worth: Worth
}

export interface CrowdLimits {
  /** Nobody has to go while there are no more than this. */
  readonly crowded: number
  /** With more than this, somebody has to go who may not have had the time to show anything. */
  readonly packed: number
  /** Up to so many, newcomers beyond that are given the time of a greeting, in which they are told of others, before they have to go. */
  readonly full: number
}

export const CLIENT_CROWD: CrowdLimits = { crowded: CROWDED_CONNECTIONS, packed: PACKED_CONNECTIONS, full: FULL_CONNECTIONS }

/**
 * An answer of the DHT takes some round trips. A stranger says within its time which rooms it is in; a member asks, as soon as they meet, and so has its turn
 * to be reconciled with before those who only say that they are there.
 */
const TIME_MS: Readonly<Record<Worth, number>> =
  { errand: 1_500, stranger: 5_000, member: 7_000, proven: Infinity, giver: Infinity, chosen: Infinity }
/** The least first. */
export const RANK: Readonly<Record<Worth, number>> = { errand: 0, stranger: 1, member: 2, proven: 3, giver: 4, chosen: 5 }

/** Limits below the number of connections at which libp2p refuses whoever comes. */
export function serverCrowd(maxConnections: number): CrowdLimits {
  return { crowded: Math.floor(maxConnections * 0.9), packed: Math.floor(maxConnections * 0.95), full: Math.floor(maxConnections * 0.97) }
}

/** A greeting: both say who they are and which rooms they are in, and the newcomer is handed on to others of the room. */
const GREETING_MS = 2_000

/** PeerIds to disconnect. `waiting`: others that could be dialled, if there were room. */
export function toClose(tenants: readonly Tenant[], waiting: number, nowMs: number, { crowded, packed, full }: CrowdLimits): string[] {
  const ofHost = new Map<string, number>()
  for (const { host } of tenants) ofHost.set(host, (ofHost.get(host) ?? 0) + 1)
  const excess = tenants.length + waiting - crowded
  // The least worth first; of these, of the host of which there are the most; of these who had the most time to show anything, or was good for the least.
  const crowdAt = ({ host }: Tenant): number => Math.max(0, ofHost.get(host)! - FEW)
  const order = (left: Tenant, right: Tenant): number => RANK[left.worth] - RANK[right.worth] || crowdAt(right) - crowdAt(left) ||
    (left.openedMs - right.openedMs) * (RANK[left.worth] >= RANK.proven ? -1 : 1)
  const idle = tenants.filter((tenant) => hadTime(tenant, nowMs)).sort(order).slice(0, Math.max(0, excess))
  const left = tenants.filter((tenant) => !idle.includes(tenant) && tenant.worth !== 'chosen').sort(order)
  const staying = tenants.length - idle.length
  // Beside those who are packed there are some places in which who comes new is handed on. They are never used for long by anybody.
  const greeting = left.filter(({ worth, openedMs }) => RANK[worth] < RANK.proven && worth !== 'errand' && nowMs - openedMs < GREETING_MS)
  const spared = new Set(greeting.slice(Math.max(0, greeting.length - (full - packed))))
  const rest = left.filter((tenant) => !spared.has(tenant))
  return [...idle, ...rest.slice(0, Math.max(0, staying - spared.size - packed))].map(({ peerId }) => peerId)
}

/** A household comes from one host as well: so many are no worse than one. Hosts with more may be refused another one. */
const FEW = 8

/** Whether one more of this host is refused before it costs a handshake: it has a quarter of all places already, and there are few left. */
export function isGreedy(host: string, hosts: readonly string[], { crowded }: CrowdLimits): boolean {
  const count = hosts.filter((other) => other === host).length
  return hosts.length >= crowded && count >= Math.max(FEW, hosts.length / 4)
}

/** Whether it had the time to show what it is good for. */
export function hadTime({ worth, openedMs }: Pick<Tenant, 'worth' | 'openedMs'>, nowMs: number): boolean {
  return nowMs - openedMs > TIME_MS[worth]
}
