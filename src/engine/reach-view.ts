/** What reaches this node and how, as the faces tell it. */
import type { NodeStatus } from './api.ts'
import type { Engine } from './context.ts'
import type { ReachReport } from './ports.ts'

export interface NodeReach extends ReachReport, Pick<NodeStatus, 'version' | 'peerId' | 'peers'> {
  /** How far the clocks of others are ahead of this one, the middle one of so many who said it. */
  readonly clock: { readonly comparedWith: number; readonly aheadMs: number }
  /** Where another process with the keys of this home is online. */
  readonly elsewhere?: { readonly address: string }
}

export function reachOf({ network, clocks }: Engine, { version, peerId, peers, elsewhere }: NodeStatus): NodeReach {
  return { ...network.reach(), version, peerId, peers, clock: clocks.summary(), ...(elsewhere === undefined ? {} : { elsewhere }) }
}
