/**
 * The format of the key file: JSON of one object, UTF-8, version 1. Bytes are lower-case hex.
 *
 * Open:     `{"format": "p2pchat keys", "version": 1, "identity": HEX32, "node": HEX32}`
 * Sealed:   `{"format": "p2pchat keys", "version": 1, "kdf": {"name": "argon2id", "memoryKiB": 65536, "passes": 7, "lanes": 1, "salt": HEX16},
 *            "cipher": "chacha20-poly1305", "nonce": HEX12, "sealed": HEX80}`
 *
 * `identity` and `node` are the 32-byte seeds of Ed25519 keys (RFC 8032). `sealed` is identity ‖ node under ChaCha20-Poly1305 (RFC 8439),
 * 64 bytes and the 16-byte tag, with the key that Argon2id (RFC 9106) makes of the passphrase (NFKC, UTF-8), and with the canonical
 * text of everything else in the file as additional data, so that no parameter can be changed unnoticed.
 *
 * Nothing here puts any part of the content into an error or a refusal.
 */
import { argon2Sync, createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { accept, refuse, type Outcome } from '../core/refusal.ts'

export interface Seeds {
  /** Seed of the Ed25519 key that is who the person is. 32 bytes. */
  readonly identitySeed: Uint8Array
  /** Seed of the Ed25519 key of this node. 32 bytes. */
  readonly nodeSeed: Uint8Array
}

export const SEED_BYTES = 32
const FORMAT = 'p2pchat keys'
const VERSION = 1
const CIPHER = 'chacha20-poly1305'
const NONCE_BYTES = 12
const TAG_BYTES = 16
const SALT_BYTES = 16
/** 64 MiB seven times over: some 0.3 s here for the owner, and the same for each guess of a thief. */
const KDF: KdfCost = { memoryKiB: 64 * 1024, passes: 7, lanes: 1 }
/** A changed file must not make opening it take all memory or all day. */
const MAX_KDF: KdfCost = { memoryKiB: 1024 * 1024, passes: 16, lanes: 8 }

interface KdfCost {
  readonly memoryKiB: number
  readonly passes: number
  readonly lanes: number
}

interface Kdf extends KdfCost {
  readonly salt: Uint8Array
}

export type KeyFile =
  | { readonly sealed: false; readonly seeds: Seeds }
  | { readonly sealed: true; readonly kdf: Kdf; readonly nonce: Uint8Array; readonly box: Uint8Array }

/** The file's text for these seeds, sealed when there is a passphrase. */
export function encodeKeyFile({ identitySeed, nodeSeed }: Seeds, passphrase: string | undefined): string {
  if (identitySeed.length !== SEED_BYTES || nodeSeed.length !== SEED_BYTES) throw new TypeError('a seed has 32 bytes')
  if (passphrase === undefined) {
    return text({ format: FORMAT, version: VERSION, identity: hex(identitySeed), node: hex(nodeSeed) })
  }
  const kdf: Kdf = { ...KDF, salt: randomBytes(SALT_BYTES) }
  const nonce = randomBytes(NONCE_BYTES)
  const cipher = createCipheriv(CIPHER, derive(passphrase, kdf), nonce, { authTagLength: TAG_BYTES })
  cipher.setAAD(Buffer.from(text(header(kdf, nonce))), { plaintextLength: 2 * SEED_BYTES })
  const box = Buffer.concat([cipher.update(Buffer.concat([identitySeed, nodeSeed])), cipher.final(), cipher.getAuthTag()])
  return text({ ...header(kdf, nonce), sealed: hex(box) })
}

/** Refuses with `malformed` or `newer`; the caller knows the file's name and makes the sentence. */
export function decodeKeyFile(content: string): Outcome<KeyFile> {
  const fields = parse(content)
  if (fields?.['format'] !== FORMAT || typeof fields['version'] !== 'number') return malformed()
  if (fields['version'] > VERSION) return refuse('newer', 'was written by a newer p2pchat: upgrade p2pchat to open it.')
  if (fields['version'] !== VERSION) return malformed()
  if (!('sealed' in fields)) {
    const identitySeed = bytes(fields['identity'], SEED_BYTES)
    const nodeSeed = bytes(fields['node'], SEED_BYTES)
    return identitySeed && nodeSeed ? accept({ sealed: false, seeds: { identitySeed, nodeSeed } }) : malformed()
  }
  const kdf = kdfOf(fields['kdf'])
  const nonce = bytes(fields['nonce'], NONCE_BYTES)
  const box = bytes(fields['sealed'], 2 * SEED_BYTES + TAG_BYTES)
  if (fields['cipher'] !== CIPHER || !kdf || !nonce || !box) return malformed()
  return accept({ sealed: true, kdf, nonce, box })
}

/** The seeds of a sealed file, or undefined when it is the wrong passphrase (or the file was changed: the two look the same). */
export function unseal(file: KeyFile & { sealed: true }, passphrase: string): Seeds | undefined {
  const { kdf, nonce, box } = file
  const decipher = createDecipheriv(CIPHER, derive(passphrase, kdf), nonce, { authTagLength: TAG_BYTES })
  decipher.setAAD(Buffer.from(text(header(kdf, nonce))), { plaintextLength: 2 * SEED_BYTES })
  decipher.setAuthTag(box.subarray(-TAG_BYTES))
  const seeds = decipher.update(box.subarray(0, -TAG_BYTES))
  try {
    decipher.final()
  } catch {
    return undefined
  }
  return { identitySeed: new Uint8Array(seeds.subarray(0, SEED_BYTES)), nodeSeed: new Uint8Array(seeds.subarray(SEED_BYTES)) }
}

function header({ memoryKiB, passes, lanes, salt }: Kdf, nonce: Uint8Array): object {
  const kdf = { name: 'argon2id', memoryKiB, passes, lanes, salt: hex(salt) }
  return { format: FORMAT, version: VERSION, kdf, cipher: CIPHER, nonce: hex(nonce) }
}

function derive(passphrase: string, { memoryKiB, passes, lanes, salt }: Kdf): Uint8Array {
  // The same word typed on another keyboard may come in other code points.
  const message = Buffer.from(passphrase.normalize('NFKC'))
  return argon2Sync('argon2id', { message, nonce: salt, parallelism: lanes, tagLength: 32, memory: memoryKiB, passes })
}

function kdfOf(value: unknown): Kdf | undefined {
  if (!isObject(value) || value['name'] !== 'argon2id') return undefined
  const salt = bytes(value['salt'], SALT_BYTES)
  const within = (field: unknown, min: number, max: number): field is number =>
    typeof field === 'number' && Number.isInteger(field) && field >= min && field <= max
  const { memoryKiB, passes, lanes } = value
  if (!salt || !within(passes, 1, MAX_KDF.passes) || !within(lanes, 1, MAX_KDF.lanes)) return undefined
  // RFC 9106: at least 8 KiB a lane.
  return within(memoryKiB, 8 * lanes, MAX_KDF.memoryKiB) ? { memoryKiB, passes, lanes, salt } : undefined
}

function malformed(): Outcome<never> {
  return refuse('malformed', 'is not a key file, or is damaged: put a backup in its place, or restore the identity from its phrase.')
}

/** JSON.parse quotes the text in its errors, which here is a secret. */
function parse(content: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(content)
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function bytes(value: unknown, count: number): Uint8Array | undefined {
  if (typeof value !== 'string' || value.length !== count * 2 || !/^[0-9a-f]*$/.test(value)) return undefined
  return new Uint8Array(Buffer.from(value, 'hex'))
}

function hex(value: Uint8Array): string {
  return Buffer.from(value).toString('hex')
}

function text(value: object): string {
  return JSON.stringify(value) + '\n'
}
