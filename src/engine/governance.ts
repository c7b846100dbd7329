/** The part of the facade that deals with rights: what the records of a room say, and acts that change it. */
import { ApiError, REFUSED } from './api.ts'
import { createArchive } from './archive.ts'
import type { ChatNode } from './chat-node.ts'
import type { Engine } from './context.ts'
import type { Rooms } from './rooms.ts'

export type Governance = Pick<
  ChatNode,
  'roomState' | 'act' | 'reclaim' | 'rotateToken' | 'why' | 'acts' | 'records' | 'importRecords'
>

export function createGovernance(engine: Engine, rooms: Rooms): Governance {
  const refuse = (): never => {
    throw new ApiError(REFUSED, 'unsupported', 'This is being built.')
  }
  const archive = createArchive(engine, rooms)
  return { roomState: refuse, act: refuse, reclaim: refuse, rotateToken: refuse, why: refuse, acts: refuse, ...archive }
}
