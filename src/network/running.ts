import type { Connection, Libp2p } from '@libp2p/interface'
import type { CrowdControl } from './crowd-control.ts'
import type { ConnectedPeer } from '../engine/ports.ts'
import { pathOf } from './addresses.ts'
import { hostOf } from './hosts.ts'
import type { Liveness } from './liveness.ts'
import type { OwnAddresses } from './own-addresses.ts'
import type { MemberStreams } from './protocols/member-stream.ts'
import type { RedialLoop } from './redial-loop.ts'
import type { Connected } from './told-addresses.ts'

/** A connected peer that has said nothing about its protocols by then is not waited for. */
const UNDECIDED_MS = 3000

/** What exists while the node runs. */
export interface Running {
  readonly libp2p: Libp2p
  readonly members: MemberStreams
  readonly liveness: Liveness
  readonly loop: RedialLoop
  readonly crowd: CrowdControl
  readonly own: OwnAddresses
  readonly unwatch: () => void
}

/** Whether some peer has just been connected of whom it is not known yet whether it is one of us. */
export function undecided({ libp2p, members }: Running): boolean {
  return libp2p.getConnections().some(({ remotePeer, timeline }) =>
    members.undecided(remotePeer.toString()) && Date.now() - timeline.open < UNDECIDED_MS)
}

/** By PeerId. */
export function connectionsOf(running: Running | undefined): Connected {
  return (peerId) => (running?.libp2p.getConnections() ?? []).filter(({ remotePeer }) => remotePeer.toString() === peerId)
}

export function describe(peerId: string, connection: Connection): ConnectedPeer {
  const limited = connection.limits === undefined ? {} : { limited: true as const }
  const host = hostOf(connection.remoteAddr)
  const known = host === undefined ? {} : { host }
  const outbound = connection.direction === 'outbound' ? { outbound: true as const } : {}
  return { peerId, address: connection.remoteAddr.toString(), path: pathOf(connection.remoteAddr), ...limited, ...known, ...outbound }
}
