/** The part of the facade that deals with rights: what the records of a room say, and acts that change it. */
import { ApiError, REFUSED } from './api.ts'
import type { ChatNode } from './chat-node.ts'
import type { Engine } from './context.ts'
import type { Rooms } from './rooms.ts'

export type Governance = Pick<
  ChatNode,
  'roomState' | 'act' | 'reclaim' | 'rotateToken' | 'why' | 'acts' | 'records' | 'importRecords'
>

export function createGovernance(_engine: Engine, _rooms: Rooms): Governance {
  const refuse = (): never => {
    throw new ApiError(REFUSED, 'unsupported', 'This is being built.')
  }
  return { roomState: refuse, act: refuse, reclaim: refuse, rotateToken: refuse, why: refuse, acts: refuse, records: refuse, importRecords: refuse }
}
