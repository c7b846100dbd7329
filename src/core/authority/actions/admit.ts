/**
 * `[target, invite | null, proof | null]` Somebody is let in: by an admin; by a member who checked the passcode; or by itself, with an invite, whose
 * key signs over room, invite and newcomer.
 */
import { accept } from '../../refusal.ts'
import { ascii, concatBytes, fromHex } from '../../record/bytes.ts'
import { asArray, encode, isBytes } from '../../record/codec.ts'
import { idFrom, identityFrom } from '../../record/fields.ts'
import { SIGNATURE_BYTES, verifySignature } from '../../record/keys.ts'
import type { Identity, Signer } from '../../record/keys.ts'
import { KIND } from '../../record/kinds.ts'
import { malformed } from './action.ts'
import type { Action } from './action.ts'

export interface AdmitPayload {
  readonly target: Identity
  /** By an invite: the id of its record, and what its key signed. */
  readonly invited: { readonly invite: string; readonly proof: Uint8Array } | null
}

export const admit: Action<AdmitPayload> = {
  kind: KIND.admit,
  word: 'admit',
  by: 'newcomer',
  does: ['grants'],
  makes: 'let in',
  read(payload) {
    const [who, id, proof] = asArray(payload, 3) ?? []
    const target = identityFrom(who)
    if (target === undefined) return malformed('the target')
    if (id === null && proof === null) return accept({ target, invited: null })
    const invite = idFrom(id)
    if (invite === undefined || !isBytes(proof, SIGNATURE_BYTES)) return malformed('the invite')
    return accept({ target, invited: { invite, proof } })
  },
  write: ({ target, invited }) => [fromHex(target), invited === null ? null : fromHex(invited.invite), invited?.proof ?? null],
  sentence: ({ payload, author, name }) =>
    author === payload.target ? `${name(author)} came in by an invite` : `${name(author)} let ${name(payload.target)} in`,
  noun: ({ payload, name }) => `admission of ${name(payload.target)}`
}

/** What a newcomer puts into its admission, 64 bytes. */
export function proveInvite(key: Signer, room: string, invite: string, newcomer: Identity): Uint8Array {
  return key.sign(invitedBytes(room, invite, newcomer))
}

export function verifyInvite(key: Identity, room: string, invite: string, newcomer: Identity, proof: Uint8Array): boolean {
  return verifySignature(key, invitedBytes(room, invite, newcomer), proof)
}

function invitedBytes(room: string, invite: string, newcomer: Identity): Uint8Array {
  return concatBytes(ascii('p2pchat invite proof v1'), Uint8Array.of(0), encode([fromHex(room), fromHex(invite), fromHex(newcomer)]))
}
