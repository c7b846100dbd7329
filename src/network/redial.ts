/**
 * Whom to dial, and when: the decisions alone, without timers or sockets. Times are milliseconds of whatever clock the caller
 * uses.
 *
 * libp2p itself dials nobody that it discovers, redials only tagged peers, five times, and then forgets them.
 */

import { MAX_TOLD_ADDRESSES } from '../core/record/limits.ts'
import { asked, ceilingMs, isVouched, MAX_TARGETS, newTarget, readyMs, waits, whereTo } from './redial-target.ts'
import type { Dial, Source, Target } from './redial-target.ts'
import { giveTurn, Released, Turns } from './redial-turns.ts'

/** Tries of who is known by hearsay alone: a liar shall not make us knock at many doors. */
const MAX_TOLD_TRIES = 2
/** Addresses of one target; an mDNS answer of a machine with many interfaces has some dozen. */
const MAX_ADDRESSES = 16
/** A peer that is neither configured nor kept is given up after so many failures in a row. */
const MAX_TRIES = 6
/** A LAN peer not heard for this long, two and a half query intervals, was away: when it is heard again the link is back. */
const AWAY_MS = 25_000
/** When two peers see each other, one dials first: an answer within this time saves the second connection. */
const YIELD_MS = 200
/** A connection that ends sooner than this counts as a failure, so that two that cannot agree do not dial in circles. */
const LASTED_MS = 10_000
/** Connections that a relay of strangers cuts count for so many failures at most: 2 s until the next. */
const LIMITED_FAILURES = 2
/** A peer that was sent away for what it did. */
const SHUN_MS = 60_000
/** A peer that is not needed: long enough that a room's members do not come back to whom all of them know; it ends sooner when there are too few. */
const REST_MS = 1_200_000

export interface RedialInit {
  readonly selfId: string
  /** The first wait after a failure, doubled with each up to 12 s, and after some minutes up to the longest. */
  readonly firstMs: number
  readonly maxMs: number
  /** Uniform in [0, 1). */
  random(): number
}

export class Redialer {
  readonly #init: RedialInit
  readonly #targets = new Map<string, Target>()
  readonly #released = new Released()
  readonly #turns = new Turns()
  /** Of the configured addresses, those that may be taken back. */
  #also: ReadonlySet<string> = new Set()

  constructor(init: RedialInit) {
    this.#init = init
  }

  /** An address from the configuration: dialled now, and retried for ever. */
  configure(address: string, peerId: string | undefined, nowMs: number): void {
    if (peerId === this.#init.selfId) return
    const target = this.#ensure(peerId ?? address, peerId, nowMs)
    if (target === undefined) return
    if (!target.configured.includes(address) && target.configured.length < MAX_ADDRESSES) target.configured.push(address)
  }

  /** Addresses that name their peer, as if they were configured, instead of those of the last call. */
  also(addresses: readonly string[], nowMs: number): void {
    const isOfLastCall = (address: string): boolean => this.#also.has(address)
    for (const target of this.#targets.values()) target.configured = target.configured.filter((address) => !isOfLastCall(address))
    const before = new Set([...this.#targets.values()].flatMap(({ configured }) => configured))
    this.#also = new Set(addresses.filter((address) => !before.has(address)))
    for (const address of this.#also) this.configure(address, /\/p2p\/([^/]+)$/u.exec(address)?.[1], nowMs)
  }

  /** Peers to keep, the most wanted first, instead of those of the last call: dialled now, and retried for ever. */
  keep(peerIds: readonly string[], nowMs: number): void {
    const before = [...this.#targets.values()].filter(({ kept }) => kept !== undefined)
    for (const target of before) target.kept = undefined
    for (const [place, peerId] of peerIds.entries()) {
      if (peerId === this.#init.selfId) continue
      const target = this.#ensure(peerId, peerId, nowMs)
      if (target !== undefined) target.kept ??= place
    }
    // Nobody else speaks for them.
    for (const target of before) if (!asked(target) && target.state === 'idle' && !isVouched(target)) this.#targets.delete(target.key)
  }

  /** A peer was heard on the LAN. */
  seen(peerId: string, addresses: readonly string[], nowMs: number): void {
    if (peerId === this.#init.selfId) return
    const known = this.#targets.get(peerId)
    const target = known ?? this.#ensure(peerId, peerId, nowMs)
    if (target === undefined) return
    const heard = addresses.slice(0, MAX_ADDRESSES)
    const news = nowMs - target.heardMs > AWAY_MS || heard.some((address) => !target.heard.includes(address))
    target.heardMs = nowMs
    target.heard = heard
    if (target.state !== 'idle' || nowMs < target.shunnedUntilMs || !news) return
    const turnMs = nowMs + (this.#init.selfId < peerId ? 0 : YIELD_MS)
    target.failures = 0
    target.nextMs = known === undefined ? turnMs : Math.min(target.nextMs, turnMs)
  }

  /** Somebody says that a peer is there. It is hearsay: worth a try, and another one when something new is said. */
  found(peerId: string, addresses: readonly string[], nowMs: number, source: Source = 'stranger'): void {
    if (peerId === this.#init.selfId || this.isReleased(peerId, nowMs)) return
    const known = this.#targets.get(peerId)
    const target = known ?? this.#ensure(peerId, peerId, nowMs)
    if (target === undefined) return
    const told = addresses.slice(0, MAX_TOLD_ADDRESSES)
    const news = told.some((address) => !target.told.includes(address))
    if (target.told.length === 0) giveTurn(target, told, this.#targets.values(), this.#init.random())
    target.told = told
    if (source === 'friend') target.source = source
    if (known === undefined || !news || target.state !== 'idle') return
    target.nextMs = Math.max(Math.min(target.nextMs, nowMs + this.#jitter()), target.shunnedUntilMs)
  }

  /** A peer is let go of, to make room for others. `tried`: it had the time to show what it is good for. */
  release(peerId: string, tried: boolean, nowMs: number): void {
    this.#released.add(peerId, tried, nowMs)
    const target = this.#targets.get(peerId)
    if (target !== undefined) target.shunnedUntilMs = this.#released.untilMs(peerId)
  }

  /** Whether it was let go of not long ago. */
  isReleased(peerId: string, nowMs: number): boolean {
    return nowMs < this.#released.untilMs(peerId)
  }

  /** Whether a connected peer is at an address that the person named. */
  isConfigured(peerId: string): boolean {
    return (this.#targets.get(peerId)?.configured.length ?? 0) > 0
  }

  /** Whether somebody says where a peer is. */
  isTold(peerId: string): boolean {
    const target = this.#targets.get(peerId)
    return target !== undefined && (target.told.length > 0 || isVouched(target))
  }

  isKept(peerId: string): boolean {
    return this.#targets.get(peerId)?.kept !== undefined
  }

  /** Targets that could be dialled now, if there were room. */
  waiting(nowMs: number): number {
    let count = 0
    for (const target of this.#targets.values()) if (waits(target, false) && readyMs(target) <= nowMs) count++
    return count
  }

  /** Whether whoever a configured address leads to is connected. */
  isConnected(address: string, peerId: string | undefined): boolean {
    const named = peerId === undefined ? undefined : this.#targets.get(peerId)
    const target = named ?? [...this.#targets.values()].find(({ configured }) => configured.includes(address))
    return target?.state === 'connected'
  }

  /** Who is connected at a configured address. */
  peerAt(address: string): string | undefined {
    return [...this.#targets.values()].find(({ configured, state }) => state === 'connected' && configured.includes(address))?.peerId
  }

  connected(peerId: string, nowMs: number): void {
    const target = this.#targets.get(peerId) ?? this.#ensure(peerId, peerId, nowMs)
    if (target === undefined) return
    if (target.state !== 'connected') target.connectedMs = nowMs
    target.state = 'connected'
    target.fresh = false
  }

  /** The person had this peer dialled, and there it is. */
  named(peerId: string, nowMs: number): void {
    this.connected(peerId, nowMs)
    const target = this.#targets.get(peerId)
    if (target !== undefined) target.named = true
  }

  /** Whether more than strangers' word led to a peer. */
  isVouched(peerId: string): boolean {
    const target = this.#targets.get(peerId)
    return target !== undefined && isVouched(target)
  }

  /** A connected peer is one of us. Others are not missed when they go. */
  met(peerId: string): void {
    const target = this.#targets.get(peerId)
    if (target !== undefined) target.met = true
  }

  /** The last connection is gone. `limited`: it was one that a relay cuts by its rules, which says nothing of the peer. */
  disconnected(peerId: string, nowMs: number, limited = false): void {
    const target = this.#targets.get(peerId)
    if (target === undefined) return
    if (!target.met && !asked(target)) {
      this.#targets.delete(peerId)
      return
    }
    const lasted = nowMs - target.connectedMs >= LASTED_MS
    if (target.state === 'connected') target.state = 'idle'
    target.failures = lasted ? 0 : Math.min(target.failures + 1, limited ? LIMITED_FAILURES : Infinity)
    const waitMs = (lasted ? this.#init.firstMs : ceilingMs(target, this.#init)) * (0.3 + 0.3 * this.#init.random())
    // Whoever has the smaller id tries first; mostly that spares the second connection.
    const turnMs = this.#init.selfId < peerId ? 0 : this.#init.firstMs * 0.4
    target.nextMs = Math.max(nowMs + waitMs + turnMs, target.shunnedUntilMs)
  }

  /** A peer is sent away for what it did: it may come back, but is not asked to for a while. */
  shun(peerId: string, nowMs: number): void {
    const target = this.#targets.get(peerId)
    if (target !== undefined) target.shunnedUntilMs = nowMs + SHUN_MS
  }

  /** Others are connected, so that this one is not needed: it is left alone, whatever speaks for it, until {@link tryAgain} names it. */
  rest(peerId: string, nowMs: number): void {
    const target = this.#targets.get(peerId)
    if (target !== undefined) target.restingUntilMs = nowMs + REST_MS * (0.5 + 0.5 * this.#init.random())
  }

  /** What failed before may work now: the machine's addresses changed, or it woke up; or, with these peers alone, they may think otherwise. */
  tryAgain(nowMs: number, only?: readonly string[]): void {
    for (const target of this.#targets.values()) {
      if (only?.includes(target.peerId ?? '') === false) continue
      target.failures = 0
      if (only !== undefined) {
        // Somebody waits for what it may know.
        target.fresh ||= nowMs < target.restingUntilMs
        target.restingUntilMs = Number.NEGATIVE_INFINITY
      }
      if (target.state === 'idle') target.nextMs = Math.max(nowMs + this.#jitter(), target.shunnedUntilMs)
    }
  }

  /**
   * The targets whose time has come, at most `limit`; each counts as being dialled from now on. When it is `crowded`, that is
   * when there are connections enough, only those from the configuration.
   */
  due(nowMs: number, limit: number, crowded = false): Dial[] {
    const due = [...this.#targets.values()].filter((target) => waits(target, crowded) && readyMs(target) <= nowMs)
    return this.#turns.choose(due, limit).map((target) => {
      target.state = 'dialling'
      return { key: target.key, ...whereTo(target) }
    })
  }

  /** A dial of {@link due} led to a peer. It counts as connected by this. */
  dialled(key: string, peerId: string, nowMs: number): void {
    const target = this.#targets.get(key)
    if (target !== undefined && target.peerId !== peerId) {
      // A configured address turned out to be this peer's.
      this.#targets.delete(key)
      const found = this.#ensure(peerId, peerId, nowMs)
      if (found !== undefined) found.configured = [...new Set([...found.configured, ...target.configured])].slice(0, MAX_ADDRESSES)
    }
    this.connected(peerId, nowMs)
  }

  /** A dial of {@link due} failed. `hopeless`: this address can never work, so it is not tried again. */
  failed(key: string, hopeless: boolean, nowMs: number): void {
    const target = this.#targets.get(key)
    if (target === undefined) return
    target.fresh = false
    if (target.state !== 'dialling') return
    target.state = 'idle'
    target.failures += 1
    const tries = target.heard.length === 0 && target.told.length > 0 ? MAX_TOLD_TRIES : MAX_TRIES
    if (hopeless || (!asked(target) && target.failures >= tries)) {
      this.#targets.delete(key)
      return
    }
    target.nextMs = Math.max(nowMs + ceilingMs(target, this.#init) * (0.5 + 0.5 * this.#init.random()), target.shunnedUntilMs)
  }

  /** When {@link due} will next have something to say. */
  nextMs(crowded = false): number | undefined {
    let next: number | undefined
    for (const target of this.#targets.values()) {
      if (waits(target, crowded) && (next === undefined || readyMs(target) < next)) next = readyMs(target)
    }
    return next
  }

  /** True while a first attempt at some target has not come to an end. */
  searching(crowded = false): boolean {
    for (const target of this.#targets.values()) {
      if (target.fresh && (target.state === 'dialling' || waits(target, crowded))) return true
    }
    return false
  }

  #ensure(key: string, peerId: string | undefined, nowMs: number): Target | undefined {
    const known = this.#targets.get(key)
    if (known !== undefined) return known
    if (this.#targets.size >= MAX_TARGETS && !this.#evict()) return undefined
    const target = newTarget(key, peerId, nowMs)
    this.#targets.set(key, target)
    return target
  }

  #evict(): boolean {
    let worst: Target | undefined
    for (const target of this.#targets.values()) {
      if (asked(target) || target.state === 'connected') continue
      if (worst === undefined || target.failures > worst.failures) worst = target
    }
    return worst !== undefined && this.#targets.delete(worst.key)
  }

  #jitter(): number {
    return this.#init.firstMs * 0.5 * this.#init.random()
  }
}
