/** What reaches this node and how, as the faces tell it. */
import type { NodeStatus } from './api.ts'
import type { Engine } from './context.ts'
import type { ReachReport } from './ports.ts'

export interface NodeReach extends ReachReport, Pick<NodeStatus, 'version' | 'peerId' | 'peers'> {
  /** How far the clocks of others are ahead of this one, the middle one of so many who said it. */
  readonly clock: { readonly comparedWith: number; readonly aheadMs: number }
}

export function reachOf({ network, clocks }: Engine, { version, peerId, peers }: NodeStatus): NodeReach {
  return { ...network.reach(), version, peerId, peers, clock: clocks.summary() }
}
