/**
 * Who comes to this node, until it is known who it is. libp2p counts newcomers of all hosts together, and each host by its whole address, so that forty
 * hosts, or one customer of IPv6, keep everybody out with some KiB a second.
 */
import type { MultiaddrConnection } from '@libp2p/interface'
import { Bucket } from '../../core/bucket.ts'
import { MAX_INBOUND_PER_SECOND_AND_HOST, MAX_PENDING_INBOUND } from '../../core/record/limits.ts'
import { hostOf } from '../hosts.ts'
import { steadyMs } from '../steady-clock.ts'
import { HandshakeTurns } from './handshake-turns.ts'
import { PendingPlaces } from './pending-places.ts'
import { TransportViolation } from './violation.ts'

/** A handshake takes three round trips; slow links and busy machines take seconds. */
export const INBOUND_UPGRADE_MS = 8000
const CROWDED_UPGRADE_MS = 3000
const REVIEW_MS = 500
/** Handshake and negotiation take some 600 bytes there, and five answers; who has the connection already may send at once on some streams. */
const MAX_BYTES_BEFORE = 64 * 1024
const MAX_ANSWERS_BEFORE = 16
/** Connections of a host that may end with a violation, and how soon one is forgotten. PeerIds are free: the host is all there is to know an attacker by. */
const VIOLATIONS = 4
const VIOLATIONS_PER_SECOND = 1 / 15
/** New connections of a host that had more: its neighbours at the same address get through, if seldom. */
const SLOW_PER_SECOND = 1 / 2
/** Hosts whose pace is remembered; one whose bucket is full again is not. */
const MAX_HOSTS = 4096

interface Host {
  readonly pace: Bucket
  readonly slowPace: Bucket
  readonly violations: Bucket
}

/** What a connection of the transport has besides. */
interface Raw extends MultiaddrConnection {
  onData(data: { readonly byteLength: number }): void
}

export class InboundGate {
  readonly #turns = new HandshakeTurns()
  readonly #hosts = new Map<string, Host>()
  readonly #pending = new PendingPlaces<MultiaddrConnection>({
    places: MAX_PENDING_INBOUND, deadlineMs: INBOUND_UPGRADE_MS, crowdedDeadlineMs: CROWDED_UPGRADE_MS
  })
  #review: NodeJS.Timeout | undefined

  /** Whether it is refused. Resolves when its handshake may begin. */
  async refuses(connection: MultiaddrConnection): Promise<boolean> {
    const host = hostOf(connection.remoteAddr) ?? ''
    if (!this.#admits(host)) return true
    connection.addEventListener('close', ({ error }) => {
      this.#pending.remove(connection)
      if (error instanceof TransportViolation) this.#hostOf(host).violations.take(1, steadyMs())
    })
    limit(connection, () => this.#pending.has(connection))
    this.#pending.add(connection, host, steadyMs())?.abort(new Error('others wait to connect'))
    this.#review ??= setInterval(() => this.#end(), REVIEW_MS).unref()
    const turn = this.#turns.enter(host)
    connection.addEventListener('close', () => turn.leave())
    await turn.begun
    return connection.status !== 'open'
  }

  /** It is known who it is. */
  upgraded(connection: MultiaddrConnection): void {
    this.#pending.remove(connection)
  }

  stop(): void {
    clearInterval(this.#review)
    this.#review = undefined
  }

  #end(): void {
    for (const connection of this.#pending.overdue(steadyMs())) connection.abort(new Error('it does not say who it is'))
  }

  #admits(host: string): boolean {
    const { pace, slowPace, violations } = this.#hostOf(host)
    return (violations.has(1, steadyMs()) ? pace : slowPace).take(1, steadyMs())
  }

  #hostOf(host: string): Host {
    const known = this.#hosts.get(host)
    if (known !== undefined) return known
    const nowMs = steadyMs()
    if (this.#hosts.size >= MAX_HOSTS) this.#forget(nowMs)
    const fresh = {
      pace: new Bucket(MAX_INBOUND_PER_SECOND_AND_HOST, MAX_INBOUND_PER_SECOND_AND_HOST, nowMs),
      slowPace: new Bucket(1, SLOW_PER_SECOND, nowMs),
      violations: new Bucket(VIOLATIONS, VIOLATIONS_PER_SECOND, nowMs)
    }
    this.#hosts.set(host, fresh)
    return fresh
  }

  #forget(nowMs: number): void {
    for (const [host, { pace, violations }] of this.#hosts) if (pace.isFull(nowMs) && violations.isFull(nowMs)) this.#hosts.delete(host)
    if (this.#hosts.size >= MAX_HOSTS) this.#hosts.delete(this.#hosts.keys().next().value!)
  }
}

/** @throws {TypeError} when the library has another shape than is relied on here: rather no connection than one without bounds. */
function limit(connection: MultiaddrConnection, isPending: () => boolean): void {
  if (typeof Reflect.get(connection, 'onData') !== 'function') throw new TypeError('a connection has no onData')
  const raw = connection as Raw
  const onData = raw.onData.bind(raw)
  const send = raw.send.bind(raw)
  let [bytes, answers] = [0, 0]
  const end = (what: string): void => raw.abort(new TransportViolation(`too much ${what} before it is known who it is`))
  raw.onData = (data) => {
    bytes += data.byteLength
    if (bytes > MAX_BYTES_BEFORE && isPending()) end('data')
    else onData(data)
  }
  raw.send = (data) => {
    answers += 1
    if (answers > MAX_ANSWERS_BEFORE && isPending()) end('talk')
    return send(data)
  }
}
