/** Records that hand over the room of the samples, each later than the one before. */
import { reclaim } from '../../../src/core/authority/actions/reclaim.ts'
import { rotateToken } from '../../../src/core/authority/actions/rotate-token.ts'
import { proveToken } from '../../../src/core/authority/actions/token-proof.ts'
import { transfer } from '../../../src/core/authority/actions/transfer.ts'
import { reclaimCommitment, reclaimKey } from '../../../src/core/authority/reclaim-token.ts'
import { createSigner } from '../../../src/core/record/keys.ts'
import type { Signer } from '../../../src/core/record/keys.ts'
import { KIND } from '../../../src/core/record/kinds.ts'
import { createRecord } from '../../../src/core/record/record.ts'
import type { SignedRecord } from '../../../src/core/record/record.ts'
import { filled, genesis, TIME_US } from '../record/samples.ts'

export const cat = createSigner(filled(3))
export const eve = createSigner(filled(66))
/** Tokens of the generations; the first is that of the genesis. */
export const TOKENS = [filled(7), filled(17), filled(27), filled(37)]

export interface At {
  readonly room?: SignedRecord
  readonly timeUs?: number
  readonly parents?: readonly string[]
}
let clockUs = TIME_US
export const place = ({ room = genesis, timeUs = ++clockUs, parents = [room.id] }: At) => {
  return { room: room.id, timeUs, prev: null, parents, auth: [] }
}

export function handOver(from: Signer, to: Signer, at: At = {}): SignedRecord {
  return createRecord(from, { ...place(at), kind: KIND.transfer, payload: transfer.write({ target: to.identity, cut: [] }) })
}

export function withToken(
  by: Signer, generation: number, at: At = {}, kind: 'reclaim' | 'rotate' = 'reclaim', token = TOKENS[generation]!
): SignedRecord {
  const where = place(at)
  const action = kind === 'reclaim' ? reclaim : rotateToken
  const key = reclaimKey(token)
  const commitment = reclaimCommitment(TOKENS[generation + 1]!)
  const { room, parents } = where
  const proof = proveToken(key, { domain: action.proofDomain!, room, generation, owner: by.identity, commitment, parents })
  const deed = { generation, commitment, key: key.publicKey, proof, cut: [] }
  return createRecord(by, { ...where, kind: action.kind, payload: kind === 'reclaim' ? reclaim.write(deed) : rotateToken.write(deed) })
}
