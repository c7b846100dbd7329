/** The part of the facade that deals with rights: what the records of a room say, and acts that change it. */
import { explain, whyPerson } from '../core/authority/why.ts'
import type { Explanation } from '../core/authority/why.ts'
import { formatReclaimToken, parseReclaimToken, TOKEN_SECRET_BYTES } from '../core/authority/reclaim-token.ts'
import type { RecordId } from '../core/record/record.ts'
import type { RoomInput } from '../core/room/effects.ts'
import { ApiError, REFUSED } from './api.ts'
import type { ActView, WhyView } from './api.ts'
import { createArchive } from './archive.ts'
import type { ChatNode } from './chat-node.ts'
import type { Engine } from './context.ts'
import { deedOf } from './deeds.ts'
import { ensureRunning } from './life.ts'
import type { RoomHost } from './room-host.ts'
import { actView } from './room-standing.ts'
import type { Rooms } from './rooms.ts'
import { serverBanText } from './shown-here.ts'
import { stateView } from './state-view.ts'
import { refusalError } from './views.ts'
import { whyAbout } from './why-about.ts'
import { namedIn, resolveWho } from './who.ts'

export type Governance = Pick<ChatNode, 'roomState' | 'act' | 'reclaim' | 'rotateToken' | 'why' | 'acts' | 'records' | 'importRecords'>

const DEFAULT_ACTS = 100

export function createGovernance(engine: Engine, rooms: Rooms): Governance {
  const archive = createArchive(engine, rooms)

  /** Resolves once the record is stored. */
  function sign(host: RoomHost, input: RoomInput): Promise<{ id: RecordId }> {
    // Like what is said: without a key it would not be heard of before somebody compares what they have.
    host.keys.ensure()
    return new Promise((resolve, reject) => {
      host.dispatch(input, {
        published: (record) => resolve({ id: record.id }),
        refused: (refusal) => reject(refusalError(refusal)),
        failed: (fault) => reject(new ApiError(REFUSED, fault.fault, `Nothing was done: ${fault.message}`))
      })
    })
  }

  async function useToken(room: string, token: string, action: 'reclaim' | 'rotate-token'): Promise<{ reclaimToken: string }> {
    ensureRunning(engine.life)
    const host = rooms.resolve(room)
    const secret = parseReclaimToken(token)
    if (!secret.ok) throw refusalError(secret)
    const next = engine.random.bytes(TOKEN_SECRET_BYTES)
    await sign(host, { type: 'token', action, secret: secret.value, next })
    return { reclaimToken: formatReclaimToken(next) }
  }

  return {
    roomState(room) {
      const host = rooms.resolve(room)
      return { ...stateView(host.machine.rights.authority, engine.clock.nowMs()), people: namedIn(engine, host) }
    },

    async act(asked) {
      ensureRunning(engine.life)
      const host = rooms.resolve(asked.room)
      return await sign(host, { type: 'act', ...deedOf(engine, host, asked) })
    },

    reclaim: (room, token) => useToken(room, token, 'reclaim'),
    rotateToken: (room, token) => useToken(room, token, 'rotate-token'),
    why: (room, target) => whyView(engine, rooms.resolve(room), target),

    acts({ room, limit = DEFAULT_ACTS, before = Infinity }) {
      const host = rooms.resolve(room)
      const { book } = host.machine.rights.authority
      const told = book.acts.filter((act) => act.action !== undefined && act.timeUs < before * 1000)
      const latest = told.sort((left, right) => left.timeUs - right.timeUs || (left.id < right.id ? -1 : 1)).slice(-limit)
      return latest.map((act): ActView => actView(host, explain(book, act, host.nameOf), act))
    },

    ...archive
  }
}

function whyWho(engine: Engine, host: RoomHost, identity: string): Explanation {
  const { text, records } = whyPerson(host.machine.rights.authority, identity, host.nameOf, engine.clock.nowMs())
  return { text: text + serverBanText(engine, host, identity), records }
}

function whyView(engine: Engine, host: RoomHost, target: string): WhyView {
  const about = whyAbout(engine, host, target.trim().toLowerCase()) ?? whyWho(engine, host, resolveWho(engine, host, target))
  const records = about.records.map(({ id, kind, author, effective, because }) => ({ id, kind, author, effective, because }))
  return { text: about.text, records }
}
