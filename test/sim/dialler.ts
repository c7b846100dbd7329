/** One node's dialling in the virtual network: the real decisions of redial.ts and crowd.ts over virtual connections. */
import { CROWDED_CONNECTIONS } from '../../src/core/record/limits.ts'
import type { Network } from '../../src/engine/ports.ts'
import { CLIENT_CROWD, hadTime, RANK, toClose } from '../../src/network/crowd.ts'
import type { Esteem } from '../../src/network/crowd.ts'
import { Redialer } from '../../src/network/redial.ts'
import type { SeededRandom } from './random.ts'
import type { Timeline } from './timeline.ts'

const PARALLEL_DIALS = 16
const EVERY_MS = 250

interface Wires {
  readonly timeline: Timeline
  readonly random: SeededRandom
  dial(to: string, done: (reached: boolean) => void): void
  cut(peerId: string): void
  connections(): readonly { readonly peerId: string; readonly openedMs: number }[]
}

/** Of a node by its name, which ends with its number. */
export function addressOf(name: string): string {
  const number = Number(/\d+$/u.exec(name)?.[0] ?? 0)
  return `/ip4/10.${number >> 8}.${number & 255}.1/tcp/4001`
}

export class Dialler {
  readonly network: Partial<Network>
  readonly #redialer: Redialer
  readonly #wires: Wires
  readonly #alive: () => boolean
  readonly #esteem = new Map<string, Esteem>()
  #dialling = 0

  constructor(selfId: string, peers: readonly string[], alive: () => boolean, wires: Wires) {
    this.#wires = wires
    this.#alive = alive
    const { timeline, random } = wires
    const redialer = new Redialer({ selfId, firstMs: 1000, maxMs: 60_000, random: () => random.between(0, 1_000_000) / 1_000_000 })
    this.#redialer = redialer
    for (const peer of peers) redialer.configure(addressOf(peer), peer, timeline.nowMs)
    this.network = {
      addresses: () => [addressOf(selfId)],
      searching: () => redialer.searching(this.#room <= 0),
      disconnect: (peerId) => {
        redialer.shun(peerId, timeline.nowMs)
        wires.cut(peerId)
      },
      keep: (peerIds) => redialer.keep(peerIds, timeline.nowMs),
      hint: (peerId, addresses) => {
        redialer.found(peerId, addresses, timeline.nowMs, 'friend')
        return true
      },
      rest: (peerId) => redialer.rest(peerId, timeline.nowMs),
      tryAgain: (peerIds) => redialer.tryAgain(timeline.nowMs, peerIds),
      esteem: (peerId, worth) => {
        const before = this.#esteem.get(peerId)
        if (before === undefined || RANK[worth] > RANK[before]) this.#esteem.set(peerId, worth)
      }
    }
  }

  start(): void {
    if (!this.#alive()) return
    this.#dial()
    this.#closeSome()
    this.#wires.timeline.at(this.#wires.timeline.nowMs + EVERY_MS, () => this.start())
  }

  connected(peerId: string): void {
    this.#redialer.connected(peerId, this.#wires.timeline.nowMs)
    this.#redialer.met(peerId)
  }

  disconnected(peerId: string): void {
    this.#esteem.delete(peerId)
    this.#redialer.disconnected(peerId, this.#wires.timeline.nowMs)
  }

  get #room(): number {
    return CROWDED_CONNECTIONS - this.#wires.connections().length - this.#dialling
  }

  #dial(): void {
    const { timeline } = this.#wires
    const isCrowded = this.#room <= 0
    const most = PARALLEL_DIALS - this.#dialling
    for (const { key, peerId } of this.#redialer.due(timeline.nowMs, isCrowded ? most : Math.min(most, this.#room), isCrowded)) {
      this.#dialling++
      this.#wires.dial(peerId!, (reached) => {
        this.#dialling--
        if (reached) this.#redialer.dialled(key, peerId!, timeline.nowMs)
        else this.#redialer.failed(key, false, timeline.nowMs)
      })
    }
  }

  #closeSome(): void {
    const { nowMs } = this.#wires.timeline
    const tenants = this.#wires.connections().map(({ peerId, openedMs }) => ({
      peerId, openedMs, host: addressOf(peerId), worth: this.#redialer.isConfigured(peerId) ? 'chosen' as const : this.#esteem.get(peerId) ?? 'stranger' as const
    }))
    for (const peerId of toClose(tenants, Math.min(this.#redialer.waiting(nowMs), PARALLEL_DIALS), nowMs, CLIENT_CROWD)) {
      const tenant = tenants.find((one) => one.peerId === peerId)!
      this.#redialer.release(peerId, hadTime(tenant, nowMs), nowMs)
      this.#wires.cut(peerId)
    }
  }
}
