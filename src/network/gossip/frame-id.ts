import { hash } from 'node:crypto'

/** A frame's gossip id: SHA-256 of its bytes, 32 bytes. One hash per frame and arrival is all that a duplicate costs. */
export function frameId(frame: Uint8Array): Uint8Array {
  return hash('sha256', frame, 'buffer')
}

/** The id as a map key: one character per byte, which V8 keeps in 32 bytes. */
export function frameIdText(id: Uint8Array): string {
  return Buffer.from(id.buffer, id.byteOffset, id.byteLength).toString('latin1')
}
