/**
 * All that the core may see of its surroundings, beyond the language itself. Only src/core/tsconfig.json includes this
 * file: there, neither Node's nor the browser's globals exist, and `node:crypto` has its deterministic functions alone, so
 * that a clock, randomness or I/O in the core does not compile.
 */

declare class TextEncoder {
  encode(text?: string): Uint8Array<ArrayBuffer>
  encodeInto(text: string, destination: Uint8Array): { read: number; written: number }
}

declare class TextDecoder {
  constructor(label?: string, options?: { fatal?: boolean; ignoreBOM?: boolean })
  decode(bytes?: Uint8Array): string
}

declare module 'node:crypto' {
  type Bytes = Uint8Array
  type DigestEncoding = 'hex' | 'base64' | 'base64url'

  class KeyObject {
    private constructor()
    readonly type: 'secret' | 'public' | 'private'
    readonly asymmetricKeyType?: string
    export(options: { format: 'jwk' }): { kty?: string; crv?: string; x?: string; d?: string }
    export(options: { format: 'der'; type: 'spki' | 'pkcs8' }): Uint8Array<ArrayBuffer>
    equals(other: KeyObject): boolean
  }

  interface KeyInit {
    key: Bytes | { kty: string; crv: string; x: string; d?: string }
    format: 'der' | 'jwk'
    type?: 'spki' | 'pkcs8'
  }

  interface Hash {
    update(data: Bytes | string): Hash
    digest(): Uint8Array<ArrayBuffer>
    digest(encoding: DigestEncoding): string
  }

  interface AeadOptions {
    authTagLength: number
  }

  interface AeadCipher {
    setAAD(data: Bytes, options?: { plaintextLength: number }): AeadCipher
    update(data: Bytes): Uint8Array<ArrayBuffer>
    final(): Uint8Array<ArrayBuffer>
    getAuthTag(): Uint8Array<ArrayBuffer>
  }

  interface AeadDecipher {
    setAAD(data: Bytes, options?: { plaintextLength: number }): AeadDecipher
    setAuthTag(tag: Bytes): AeadDecipher
    update(data: Bytes): Uint8Array<ArrayBuffer>
    final(): Uint8Array<ArrayBuffer>
  }

  function hash(algorithm: string, data: Bytes | string, encoding: DigestEncoding): string
  function hash(algorithm: string, data: Bytes | string, encoding: 'buffer'): Uint8Array<ArrayBuffer>
  function createHash(algorithm: string): Hash
  function createHmac(algorithm: string, key: Bytes | KeyObject): Hash
  function hkdfSync(digest: string, key: Bytes | KeyObject, salt: Bytes | string, info: Bytes | string, length: number): ArrayBuffer
  function createCipheriv(algorithm: 'chacha20-poly1305', key: Bytes | KeyObject, nonce: Bytes, options: AeadOptions): AeadCipher
  function createDecipheriv(algorithm: 'chacha20-poly1305', key: Bytes | KeyObject, nonce: Bytes, options: AeadOptions): AeadDecipher
  function createSecretKey(key: Bytes): KeyObject
  function createPrivateKey(init: KeyInit): KeyObject
  function createPublicKey(init: KeyInit | KeyObject): KeyObject
  /** Ed25519 alone (the algorithm is null), which is deterministic. */
  function sign(algorithm: null, data: Bytes, key: KeyObject): Uint8Array<ArrayBuffer>
  function verify(algorithm: null, data: Bytes, key: KeyObject, signature: Bytes): boolean
  function diffieHellman(keys: { privateKey: KeyObject; publicKey: KeyObject }): Uint8Array<ArrayBuffer>
  function timingSafeEqual(a: Bytes, b: Bytes): boolean
}
