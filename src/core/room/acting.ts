/** Signing an act: refused before it is signed if the records say that it would not count. */
import { toHex } from '../record/bytes.ts'
import { createRecord } from '../record/record.ts'
import type { RecordId, SignedRecord } from '../record/record.ts'
import type { Signer } from '../record/keys.ts'
import { accept, refuse } from '../refusal.ts'
import type { Outcome } from '../refusal.ts'
import type { Action, Deed } from '../authority/actions/action.ts'
import { reclaim } from '../authority/actions/reclaim.ts'
import { rotateToken } from '../authority/actions/rotate-token.ts'
import { proveToken } from '../authority/actions/token-proof.ts'
import type { TokenProof } from '../authority/actions/token-proof.ts'
import type { Authority } from '../authority/authority.ts'
import { reclaimCommitment, reclaimKey } from '../authority/reclaim-token.ts'
import { mayAct } from '../authority/may-act.ts'
import type { Naming } from '../authority/why.ts'
import type { ActInput, TokenInput } from './effects.ts'

/** Where an act is signed. */
export interface Scene {
  readonly authority: Authority
  readonly signer: Signer
  /** Message heads that are here: what lies before them is not touched. */
  readonly cut: readonly RecordId[]
  readonly prev: RecordId | null
  readonly nowMs: number
  readonly name: Naming
}

export function signAct(scene: Scene, input: ActInput | TokenInput): Outcome<SignedRecord> {
  if (input.type === 'token') return signWithToken(scene, input)
  const { action, deed } = input
  const allowed = mayAct(scene.authority, scene.signer.identity, action, deed, scene.nowMs, scene.name)
  return allowed.ok ? accept(sign(scene, action, { ...deed, cut: scene.cut })) : allowed
}

function signWithToken(scene: Scene, { action: word, secret, next }: TokenInput): Outcome<SignedRecord> {
  const { authority, signer, cut } = scene
  const { closed, owner, generation, commitment, room } = authority.state
  if (closed) return refuse('closed', 'the room is closed')
  if (word === 'rotate-token' && owner !== signer.identity) return refuse('not-owner', NOT_OWNER)
  const used = toHex(reclaimCommitment(secret))
  if (used !== commitment) return refuse('bad-token', wasUsed(authority, used) ? USED : WRONG)
  const action: Action<Deed & TokenProof> = word === 'reclaim' ? reclaim : rotateToken
  const key = reclaimKey(secret)
  const nextCommitment = reclaimCommitment(next)
  const parents = authority.headsFor(signer.identity)
  const context = { domain: action.proofDomain!, room, generation, owner: signer.identity, commitment: nextCommitment, parents }
  const proof = proveToken(key, context)
  return accept(sign(scene, action, { generation, commitment: nextCommitment, key: key.publicKey, proof, cut }))
}

const NOT_OWNER = 'only the owner changes the token; who has it becomes owner by /reclaim'
const USED = 'that token was used already; the one that was shown then is the one that counts'
const WRONG = 'that is not the reclaim token of this room'

/** Whether a token was that of an earlier generation. */
function wasUsed({ book }: Authority, commitment: string): boolean {
  if (toHex(book.genesis.commitment) === commitment) return true
  const successions = book.acts.filter((act) => book.counts(act) && act.action?.proofDomain !== undefined)
  return successions.some((act) => toHex((act.deed as TokenProof).commitment) === commitment)
}

function sign<P extends Deed>(scene: Scene, action: Action<P>, payload: P): SignedRecord {
  const { authority, signer, prev, nowMs } = scene
  const parents = authority.headsFor(signer.identity)
  const newestUs = Math.max(...parents.map((id) => authority.book.actById(id)!.timeUs))
  return createRecord(signer, {
    kind: action.kind,
    room: authority.state.room,
    timeUs: Math.max(nowMs * 1000, newestUs + 1),
    prev,
    parents,
    auth: [],
    payload: action.write(payload)
  })
}
