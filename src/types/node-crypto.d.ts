/** What Node accepts and @types/node does not say: DER keys in any Uint8Array. The core knows no Buffer. */
import type { KeyObject } from 'node:crypto'

declare module 'node:crypto' {
  function createPrivateKey(init: { key: Uint8Array; format: 'der'; type: 'pkcs8' }): KeyObject
  function createPublicKey(init: { key: Uint8Array; format: 'der'; type: 'spki' }): KeyObject
}
