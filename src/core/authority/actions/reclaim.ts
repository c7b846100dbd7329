/** `[generation, next commitment, reclaim key, proof, cut]` Who holds the reclaim token takes the room back. */
import { accept } from '../../refusal.ts'
import { fromHex } from '../../record/bytes.ts'
import { asArray, isBytes, isCount } from '../../record/codec.ts'
import { COMMITMENT_BYTES, cutFrom } from '../../record/fields.ts'
import { KEY_BYTES, SIGNATURE_BYTES } from '../../record/keys.ts'
import { KIND } from '../../record/kinds.ts'
import { malformed } from './action.ts'
import type { Action, Deed } from './action.ts'
import type { TokenProof } from './token-proof.ts'

export const reclaim: Action<Deed & TokenProof & { readonly cut: readonly string[] }> = {
  kind: KIND.reclaim,
  word: 'reclaim',
  by: 'holder',
  does: ['ends-generation'],
  proofDomain: 'p2pchat reclaim proof v1',
  read(payload) {
    const [generation, commitment, key, proof, heads] = asArray(payload, 5) ?? []
    const cut = cutFrom(heads)
    if (!isCount(generation)) return malformed('the generation')
    if (!isBytes(commitment, COMMITMENT_BYTES)) return malformed('the commitment')
    if (!isBytes(key, KEY_BYTES) || !isBytes(proof, SIGNATURE_BYTES)) return malformed('the proof')
    return cut === undefined ? malformed('the cut') : accept({ generation, commitment, key, proof, cut })
  },
  write: ({ generation, commitment, key, proof, cut }) => [generation, commitment, key, proof, cut.map(fromHex)],
  sentence: ({ author, name }) => `${name(author)} took the room back with the reclaim token`,
  noun: () => 'reclaim'
}
