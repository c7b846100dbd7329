/**
 * Who can be found under which hashed name: of those who are connected, and only while they are. Nothing of it is stored. When it is full, whoever comes is
 * taken, and the host with the most names loses some: a PeerId costs nothing, an address does.
 */
import { MAX_NODES_FOUND, MAX_RENDEZVOUS_NAMES } from '../core/record/limits.ts'
import type { NodeFound } from '../core/server/messages.ts'

interface Holder {
  readonly host: string
  /** In the order in which they were given. */
  readonly names: string[]
}

export class Rendezvous {
  #names = 0
  readonly #byName = new Map<string, Set<string>>()
  readonly #byPeer = new Map<string, Holder>()
  /** Names of all nodes of a host. */
  readonly #byHost = new Map<string, number>()

  /** Entries, one for each name of each node. */
  get size(): number {
    return this.#names
  }

  /** Replaces what this node is found under. `host`: where it is; without it, it counts by itself. */
  set(peerId: string, names: readonly string[], host = ''): void {
    while (this.#removeLast(peerId));
    const holder: Holder = { host: host === '' ? peerId : host, names: [] }
    for (const name of new Set(names)) {
      if (this.#names >= MAX_RENDEZVOUS_NAMES && !this.#makeRoom(holder.host)) return
      this.#byPeer.set(peerId, holder)
      holder.names.push(name)
      this.#byName.set(name, (this.#byName.get(name) ?? new Set()).add(peerId))
      this.#byHost.set(holder.host, (this.#byHost.get(holder.host) ?? 0) + 1)
      this.#names++
    }
  }

  count(name: string): number {
    return this.#byName.get(name)?.size ?? 0
  }

  /**
   * Some nodes under a name, not the one that asks. `from` (any number) says where among them to begin, so that not all are sent to the same few.
   */
  find(name: string, asker: string, from: number, addressesOf: (peerId: string) => readonly string[] | undefined): NodeFound[] {
    const peers = [...(this.#byName.get(name) ?? [])].filter((peerId) => peerId !== asker)
    const start = peers.length === 0 ? 0 : from % peers.length
    const found: NodeFound[] = []
    for (const peerId of [...peers.slice(start), ...peers.slice(0, start)]) {
      const addresses = addressesOf(peerId)
      if (addresses !== undefined) found.push({ peerId, addresses })
      if (found.length === MAX_NODES_FOUND) break
    }
    return found
  }

  /** The host with the most names loses one, of its node with the most. False if that is the one that wants more. */
  #makeRoom(host: string): boolean {
    let [greatest, most] = ['', 0]
    for (const [one, count] of this.#byHost) if (count > most) [greatest, most] = [one, count]
    if ((this.#byHost.get(host) ?? 0) + 1 >= most) return false
    let largest: [string, Holder] | undefined
    for (const [peerId, holder] of this.#byPeer) {
      if (holder.host === greatest && (largest === undefined || holder.names.length > largest[1].names.length)) largest = [peerId, holder]
    }
    if (largest === undefined) return false
    // The name that it gave last: what somebody has been found under for long is of more use.
    return this.#removeLast(largest[0])
  }

  /** False when the node has none. */
  #removeLast(peerId: string): boolean {
    const holder = this.#byPeer.get(peerId)
    const name = holder?.names.pop()
    if (holder === undefined || name === undefined) return false
    const peers = this.#byName.get(name)
    peers?.delete(peerId)
    if (peers?.size === 0) this.#byName.delete(name)
    if (holder.names.length === 0) this.#byPeer.delete(peerId)
    const left = (this.#byHost.get(holder.host) ?? 1) - 1
    if (left === 0) this.#byHost.delete(holder.host)
    else this.#byHost.set(holder.host, left)
    this.#names--
    return true
  }
}
