/** Performs what the {@link Redialer} decides. */
import type { Libp2p } from '@libp2p/interface'
import { multiaddr } from '@multiformats/multiaddr'
import { peerIdFromString } from '@libp2p/peer-id'
import { CROWDED_CONNECTIONS } from '../core/record/limits.ts'
import { peerIdOf } from './addresses.ts'
import type { DialProblem } from '../engine/ports.ts'
import type { HostNames } from './names/host-names.ts'
import { dialError } from './network-error.ts'
import type { NetworkError } from './network-error.ts'
import type { Redialer } from './redial.ts'
import type { Dial, Source } from './redial-target.ts'
import { steadyMs } from './steady-clock.ts'
import type { NetworkTiming } from './timing.ts'

/** Dials at a time: enough for a room that comes back, few enough for a home router. */
const PARALLEL_DIALS = 16
/** A dial on hearsay: a hundred liars at whose addresses nobody answers are through within half a minute. */
const HEARSAY_DIAL_MS = 4_000
/** How often it is looked at whether there is room again. */
const CROWDED_MS = 5000
/** Addresses of which it is remembered why they failed; those of the configuration are few and tried again and again. */
const MAX_PROBLEMS = 256

export interface LoopEvents {
  readonly log: (text: string) => void
  /** A dial to this address failed, the first or another one. */
  onFailed(address: string, why: NetworkError & { readonly reason: DialProblem }): void
}

export class RedialLoop {
  readonly #redialer: Redialer
  readonly #libp2p: Libp2p
  readonly #names: HostNames
  /** By address, why the last dial failed. */
  readonly #problems = new Map<string, DialProblem>()
  readonly #timing: NetworkTiming
  readonly #events: LoopEvents
  readonly #abort = new AbortController()
  #dialling = 0
  #timer: NodeJS.Timeout | undefined

  constructor(redialer: Redialer, libp2p: Libp2p, names: HostNames, timing: NetworkTiming, events: LoopEvents) {
    this.#redialer = redialer
    this.#libp2p = libp2p
    this.#names = names
    this.#timing = timing
    this.#events = events
  }

  /**
   * True while there are connections enough: then nobody else is dialled but from the configuration, and the rest is for those who dial us. See crowd.ts
   * for who makes room.
   */
  get crowded(): boolean {
    return this.#room <= 0
  }

  /** Connections that may be made, beside those that are being made. */
  get #room(): number {
    return CROWDED_CONNECTIONS - this.#libp2p.getConnections().length - this.#dialling
  }

  /** Looks again, now: something about the targets changed. */
  wake(): void {
    if (this.#abort.signal.aborted) return
    clearTimeout(this.#timer)
    const { crowded } = this
    const most = PARALLEL_DIALS - this.#dialling
    for (const dial of this.#redialer.due(steadyMs(), crowded ? most : Math.min(most, this.#room), crowded)) void this.#dial(dial)
    if (this.#dialling >= PARALLEL_DIALS) return
    const nextMs = this.#redialer.nextMs(crowded)
    const waitMs = nextMs === undefined ? Infinity : Math.max(nextMs - steadyMs(), 10)
    if (crowded || nextMs !== undefined) this.#timer = setTimeout(() => this.wake(), crowded ? Math.min(waitMs, CROWDED_MS) : waitMs)
    this.#timer?.unref()
  }

  /** Somebody says that a peer is at these addresses, which were found to be worth a dial. False if there is none. */
  found(peerId: string, addresses: readonly string[], source: Source): boolean {
    if (addresses.length === 0) return false
    this.#redialer.found(peerId, addresses, steadyMs(), source)
    this.wake()
    return true
  }

  /** Why the last dial to this address failed. */
  problemOf(address: string): DialProblem | undefined {
    return this.#problems.get(address)
  }

  stop(): void {
    clearTimeout(this.#timer)
    this.#abort.abort()
  }

  async #dial(dial: Dial): Promise<void> {
    this.#dialling += 1
    const { dialTimeoutMs } = this.#timing
    const timeoutMs = dial.hearsay === true ? Math.min(HEARSAY_DIAL_MS, dialTimeoutMs) : dialTimeoutMs
    const signal = AbortSignal.any([this.#abort.signal, AbortSignal.timeout(timeoutMs)])
    try {
      const connection = await this.#libp2p.dial(this.#destination(dial), { signal })
      this.#redialer.dialled(dial.key, connection.remotePeer.toString(), steadyMs())
    } catch (error) {
      const names = dial.addresses.map((address) => this.#names.problemOf(whole(address, dial.peerId)))
      const failure = dialError(dial.key, error, names.includes(undefined) ? undefined : names[0])
      for (const [at, address] of dial.addresses.entries()) this.#remember(address, names[at] ?? failure.reason)
      this.#redialer.failed(dial.key, failure.reason === 'self', steadyMs())
      if (this.#abort.signal.aborted) return
      this.#events.log(failure.message)
      for (const [at, address] of dial.addresses.entries()) this.#events.onFailed(address, dialError(address, error, names[at]))
    } finally {
      this.#dialling -= 1
    }
    this.wake()
  }

  #destination(dial: Dial): Parameters<Libp2p['dial']>[0] {
    const { peerId } = dial
    if (dial.addresses.length === 0 && peerId !== undefined) return peerIdFromString(peerId)
    return dial.addresses.map((text) => multiaddr(whole(text, peerId)))
  }

  #remember(address: string, problem: DialProblem): void {
    this.#problems.delete(address)
    this.#problems.set(address, problem)
    if (this.#problems.size <= MAX_PROBLEMS) return
    for (const oldest of this.#problems.keys()) return void this.#problems.delete(oldest)
  }
}

/** With the peer that is wanted there. */
function whole(address: string, peerId: string | undefined): string {
  return peerId === undefined || peerIdOf(multiaddr(address)) !== undefined ? address : `${address}/p2p/${peerId}`
}
