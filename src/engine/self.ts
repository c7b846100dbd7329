/** Who this node speaks for, from the seeds of its home. */
import { hkdfSync } from 'node:crypto'
import { createSigner, fingerprint, x25519PublicKey } from '../core/record/keys.ts'
import { makeBinding } from '../core/seal/binding.ts'
import type { Self } from './context.ts'
import { nextBindingMs } from './copies.ts'
import type { Store } from './ports.ts'

export interface SelfInit {
  /** Ed25519 seed of the identity, 32 bytes. */
  readonly identitySeed: Uint8Array
  /** Ed25519 seed of this node, 32 bytes; the network has made the PeerId from it. */
  readonly nodeSeed: Uint8Array
  readonly nick: string
  /** A name for this device, shown to the person's other devices. */
  readonly device?: string
}

/** `store`: where the binding of the last start is kept, so that this one is later, also by a clock that was set back. */
export function makeSelf(init: SelfInit, peerId: string, nowMs: number, store?: Store): Self {
  const signer = createSigner(init.identitySeed)
  const prekeySeed = new Uint8Array(hkdfSync('sha256', init.nodeSeed, new Uint8Array(0), 'p2pchat prekey v1', 32))
  const timeMs = store === undefined ? nowMs : nextBindingMs(store, signer.identity, peerId, nowMs)
  const binding = makeBinding(signer, { peerId, device: init.device ?? '', prekey: x25519PublicKey(prekeySeed), timeMs })
  return { signer, identity: signer.identity, fingerprint: fingerprint(signer.identity), binding, nick: init.nick }
}
