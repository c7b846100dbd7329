import type { PeerStore } from '@libp2p/interface'
import { peerIdFromString } from '@libp2p/peer-id'

/** How libp2p values a peer when it closes connections because there are too many. It redials nobody by this name. */
const TAG = 'p2pchat-keep'
const VALUE = 50

/** Marks the peers to keep in libp2p's peer store, so that pruning spares them. */
export class KeepTags {
  #wanted: ReadonlySet<string> = new Set()
  #tagged: ReadonlySet<string> = new Set()

  /** These peers and no others; written when there is a peer store. */
  async set(peerIds: ReadonlySet<string>, peerStore: PeerStore | undefined): Promise<void> {
    this.#wanted = peerIds
    if (peerStore !== undefined) await this.write(peerStore)
  }

  /** Peers whose record cannot be written stay as they were: it is a preference only. */
  async write(peerStore: PeerStore): Promise<void> {
    const [before, peerIds] = [this.#tagged, this.#wanted]
    this.#tagged = peerIds
    const changes = [
      ...[...before].filter((peerId) => !peerIds.has(peerId)).map((peerId) => [peerId, undefined] as const),
      ...[...peerIds].filter((peerId) => !before.has(peerId)).map((peerId) => [peerId, { value: VALUE }] as const)
    ]
    await Promise.allSettled(changes.map(([peerId, tag]) => peerStore.merge(peerIdFromString(peerId), { tags: { [TAG]: tag } })))
  }
}
