/** What the signed records of a room say, as the faces see it. */
import { rateFrom } from '../core/authority/actions/policy.ts'
import type { Authority } from '../core/authority/authority.ts'
import { DEFAULT_RATE } from '../core/authority/messages.ts'
import { isMuted, isPermitted, stateHash } from '../core/authority/state.ts'
import type { RoomState } from '../core/authority/state.ts'
import type { PolicyView, RoomStateView } from './api.ts'

/** All but how people are called here. @param nowMs by which sanctions that have an end are over */
export function stateView({ state, book, size }: Authority, nowMs: number): Omit<RoomStateView, 'people'> {
  const inForce = (sanctions: RoomState['removals'], holds: (identity: string) => boolean): string[] =>
    [...new Set(sanctions.map(({ target }) => target))].filter(holds).sort()
  const bans = state.removals.filter(({ record }) => book.actById(record)?.action?.liftedByAny !== true)
  return {
    stateHash: stateHash(state),
    owner: state.owner,
    admins: [...state.admins],
    banned: inForce(bans, (identity) => !isPermitted({ ...state, access: 'open', removals: bans }, identity, nowMs)),
    muted: inForce(state.mutes, (identity) => isMuted(state, identity, nowMs)),
    topic: state.topic,
    access: state.access,
    policy: policyView(state),
    generation: state.generation,
    closed: state.closed,
    records: size
  }
}

function policyView({ settings }: RoomState): PolicyView {
  const orNone = <T extends string>(key: string, none: T): number | T => Number(settings.get(key) ?? 0) || none
  const rate = settings.get('rate')
  return {
    slow: orNone('slow', 'off'),
    idle: orNone('idle', 'off'),
    rate: rate === undefined ? DEFAULT_RATE : (rateFrom(rate) ?? 'off'),
    history: orNone('history', 'all'),
    announceOnly: settings.get('announceOnly') === true
  }
}
