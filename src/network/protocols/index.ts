/** The stream protocols of p2pchat: one file each, and this table. */
import type { StreamHandlerOptions } from '@libp2p/interface'

export interface StreamProtocol {
  readonly id: string
  readonly options: Required<Pick<StreamHandlerOptions, 'maxInboundStreams' | 'maxOutboundStreams' | 'runOnLimitedConnection'>>
}

/** Rooms also run over relays, whose connections libp2p calls limited. */
const runOnLimitedConnection = true

export const PROTOCOLS = {
  /** One in use, and one that takes its place: see member-stream.ts. */
  member: {
    id: '/p2pchat/member/1.0.0',
    options: { maxInboundStreams: 3, maxOutboundStreams: 3, runOnLimitedConnection }
  },
  /** One in use, and one that takes its place: see server-stream.ts. */
  server: {
    id: '/p2pchat/server/1.0.0',
    options: { maxInboundStreams: 2, maxOutboundStreams: 2, runOnLimitedConnection }
  }
} as const satisfies Record<string, StreamProtocol>
