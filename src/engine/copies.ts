/**
 * One home that runs twice: a copied folder, a restored image of a machine. Both processes have the same keys and the same PeerId, so nobody can be
 * connected with both properly, and neither can see the other.
 *
 * Each start signs a new binding, later than every one that was ever signed with this store. So a binding of our own key and PeerId that is later than ours
 * can only come from another process that has the keys. Peers send it back to whom says hello with an earlier one. An old binding proves nothing, and
 * nobody can make a later one without the key.
 */
import { MAX_ADDRESS_BYTES } from '../core/record/limits.ts'
import { sanitiseLine } from '../core/text/sanitise.ts'
import { makeBinding, readBinding } from '../core/seal/binding.ts'
import type { Binding } from '../core/seal/binding.ts'
import type { NodeEvent } from './api.ts'
import type { Engine, Self } from './context.ts'
import { elapsedMs } from './elapsed.ts'
import type { Clock, Store } from './ports.ts'

/** The person is told so often, while it goes on. */
const TELL_EVERY_MS = 3_600_000
/** Signing a later binding, so that the other process hears of this one, is done so often at the most: two that answer each other go at this pace. */
const RENEW_EVERY_MS = 300_000
/** The other one was there if it signed something within this. It signs once in {@link RENEW_EVERY_MS}. */
const THERE_MS = 3 * RENEW_EVERY_MS
/** Nothing later than this from now is outbid: whoever has the key could use up all the times there are, and no start would have one. */
const FURTHEST_MS = 366 * 86_400_000
/** Peers whose latest binding is remembered, some 600 bytes each. */
const MAX_LATEST = 1024

export interface Elsewhere {
  readonly binding: Uint8Array
  /** Where the teller is connected with it: the teller's word. */
  readonly address: string
}

interface Parts {
  readonly self: Self
  readonly store: Store
  readonly clock: Clock
  readonly emit: (event: NodeEvent) => void
  readonly sessions: Engine['sessions']
}

export class Copies {
  readonly #parts: Parts
  /** The latest binding that was shown here, by PeerId; who showed one last is last. */
  readonly #latest = new Map<string, { readonly binding: Binding; readonly address: string }>()
  #told: { atMs: number; address: string; binding: Binding } | undefined
  #toldPersonMs = -Infinity
  #renewedMs = -Infinity

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** A peer showed this binding. Returns the later one of the same identity that another process with its PeerId showed. */
  shown(binding: Binding, address: string): Elsewhere | undefined {
    const { peerId, identity, timeMs } = binding
    const latest = this.#latest.get(peerId)
    if (latest?.binding.identity === identity && latest.binding.timeMs > timeMs) {
      return { binding: latest.binding.bytes, address: latest.address }
    }
    this.#latest.delete(peerId)
    this.#latest.set(peerId, { binding, address: address.length <= MAX_ADDRESS_BYTES ? address : '' })
    if (this.#latest.size > MAX_LATEST) this.#latest.delete(this.#latest.keys().next().value!)
    return undefined
  }

  /** A peer says that this node is elsewhere too. False if that is no binding of ours: no honest node says so. */
  heard({ binding: bytes, address }: Elsewhere, teller: string): boolean {
    const { self, clock } = this.#parts
    const read = readBinding(bytes, self.binding.peerId)
    if (!read.ok || read.value.identity !== self.identity) return false
    if (read.value.timeMs <= self.binding.timeMs || read.value.timeMs <= (this.#told?.binding.timeMs ?? -Infinity)) return true
    const nowMs = clock.nowMs()
    this.#told = { atMs: nowMs, address: sanitiseLine(address.replace(`/p2p/${self.binding.peerId}`, '')), binding: read.value }
    this.#tellPerson(nowMs, teller)
    this.#renew(read.value, nowMs)
    return true
  }

  /** Where this node is as well, as a peer said lately. */
  elsewhere(): { readonly address: string } | undefined {
    if (this.#told === undefined || elapsedMs(this.#told.atMs, this.#parts.clock.nowMs()) > THERE_MS) return undefined
    return { address: this.#told.address }
  }

  #tellPerson(nowMs: number, teller: string): void {
    if (Math.abs(nowMs - this.#toldPersonMs) < TELL_EVERY_MS) return
    this.#toldPersonMs = nowMs
    const at = this.#told?.address === '' ? 'somewhere' : `at ${this.#told?.address}`
    const text = `This node is online elsewhere too, ${at}, as ${teller} says. Copies of a home cannot run at once: end one of them, ` +
      'and if you did not copy it, somebody has your keys. To move a home, use p2pchat backup, end p2pchat, and use p2pchat restore.'
    this.#parts.emit({ method: 'notice', params: { code: 'elsewhere', text } })
  }

  #renew({ timeMs }: Binding, nowMs: number): void {
    if (Math.abs(nowMs - this.#renewedMs) < RENEW_EVERY_MS || timeMs > nowMs + FURTHEST_MS) return
    this.#renewedMs = nowMs
    const { self, store, sessions } = this.#parts
    const { peerId, device, prekey } = self.binding
    const binding = makeBinding(self.signer, { peerId, device, prekey, timeMs: Math.max(nowMs, timeMs + 1) })
    keepBinding(store, binding)
    self.binding = binding
    for (const session of sessions.values()) session.sayHello()
  }
}

/** When a binding that is made now is later than every one that was made with this store. */
export function nextBindingMs(store: Store, identity: string, peerId: string, nowMs: number): number {
  const own = store.peersOf(identity).find((peer) => peer.peerId === peerId)
  const last = own === undefined ? undefined : readBinding(own.binding, peerId)
  return last?.ok === true ? Math.max(nowMs, last.value.timeMs + 1) : nowMs
}

/** Before it is shown to anybody. @throws {StoreError} */
export function keepBinding(store: Store, { identity, peerId, bytes, timeMs }: Binding): void {
  store.write([{ op: 'peer', peer: { peerId, identity, binding: bytes, addresses: [], lastSeenMs: timeMs } }], 'normal')
}
