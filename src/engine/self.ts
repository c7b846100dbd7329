/** Who this node speaks for, from the seeds of its home. */
import { hkdfSync } from 'node:crypto'
import { createSigner, fingerprint, x25519PublicKey } from '../core/record/keys.ts'
import { makeBinding } from '../core/seal/binding.ts'
import type { Self } from './context.ts'

export interface SelfInit {
  /** Ed25519 seed of the identity, 32 bytes. */
  readonly identitySeed: Uint8Array
  /** Ed25519 seed of this node, 32 bytes; the network has made the PeerId from it. */
  readonly nodeSeed: Uint8Array
  readonly nick: string
  /** A name for this device, shown to the person's other devices. */
  readonly device?: string
}

export function makeSelf(init: SelfInit, peerId: string, nowMs: number): Self {
  const signer = createSigner(init.identitySeed)
  const prekeySeed = new Uint8Array(hkdfSync('sha256', init.nodeSeed, new Uint8Array(0), 'p2pchat prekey v1', 32))
  const binding = makeBinding(signer, { peerId, device: init.device ?? '', prekey: x25519PublicKey(prekeySeed), timeMs: nowMs })
  return { signer, identity: signer.identity, fingerprint: fingerprint(signer.identity), binding, nick: init.nick }
}
