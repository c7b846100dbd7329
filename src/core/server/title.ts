/**
 * A title: who owns a room, proved to somebody who is not in it. It is the genesis and, one after the other, the records that handed the room or its
 * token over: transfer, reclaim, rotate-token, verbatim and nothing else of the room. Each is signed by whom the one before made owner, or proved by
 * the reclaim key to which the generation before committed.
 *
 * Whether a record has another in its past cannot be told without the records between them, which are nobody else's business: times that ascend stand
 * in for it. Of two titles that part, the one counts that the room would follow if it had no more than both.
 */
import { reclaim } from '../authority/actions/reclaim.ts'
import { rotateToken } from '../authority/actions/rotate-token.ts'
import { verifyTokenProof } from '../authority/actions/token-proof.ts'
import { transfer } from '../authority/actions/transfer.ts'
import { toHex } from '../record/bytes.ts'
import type { Identity } from '../record/keys.ts'
import { KIND } from '../record/kinds.ts'
import { MAX_LISTED_GENESIS_BYTES, MAX_TITLE_STEP_BYTES, MAX_TITLE_STEPS } from '../record/limits.ts'
import { readGenesis } from '../record/payloads.ts'
import type { Genesis } from '../record/payloads.ts'
import { decodeRecord, verifyRecord } from '../record/record.ts'
import type { RoomId, SignedRecord } from '../record/record.ts'
import { accept, refuse } from '../refusal.ts'
import type { Outcome } from '../refusal.ts'

interface Step {
  readonly id: string
  readonly timeUs: number
  /** It began a generation: by the owner, who had the token as well, or by somebody who had the token alone. */
  readonly ends: 'by-owner' | 'by-token' | undefined
}

export interface Title {
  readonly room: RoomId
  readonly genesis: Genesis
  /** Whom the last step made owner; without any, who made the room. */
  readonly owner: Identity
  readonly steps: readonly Step[]
}

/** What is known after some steps. */
interface Place {
  readonly owner: Identity
  readonly generation: number
  /** SHA-256 of the reclaim key that ends the generation, hex. */
  readonly commitment: string
}

/** Checks size, form, signatures and proofs. Never throws. Refuses with `too-long`, `malformed`, `too-many`, `forged`, …. */
export function readTitle(genesisBytes: Uint8Array, stepBytes: readonly Uint8Array[]): Outcome<Title> {
  if (stepBytes.length > MAX_TITLE_STEPS) {
    return refuse('too-many', `The room was handed over more than ${MAX_TITLE_STEPS} times: its owner cannot be shown to a server.`)
  }
  const genesis = readGenesisRecord(genesisBytes)
  if (!genesis.ok) return genesis
  const { id: room, author, timeUs } = genesis.value.record
  let place: Place = { owner: author, generation: 0, commitment: toHex(genesis.value.payload.commitment) }
  let beforeUs = timeUs
  const steps: Step[] = []
  for (const bytes of stepBytes) {
    if (bytes.length > MAX_TITLE_STEP_BYTES) return refuse('too-long', 'a record that hands over a room is not as long as that')
    const record = decodeRecord(bytes)
    if (!record.ok) return record
    const { id, timeUs: stepUs } = record.value
    const isOurs = record.value.room === room && stepUs > beforeUs && verifyRecord(record.value)
    const next = isOurs ? follow(record.value, place) : undefined
    if (next === undefined) return refuse('forged', 'these records do not show who owns the room')
    const ends = next.generation === place.generation ? undefined : record.value.author === place.owner ? 'by-owner' : 'by-token'
    steps.push({ id, timeUs: stepUs, ends })
    place = next
    beforeUs = stepUs
  }
  return accept({ room, genesis: genesis.value.payload, owner: place.owner, steps })
}

/** Of two titles of one room, whether the second counts where both are known. A longer one counts before what it goes on from. */
export function prevails(known: Title, shown: Title): boolean {
  return wins(shown.steps, known.steps)
}

function wins(shown: readonly Step[], known: readonly Step[]): boolean {
  let at = 0
  while (at < shown.length && shown[at]!.id === known[at]?.id) at++
  const [mine, theirs] = [shown.slice(at), known.slice(at)]
  const [next, other] = [mine[0], theirs[0]]
  if (next === undefined) return other === undefined
  if (other === undefined) return true
  const [end, otherEnd] = [mine.findIndex(({ ends }) => ends !== undefined), theirs.findIndex(({ ends }) => ends !== undefined)]
  // A generation that was ended is over, whatever was handed over in it elsewhere.
  if (end < 0 !== otherEnd < 0) return otherEnd < 0
  const [ender, otherEnder] = [mine[end], theirs[otherEnd]]
  if (ender !== undefined && ender.id === otherEnder?.id) return wins(mine.slice(end + 1), theirs.slice(otherEnd + 1))
  // One of them leaves out what came before the record with which it goes on.
  if (mine.some(({ id }) => id === other.id)) return true
  if (theirs.some(({ id }) => id === next.id)) return false
  if (ender === undefined || otherEnder === undefined) return next.id < other.id
  return ender.ends === otherEnder.ends ? ender.id < otherEnder.id : ender.ends === 'by-owner'
}

function readGenesisRecord(bytes: Uint8Array): Outcome<{ record: SignedRecord; payload: Genesis }> {
  if (bytes.length > MAX_LISTED_GENESIS_BYTES) return refuse('too-long', 'the genesis is too long')
  const record = decodeRecord(bytes)
  if (!record.ok) return record
  if (record.value.kind !== KIND.genesis) return refuse('malformed', 'that is no genesis')
  const payload = readGenesis(record.value.payload)
  if (!payload.ok) return payload
  return verifyRecord(record.value) ? accept({ record: record.value, payload: payload.value }) : refuse('forged', 'the genesis is forged')
}

/** Undefined where the record does not go on from there. */
function follow({ kind, author, room, parents, payload }: SignedRecord, { owner, generation, commitment }: Place): Place | undefined {
  if (kind === KIND.transfer) {
    const read = transfer.read(payload)
    if (!read.ok || author !== owner || read.value.target === author) return undefined
    return { owner: read.value.target, generation, commitment }
  }
  const action = [reclaim, rotateToken].find((known) => known.kind === kind)
  const read = action?.read(payload)
  if (action === undefined || read?.ok !== true || (action === rotateToken && author !== owner)) return undefined
  const { value: proof } = read
  const context = { domain: action.proofDomain ?? '', room, generation, owner: author, commitment: proof.commitment, parents }
  if (proof.generation !== generation || !verifyTokenProof(commitment, proof, context)) return undefined
  return { owner: author, generation: generation + 1, commitment: toHex(proof.commitment) }
}
