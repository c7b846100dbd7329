/**
 * The operator's side of acting together with other servers: whom the configuration or the console names, what became of it, and what both sides
 * are told. It takes effect when both operators have named the other's server, and ends when one of them takes it back.
 */
import { fingerprint } from '../core/record/keys.ts'
import { ASKERS_TOLD, ASKERS_TOLD_PER_S, MAX_FEDERATED, MAX_PEER_ADDRESSES } from '../core/record/limits.ts'
import type { Outcome } from '../core/refusal.ts'
import type { Statement } from '../core/server/statement.ts'
import { Bucket } from '../core/bucket.ts'
import { ApiError, INVALID_PARAMS, REFUSED } from '../engine/api.ts'
import type { FederatedView, FederationState } from '../engine/api-server.ts'
import type { Clock } from '../engine/ports.ts'
import { bestFirst } from './addresses.ts'
import { Federation } from './federation.ts'
import type { FederationComponents, NamedServer } from './federation.ts'
import type { Guest } from './guest.ts'
import type { ServerState } from './state.ts'


export interface AllianceComponents extends FederationComponents {
  readonly state: ServerState
  readonly clock: Clock
  readonly guests: () => readonly Guest[]
  /** A server is named now, or no more: it is told so. */
  readonly rewelcome: (peerId: string) => void
  /** A statement of ours is new. */
  readonly publish: (statement: Statement) => void
  /** One of theirs is new to our users. */
  readonly passOn: (statements: readonly Statement[]) => void
  readonly recheck: () => void
  /** Reads what an operator typed. */
  readonly parseAddress: (text: string) => Outcome<ServerAddress>
  readonly isBanned: (peerId: string) => boolean
  readonly notice: (text: string) => void
  readonly log: (level: 'info', text: string) => void
}

export interface ServerAddress {
  readonly peerId: string
  /** With /p2p/PEERID at its end. */
  readonly address: string
}

export class Alliance {
  readonly federation: Federation
  readonly #parts: AllianceComponents
  readonly #askers: Bucket
  /** Of these the operator knows that they do not name this server. */
  readonly #oneSided = new Set<string>()
  #configured: readonly NamedServer[]

  /** @throws {StoreError} */
  constructor(configured: readonly NamedServer[], parts: AllianceComponents) {
    this.#configured = configured
    this.#parts = parts
    this.#askers = new Bucket(ASKERS_TOLD, ASKERS_TOLD_PER_S, parts.clock.nowMs())
    this.federation = new Federation(this.#all(), parts, {
      onMet: (peerId) => this.#onMet(peerId),
      onStatement: (statement, kind) => {
        parts.passOn([statement])
        if (kind === 'bans') parts.recheck()
      }
    })
  }

  start(): void {
    this.#tell()
    this.federation.start()
  }

  /** The configuration names these from now on; those of the console stay. @throws {StoreError} */
  configure(configured: readonly NamedServer[]): void {
    this.#configured = configured
    this.#changed()
  }

  /** A server says that it names this one. */
  asked(guest: Guest): void {
    const { clock, notice, log } = this.#parts
    if (this.federation.names(guest.peerId)) return
    log('info', `The server ${guest.peerId} names this one, and is not named here.`)
    if (!this.#askers.take(1, clock.nowMs())) return
    const way = `To act with it: federate ${addressOf(guest)}`
    notice(`The server ${called(guest)} names this one, and is not named here, so nothing is passed on. ${way}`)
  }

  /** @throws {ApiError, StoreError} */
  federate(text: string): FederatedView & { own: string } {
    const { state, isBanned, parseAddress } = this.#parts
    const read = parseAddress(text)
    if (!read.ok) throw new ApiError(INVALID_PARAMS, 'wrong-arguments', read.message)
    const { peerId, address } = read.value
    if (isBanned(peerId)) throw new ApiError(REFUSED, 'banned', 'That server is banned here; unban it first.')
    if (!this.federation.names(peerId) && this.federation.named.length >= MAX_FEDERATED) {
      throw new ApiError(REFUSED, 'too-many', `A server acts with ${MAX_FEDERATED} others at most; unfederate one first.`)
    }
    const known = this.federation.named.find((one) => one.peerId === peerId)?.addresses ?? []
    if (!known.includes(address)) {
      state.named.set(peerId, [address, ...state.named.get(peerId) ?? []].slice(0, MAX_PEER_ADDRESSES))
      state.save()
      this.#changed()
    }
    const own = bestFirst(this.#parts.ownAddresses())[0] ?? ''
    return { ...this.list().find((one) => one.peerId === peerId)!, own }
  }

  /** @throws {ApiError, StoreError} */
  unfederate(named: string): true {
    const { state } = this.#parts
    const wanted = named.replace(/^.*\/p2p\//u, '')
    const fits = this.list().filter((one) => one.state !== 'not-named-here' && isCalled(one, wanted))
    if (fits.length > 1) {
      const candidates = fits.map(({ peerId }) => peerId)
      const text = `There are ${fits.length} servers: ${candidates.join(', ')}. Say which one you mean.`
      throw new ApiError(REFUSED, 'ambiguous', text, { candidates })
    }
    const [target] = fits
    if (target === undefined) {
      throw new ApiError(REFUSED, 'not-found', `No server called ${JSON.stringify(named)} is named here; servers lists them.`)
    }
    const { peerId } = target
    if (this.#configured.some((one) => one.peerId === peerId)) {
      const text = 'That server is named by the configuration (federate); take it out there, then reload (SIGHUP) or start anew.'
      throw new ApiError(REFUSED, 'configured', text)
    }
    state.named.delete(peerId)
    state.save()
    this.#changed()
    return true
  }

  /** Those named here, and those that name this one. */
  list(): FederatedView[] {
    const { servers } = this.federation
    const named = this.federation.named.map(({ peerId, addresses }): FederatedView => {
      const known = servers.trust.chosen().find((one) => one.peerId === peerId)
      const session = servers.sessions.get(peerId)
      const by = this.#configured.some((one) => one.peerId === peerId) ? 'configuration' : 'console'
      const state: FederationState = known === undefined ? 'not-met' : known.federates ? 'acting' : 'not-named-there'
      const { identity = '', nick = '' } = known ?? {}
      return { peerId, identity, nick, address: addresses[0] ?? '', connected: session !== undefined, state, by }
    })
    const asking = this.#parts.guests().filter(({ federates, peerId }) => federates && !this.federation.names(peerId))
    return [...named, ...asking.map((guest): FederatedView => {
      const { peerId, identity = '', nick } = guest
      return { peerId, identity, nick, address: addressOf(guest), connected: true, state: 'not-named-here', by: '' }
    })]
  }

  /** Whether it is a server that is named here, by its PeerId or by whom it speaks for. */
  includes(who: string): boolean {
    return this.list().some(({ state, peerId, identity }) => state !== 'not-named-here' && (peerId === who || identity === who))
  }

  #all(): NamedServer[] {
    const all = new Map<string, readonly string[]>(this.#parts.state.named)
    for (const { peerId, addresses } of this.#configured) {
      const both = [...new Set([...all.get(peerId) ?? [], ...addresses])]
      all.set(peerId, both.slice(0, MAX_PEER_ADDRESSES))
    }
    return [...all].map(([peerId, addresses]) => ({ peerId, addresses })).slice(0, MAX_FEDERATED)
  }

  #changed(): void {
    const before = new Set(this.federation.named.map(({ peerId }) => peerId))
    this.federation.name(this.#all())
    const after = new Set(this.federation.named.map(({ peerId }) => peerId))
    this.#tell()
    for (const peerId of before.symmetricDifference(after)) {
      this.#oneSided.delete(peerId)
      this.#parts.rewelcome(peerId)
    }
  }

  #onMet(peerId: string): void {
    const { notice, log, ownAddresses } = this.#parts
    log('info', `The server ${peerId}, which is named here, is connected.`)
    this.#tell()
    if (this.federation.isMutual(peerId)) this.#oneSided.delete(peerId)
    else if (!this.#oneSided.has(peerId)) {
      this.#oneSided.add(peerId)
      const way = `Its operator enters: federate ${bestFirst(ownAddresses())[0] ?? ''}`
      notice(`The server ${this.#nameOf(peerId)} is connected, and does not name this one, so nothing is passed on. ${way}`)
    }
  }

  /** Our users hear whom this server acts with from now on, and what those have said. */
  #tell(): void {
    const { state, self, publish, passOn, recheck, notice } = this.#parts
    const before = new Set(state.book.federated(self.identity).map(({ peerId }) => peerId))
    const statement = state.setFederation(this.federation.entries())
    if (statement === undefined) return
    publish(statement)
    const after = new Set(this.federation.entries().map(({ peerId }) => peerId))
    for (const peerId of after.difference(before)) {
      passOn(this.federation.wordOf(peerId))
      notice(`This server acts with ${this.#nameOf(peerId)}: what each announces and whom it bans reaches the people of both.`)
    }
    for (const peerId of before.difference(after)) {
      const who = this.federation.names(peerId) ? 'whose operator took it back' : 'which is not named here any more'
      notice(`This server does not act with ${this.#nameOf(peerId)} any more, ${who}.`)
    }
    recheck()
  }

  #nameOf(peerId: string): string {
    const nick = this.federation.servers.trust.chosen().find((known) => known.peerId === peerId)?.nick ?? ''
    return called({ nick, peerId })
  }
}

function called({ nick, peerId }: { readonly nick: string; readonly peerId: string }): string {
  return nick === '' ? `…${peerId.slice(-8)}` : `${nick} (…${peerId.slice(-8)})`
}

/** Where a server that is connected says it is reached. */
function addressOf(guest: Guest): string {
  return bestFirst(guest.addresses)[0] ?? `${guest.address}/p2p/${guest.peerId}`
}

function isCalled({ peerId, identity, nick }: FederatedView, named: string): boolean {
  if ([peerId, identity, nick].includes(named)) return true
  return (identity !== '' && fingerprint(identity) === named) || (named.length >= 6 && peerId.endsWith(named))
}
