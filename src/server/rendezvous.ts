/** Who can be found under which hashed name: of those who are connected, and only while they are. Nothing of it is stored. */
import { MAX_NODES_FOUND, MAX_RENDEZVOUS_NAMES } from '../core/record/limits.ts'
import type { NodeFound } from '../core/server/messages.ts'

export class Rendezvous {
  #names = 0
  readonly #byName = new Map<string, Set<string>>()
  readonly #byPeer = new Map<string, readonly string[]>()

  /** Entries, one for each name of each node. */
  get size(): number {
    return this.#names
  }

  /** Replaces what this node is found under. Names that do not fit any more are left out. */
  set(peerId: string, names: readonly string[]): void {
    for (const name of this.#byPeer.get(peerId) ?? []) {
      const peers = this.#byName.get(name)
      if (peers?.delete(peerId) === true) this.#names--
      if (peers?.size === 0) this.#byName.delete(name)
    }
    const taken = [...new Set(names)].slice(0, Math.max(0, MAX_RENDEZVOUS_NAMES - this.#names))
    if (taken.length === 0) this.#byPeer.delete(peerId)
    else this.#byPeer.set(peerId, taken)
    for (const name of taken) {
      const peers = this.#byName.get(name) ?? new Set()
      this.#byName.set(name, peers.add(peerId))
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
}
