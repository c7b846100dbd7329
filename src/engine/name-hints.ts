/** Rooms that peers tell of under a name, and how much there is to it. */
import { KIND } from '../core/record/kinds.ts'
import { readGenesis } from '../core/record/payloads.ts'
import { decodeRecord, verifyRecord } from '../core/record/record.ts'
import type { RoomId, SignedRecord } from '../core/record/record.ts'
import { idHash, nameHash } from '../core/seal/topic.ts'
import { parseRoomName } from '../core/text/names.ts'

/** Rooms remembered under one name. Liars can name any number: where there are too many, those give way of which the fewest tell. */
const MAX_HINTS = 32

export interface Hint {
  readonly genesis: SignedRecord
  established: boolean
  /** Who tells of it, and where each is. */
  readonly by: Map<string, string>
}

/** A peer tells of a room. */
export function noteHint(known: Map<RoomId, Hint>, hint: Hint): void {
  const before = known.get(hint.genesis.id)
  if (before === undefined) known.set(hint.genesis.id, hint)
  else {
    before.established ||= hint.established
    for (const [peerId, host] of hint.by) if (before.by.size < MAX_HINTS) before.by.set(peerId, host)
  }
  if (known.size > MAX_HINTS) known.delete(superfluous(known))
}

/** How many tell of a room: first at how many addresses, since a PeerId costs nothing, then how many at all. */
export function support({ by }: Hint): number {
  return new Set(by.values()).size * MAX_HINTS + by.size
}

/** Of the hints with the least support the oldest, of whoever gave the most: what several honest ones tell stays, also if a hundred liars came first. */
function superfluous(hints: ReadonlyMap<RoomId, Hint>): RoomId {
  const givers = new Map<string, number>()
  for (const { by } of hints.values()) for (const peerId of by.keys()) givers.set(peerId, (givers.get(peerId) ?? 0) + 1)
  const least = Math.min(...[...hints.values()].map(support))
  const weakest = [...hints.values()].filter((hint) => support(hint) === least)
  const given = ({ by }: Hint): number => Math.max(...[...by.keys()].map((peerId) => givers.get(peerId) ?? 0))
  const most = Math.max(...weakest.map(given))
  return weakest.filter((hint) => given(hint) === most)[0]!.genesis.id
}

/** The genesis, if it is one, is signed, and its name or id is the one asked for. */
export function readHint(bytes: Uint8Array, wanted: string): SignedRecord | undefined {
  const decoded = decodeRecord(bytes)
  if (!decoded.ok || decoded.value.kind !== KIND.genesis) return undefined
  const genesis = readGenesis(decoded.value.payload)
  const parsed = genesis.ok ? parseRoomName(genesis.value.name) : genesis
  if (!genesis.ok || !parsed.ok || genesis.value.access !== 'open') return undefined
  if (nameHash(parsed.value.key) !== wanted && idHash(decoded.value.id) !== wanted) return undefined
  return verifyRecord(decoded.value) ? decoded.value : undefined
}
