/**
 * Epochs: the keys that room traffic is encrypted with. Any permitted member may make one; it names the authority heads under which it was
 * made, so that a sender can see whether it is older than a removal. Handed over on authenticated streams only.
 */
import { hash } from 'node:crypto'
import { accept, refuse } from '../refusal.ts'
import type { Outcome } from '../refusal.ts'
import { fromHex, toHex } from '../record/bytes.ts'
import { asArray, encode, isArray, isBytes, isCount } from '../record/codec.ts'
import type { Value } from '../record/codec.ts'
import { MAX_AUTHORITY_PARENTS, MAX_TIME_US } from '../record/limits.ts'
import type { RecordId, RoomId } from '../record/record.ts'

export const EPOCH_ID_BYTES = 16
export const EPOCH_KEY_BYTES = 32

export interface Epoch {
  /** First 16 bytes of SHA-256 over room, key, heads and time: it names the key and tells nothing of it. Hex. */
  readonly id: string
  readonly key: Uint8Array
  readonly heads: readonly RecordId[]
  readonly createdMs: number
}

export function makeEpoch(room: RoomId, key: Uint8Array, heads: readonly RecordId[], createdMs: number): Epoch {
  const sorted = [...heads].sort()
  const named = encode(['p2pchat epoch v1', fromHex(room), key, sorted.map(fromHex), createdMs])
  return { id: hash('sha256', named, 'hex').slice(0, EPOCH_ID_BYTES * 2), key, heads: sorted, createdMs }
}

/** `[key, heads, created]`: the id is computed, never taken from the giver. */
export function epochValue(epoch: Epoch): Value {
  return [epoch.key, epoch.heads.map(fromHex), epoch.createdMs]
}

export function readEpoch(room: RoomId, value: Value): Outcome<Epoch> {
  const [key, heads, createdMs] = asArray(value, 3) ?? []
  if (!isBytes(key, EPOCH_KEY_BYTES) || !isCount(createdMs, MAX_TIME_US / 1000)) return refuse('malformed', 'that is no epoch')
  if (!isArray(heads) || heads.length > MAX_AUTHORITY_PARENTS) return refuse('malformed', 'that is no epoch')
  const ids: RecordId[] = []
  for (const head of heads) {
    if (!isBytes(head, 32)) return refuse('malformed', 'that is no epoch')
    ids.push(toHex(head))
  }
  return accept(makeEpoch(room, key, ids, createdMs))
}

/**
 * The epoch that a sender uses, of those that may be: the newest by its maker's clock, then the smaller id. All who have the same epochs choose the same.
 * One from the future gives way to any other: a clock that is ahead would else keep all later ones from being used.
 */
export function currentEpoch(epochs: Iterable<Epoch>, untilMs: number): Epoch | undefined {
  let best: Epoch | undefined
  for (const epoch of epochs) {
    const isAhead = epoch.createdMs > untilMs
    if (best !== undefined && isAhead !== best.createdMs > untilMs) best = isAhead ? best : epoch
    else if (best === undefined || epoch.createdMs > best.createdMs) best = epoch
    else if (epoch.createdMs === best.createdMs && epoch.id < best.id) best = epoch
  }
  return best
}
