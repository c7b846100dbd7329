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
/** What a connection that ended with a violation costs its host, in new connections: neighbours of an attacker get through, ever so seldom. */
const VIOLATION_COST = 16
/** Hosts whose pace is remembered; one whose bucket is full again is not. */
const MAX_HOSTS = 4096

/** What a connection of the transport has besides. */
interface Raw extends MultiaddrConnection {
  onData(data: { readonly byteLength: number }): void
}

export class InboundGate {
  readonly #turns = new HandshakeTurns()
  readonly #pace = new Map<string, Bucket>()
  readonly #pending = new PendingPlaces<MultiaddrConnection>({
    places: MAX_PENDING_INBOUND, deadlineMs: INBOUND_UPGRADE_MS, crowdedDeadlineMs: CROWDED_UPGRADE_MS
  })
  #review: NodeJS.Timeout | undefined

  /** Whether it is refused. Resolves when its handshake may begin. */
  async refuses(connection: MultiaddrConnection): Promise<boolean> {
    const host = hostOf(connection.remoteAddr) ?? ''
    if (!this.#paceOf(host).take(1, steadyMs())) return true
    connection.addEventListener('close', ({ error }) => {
      this.#pending.remove(connection)
      if (error instanceof TransportViolation) this.#punish(host)
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

  #punish(host: string): void {
    const pace = this.#paceOf(host)
    for (let tokens = 0; tokens < VIOLATION_COST; tokens++) pace.take(1, steadyMs())
  }

  #paceOf(host: string): Bucket {
    const known = this.#pace.get(host)
    if (known !== undefined) return known
    if (this.#pace.size >= MAX_HOSTS) this.#forget()
    const pace = new Bucket(MAX_INBOUND_PER_SECOND_AND_HOST, MAX_INBOUND_PER_SECOND_AND_HOST, steadyMs())
    this.#pace.set(host, pace)
    return pace
  }

  #forget(): void {
    for (const [host, pace] of this.#pace) if (pace.isFull(steadyMs())) this.#pace.delete(host)
    if (this.#pace.size >= MAX_HOSTS) this.#pace.delete(this.#pace.keys().next().value!)
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
