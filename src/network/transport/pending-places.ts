/**
 * Connections that have not said yet who they are, and whose gives way when there are too many. The decision alone, without sockets; times are ms of
 * whatever clock the caller uses.
 */
import { networksOf } from '../hosts.ts'

/** A household or a lecture hall comes from one host, all at once: so many pending are no sign of anything. */
const FEW = 8

export interface PendingLimits {
  /** Pending at once. */
  readonly places: number
  /** How long one may be pending; and while a quarter of the places is taken, one of a host that has more than a few. */
  readonly deadlineMs: number
  readonly crowdedDeadlineMs: number
}

interface Place {
  readonly host: string
  /** What a provider of the net has: /16 of IPv4, /32 of IPv6. */
  readonly network: string
  readonly sinceMs: number
}

export class PendingPlaces<T> {
  readonly #limits: PendingLimits
  /** The oldest first. */
  readonly #places = new Map<T, Place>()
  readonly #ofHost = new Map<string, number>()
  readonly #inNetwork = new Map<string, number>()

  constructor(limits: PendingLimits) {
    this.#limits = limits
  }

  get size(): number {
    return this.#places.size
  }

  has(one: T): boolean {
    return this.#places.has(one)
  }

  /** Takes one more. Returns who has to give way for it: the oldest of the host that has the most, counted with this one. */
  add(one: T, host: string, nowMs: number): T | undefined {
    const network = networksOf(host)[0]!
    this.#places.set(one, { host, network, sinceMs: nowMs })
    count(this.#ofHost, host, 1)
    count(this.#inNetwork, network, 1)
    if (this.#places.size <= this.#limits.places) return undefined
    const leaving = this.#leaving()
    this.remove(leaving)
    return leaving
  }

  remove(one: T): void {
    const place = this.#places.get(one)
    if (place === undefined) return
    this.#places.delete(one)
    count(this.#ofHost, place.host, -1)
    count(this.#inNetwork, place.network, -1)
  }

  /** Takes out whose time is over. */
  overdue(nowMs: number): T[] {
    const { places, deadlineMs, crowdedDeadlineMs } = this.#limits
    const crowded = this.#places.size > places / 4
    const late = [...this.#places].filter(([, { host, sinceMs }]) =>
      nowMs - sinceMs >= (crowded && this.#ofHost.get(host)! > FEW ? crowdedDeadlineMs : deadlineMs)).map(([one]) => one)
    for (const one of late) this.remove(one)
    return late
  }

  /** With as many hosts as places, of the network that has the most: one customer of IPv6 may have thousands of hosts. */
  #leaving(): T {
    const most = mostOf(this.#ofHost)
    const network = mostOf(this.#inNetwork)
    for (const [one, place] of this.#places) if (most.count > 1 ? place.host === most.key : place.network === network.key) return one
    throw new Error('no place is taken')
  }
}

function mostOf(counts: ReadonlyMap<string, number>): { readonly key: string; readonly count: number } {
  let most = { key: '', count: 0 }
  for (const [key, number] of counts) if (number > most.count) most = { key, count: number }
  return most
}

function count(counts: Map<string, number>, key: string, by: number): void {
  const now = (counts.get(key) ?? 0) + by
  if (now === 0) counts.delete(key)
  else counts.set(key, now)
}
