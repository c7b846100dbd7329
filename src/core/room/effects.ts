/** What goes into a room's machine, and what comes out of it. */
import type { Action, Deed } from '../authority/actions/action.ts'
import type { SiftRefusal } from '../authority/authority.ts'
import type { Change } from '../authority/resolver.ts'
import type { Value } from '../record/codec.ts'
import type { PresenceClaim } from '../record/payloads.ts'
import type { RecordId, SignedRecord } from '../record/record.ts'
import { refuse } from '../refusal.ts'
import type { Refusal } from '../refusal.ts'

export type RoomInput =
  /** This node's person says or does something. */
  | { readonly type: 'post'; readonly kind: number; readonly payload: Value }
  /** This node's person acts on the room. The machine adds the cut. */
  | ActInput
  | TokenInput
  /** This node says that it is there. */
  | { readonly type: 'announce'; readonly nick: string; readonly state: PresenceClaim['state'] }
  /** What a gossip frame held. `from`: who passed it on, in whatever words; its budget is by them. */
  | { readonly type: 'gossip'; readonly bytes: Uint8Array; readonly from?: string }
  /** Records that a member handed over. */
  | { readonly type: 'sync'; readonly records: readonly Uint8Array[]; readonly from?: string }
  /**
   * Records of an archive, in its order. Messages are kept if their own past leaves them a right to be there, and judged whenever they are shown: what
   * shows that they came before a removal stands behind them, and the bounds that are there for strangers would cut off what this person wants to have.
   */
  | { readonly type: 'restore'; readonly records: readonly Uint8Array[] }
  /** All that a member has is here: what could not be judged before may be now. */
  | { readonly type: 'settle' }
  | { readonly type: 'tick' }
  /** These are in the store, or are not any more. */
  | { readonly type: 'written'; readonly ids: readonly RecordId[] }

export interface ActInput {
  readonly type: 'act'
  readonly action: Action
  readonly deed: Deed
}

/** Who holds the reclaim token makes themselves owner with it, or, as the owner, changes it. */
export interface TokenInput {
  readonly type: 'token'
  readonly action: 'reclaim' | 'rotate-token'
  /** Of the token that is used up, and of the one that comes after it, 32 bytes each. */
  readonly secret: Uint8Array
  readonly next: Uint8Array
}

/** Why nothing was signed. */
export interface PostRefusal extends Refusal {
  /** When there is room again, ms. */
  readonly retryAtMs?: number
}

export type RoomEffect =
  | { readonly type: 'persist'; readonly record: SignedRecord; readonly verified: boolean; readonly own: boolean }
  /** It was stored, or is about to be, and does not count; nothing needs it any more. */
  | { readonly type: 'discard'; readonly record: SignedRecord }
  /** Seal it and gossip it. */
  | { readonly type: 'publish'; readonly record: SignedRecord }
  /** A line of conversation is new. */
  | { readonly type: 'line'; readonly record: SignedRecord; readonly own: boolean; readonly synced: boolean }
  /** Authority records were taken in, and what they say may be something else. `again`: messages that were refused may count now, and are to be asked for. */
  | { readonly type: 'rights'; readonly entered: readonly RecordId[]; readonly change: Change; readonly again: boolean }
  /** Other messages are shown than before. */
  | { readonly type: 'rewritten' }
  /** Somebody says that they go. */
  | { readonly type: 'left'; readonly identity: string }
  /** The input was a wish of this node's person that cannot be. */
  | { readonly type: 'refused'; readonly refusal: PostRefusal }
  | {
    readonly type: 'presence'
    readonly identity: string
    readonly claim: PresenceClaim
    /** What is newest there, of messages and of authority records. */
    readonly heads: readonly RecordId[]
    readonly auth: readonly RecordId[]
  }
  /** The fate of the one record of a `gossip` input. */
  | { readonly type: 'verdict'; readonly verdict: 'accept' | 'ignore' | 'reject'; readonly why: string }
  /** Ask members for these. */
  | { readonly type: 'fetch'; readonly ids: readonly RecordId[] }
  /** So many records are known to be missing. */
  | { readonly type: 'gap'; readonly missing: number }
  /** So many old messages of a `sync` input were not taken in: there were more today than the room takes in a day. */
  | { readonly type: 'left-out'; readonly records: number }
  /** The giver of a `sync` or `gossip` input sent something that no honest node sends. */
  | { readonly type: 'misbehaviour'; readonly why: string }

export function verdict(value: 'accept' | 'ignore' | 'reject', why: string): RoomEffect {
  return { type: 'verdict', verdict: value, why }
}

export function fetch(ids: readonly RecordId[]): RoomEffect[] {
  return ids.length > 0 ? [{ type: 'fetch', ids }] : []
}

export function withoutVerdicts(effects: RoomEffect[]): RoomEffect[] {
  return effects.filter((effect) => effect.type !== 'verdict')
}

/** The answer to whoever asked for a record that the room then did not take, by the verdict on it. */
export function notTaken(effects: readonly RoomEffect[]): Refusal {
  const ruling = effects.find((effect) => effect.type === 'verdict')
  return refuse('not-taken', `the room does not take it: ${ruling?.why ?? 'it is full'}`)
}

/** What its own past alone shows to be without right: no honest node keeps it, or passes it on. */
export function baseless(why: string): RoomEffect[] {
  return [verdict('reject', why), { type: 'misbehaviour', why }]
}

export const REFUSED: Readonly<Record<SiftRefusal, readonly RoomEffect[]>> = {
  'no-parent': [verdict('ignore', 'it relies on records that were not taken')],
  'no-standing': baseless('its author had no right to it'),
  'no-weight': [verdict('ignore', 'it changes nothing')],
  'too-many': baseless('its author had done as much as the room takes in a week'),
  'on-refused': baseless('it relies on what nobody may rely on'),
  'no-room': [verdict('ignore', 'its author made many beside each other, and nothing names it')]
}

/** The same, to who wanted it done. */
export const ANSWERS: Readonly<Record<SiftRefusal, Refusal>> = {
  'no-parent': refuse('not-taken', 'the records that it relies on are not here; try again in a moment'),
  'no-standing': refuse('not-taken', 'by what is known here, you have no right to it'),
  'no-weight': refuse('not-taken', 'it changes nothing, and is not kept'),
  'too-many': refuse('too-many', 'you have done as much in a week as the room takes of one person; the owner can do more'),
  'on-refused': refuse('not-taken', 'it relies on what nobody may rely on'),
  'no-room': refuse('too-many', 'too many acts of yours were done beside each other; is somebody else using your key?')
}
