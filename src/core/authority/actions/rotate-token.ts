/** `[generation, next commitment, reclaim key, proof]` The owner, who holds the reclaim token as well, replaces it. */
import { accept } from '../../refusal.ts'
import { asArray, isBytes, isCount } from '../../record/codec.ts'
import { COMMITMENT_BYTES } from '../../record/fields.ts'
import { KEY_BYTES, SIGNATURE_BYTES } from '../../record/keys.ts'
import { KIND } from '../../record/kinds.ts'
import { malformed } from './action.ts'
import type { Action, Deed } from './action.ts'
import type { TokenProof } from './token-proof.ts'

export const rotateToken: Action<Deed & TokenProof> = {
  kind: KIND.rotateToken,
  word: 'rotate-token',
  by: 'holder',
  does: ['ends-generation'],
  proofDomain: 'p2pchat rotate proof v1',
  read(payload) {
    const [generation, commitment, key, proof] = asArray(payload, 4) ?? []
    if (!isCount(generation)) return malformed('the generation')
    if (!isBytes(commitment, COMMITMENT_BYTES)) return malformed('the commitment')
    if (!isBytes(key, KEY_BYTES) || !isBytes(proof, SIGNATURE_BYTES)) return malformed('the proof')
    return accept({ generation, commitment, key, proof })
  },
  write: ({ generation, commitment, key, proof }) => [generation, commitment, key, proof],
  sentence: ({ author, name }) => `${name(author)} replaced the reclaim token`,
  noun: () => 'new reclaim token'
}
