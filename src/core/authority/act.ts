/** Authority records as the resolver sees them: numbered, their payload read. */
import type { Value } from '../record/codec.ts'
import type { Identity } from '../record/keys.ts'
import type { RecordId, SignedRecord } from '../record/record.ts'
import type { Action, Deed } from './actions/action.ts'
import { ACTIONS } from './actions/index.ts'
import { policy } from './actions/policy.ts'

export interface Act {
  /** Its number in the graph. */
  readonly index: number
  readonly id: RecordId
  readonly kind: number
  readonly author: Identity
  readonly timeUs: number
  readonly depth: number
  /** Undefined for the genesis and for kinds that are not known. */
  readonly action: Action | undefined
  readonly deed: Deed
}

const BY_KIND: ReadonlyMap<number, Action> = new Map(ACTIONS.map((action) => [action.kind, action]))
const NOTHING: Deed = {}

export function actOf(record: SignedRecord, index: number, depth: number): Act {
  const { id, kind, author, timeUs } = record
  const action = BY_KIND.get(kind)
  return { index, id, kind, author, timeUs, depth, action, deed: action === undefined ? NOTHING : deedOf(action, record.payload) }
}

/** The act's payload if it is of this action. */
export function payloadOf<P extends Deed>(act: Act, action: Action<P>): P | undefined {
  return act.action?.kind === action.kind ? (act.deed as P) : undefined
}

/** A setting's value in a policy that names it. */
export function settingOf(act: Act, key: string): Value {
  return payloadOf(act, policy)!.settings.get(key)!
}

/** @throws {RangeError} for a payload that decodeRecord would have refused: a bug, not input. */
function deedOf(action: Action, payload: Value): Deed {
  const deed = action.read(payload)
  if (!deed.ok) throw new RangeError(deed.message)
  return deed.value
}
