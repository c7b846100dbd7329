/** A room's epoch keys on this node: sealing, opening, and the frames that wait for a key that is on its way. */
import { MAX_EPOCHS, MAX_PARKED_FRAME_BYTES, MAX_PARKED_FRAMES } from '../core/record/limits.ts'
import type { RecordId, RoomId } from '../core/record/record.ts'
import { refuse } from '../core/refusal.ts'
import type { Outcome } from '../core/refusal.ts'
import { EPOCH_KEY_BYTES, makeEpoch } from '../core/seal/epoch.ts'
import type { Epoch } from '../core/seal/epoch.ts'
import { frameKey, NONCE_BYTES, openFrame, readFrame, sealFrame } from '../core/seal/frame.ts'
import type { FrameKey } from '../core/seal/frame.ts'
import type { Random } from './ports.ts'

export interface EpochRing {
  readonly all: readonly Epoch[]
  get(id: string): Epoch | undefined
  /** Takes in a key that a member handed over. False when it was known. */
  learn(epoch: Epoch, nowMs: number): boolean
  make(heads: readonly RecordId[], nowMs: number): Epoch
  forget(id: string): void
  seal(epoch: Epoch, plaintext: Uint8Array): Uint8Array
  /** Refuses with `unknown-epoch` (and keeps the frame, within a bound), `malformed` or `forged`. */
  open(bytes: Uint8Array): Outcome<Uint8Array>
  /** Frames that were kept and can be opened now. */
  unpark(): Uint8Array[]
}

export function createEpochRing(room: RoomId, stored: readonly Epoch[], random: Random): EpochRing {
  const epochs = new Map<string, Epoch>(stored.map((epoch) => [epoch.id, epoch]))
  const keys = new Map<string, FrameKey>()
  const parked = new Map<Uint8Array, string>()
  let parkedBytes = 0

  /** Made when first needed: most of the epochs kept are old, and seal and open nothing any more. */
  function keyOf(epoch: Epoch): FrameKey {
    let key = keys.get(epoch.id)
    if (key === undefined) keys.set(epoch.id, (key = frameKey(room, epoch)))
    return key
  }

  function park(frame: Uint8Array, epochId: string): void {
    parked.set(frame, epochId)
    parkedBytes += frame.length
    while (parked.size > MAX_PARKED_FRAMES || parkedBytes > MAX_PARKED_FRAME_BYTES) unpark(parked.keys().next().value!)
  }

  function unpark(frame: Uint8Array): void {
    if (parked.delete(frame)) parkedBytes -= frame.length
  }

  function add(epoch: Epoch, nowMs: number): void {
    epochs.set(epoch.id, epoch)
    while (epochs.size > MAX_EPOCHS) forget(superfluous([...epochs.values()], nowMs).id)
  }

  function forget(id: string): void {
    epochs.delete(id)
    keys.delete(id)
  }

  return {
    get all() {
      return [...epochs.values()]
    },

    get: (id) => epochs.get(id),
    forget,

    learn(epoch, nowMs) {
      if (epochs.has(epoch.id)) return false
      add(epoch, nowMs)
      return epochs.has(epoch.id)
    },

    make(heads, nowMs) {
      const epoch = makeEpoch(room, random.bytes(EPOCH_KEY_BYTES), heads, nowMs)
      add(epoch, nowMs)
      return epoch
    },

    seal: (epoch, plaintext) => sealFrame(keyOf(epoch), random.bytes(NONCE_BYTES), plaintext),

    open(bytes) {
      const frame = readFrame(bytes)
      if (!frame.ok) return frame
      const epoch = epochs.get(frame.value.epochId)
      if (epoch !== undefined) return openFrame(keyOf(epoch), frame.value)
      // A copy: what came is a view into a network buffer many times as large.
      park(new Uint8Array(bytes), frame.value.epochId)
      return refuse('unknown-epoch', 'the key of this frame is not here')
    },

    unpark() {
      const ready = [...parked].filter(([, epochId]) => epochs.has(epochId)).map(([bytes]) => bytes)
      for (const bytes of ready) unpark(bytes)
      return ready
    }
  }
}

/**
 * Everybody drops the same ones, whatever came first: else two nodes with different sets would go on handing each other what the other dropped. First
 * those that are farthest in the future: who was a member and dated keys so could else keep all that are made after its removal from being kept.
 */
function superfluous(epochs: readonly Epoch[], nowMs: number): Epoch {
  const ahead = epochs.filter(({ createdMs }) => createdMs > nowMs)
  return ahead.length > 0 ? ahead.reduce((left, right) => (older(left, right) === left ? right : left)) : epochs.reduce(older)
}

function older(left: Epoch, right: Epoch): Epoch {
  if (left.createdMs !== right.createdMs) return left.createdMs < right.createdMs ? left : right
  return left.id > right.id ? left : right
}
