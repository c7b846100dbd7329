/**
 * The secrets of a home: the seed of the identity and the seed of the node, in the one file `keys` (format: key-file.ts), mode 0600,
 * optionally under a passphrase. Every change replaces the file whole. What a person can put right comes back as a refusal
 * whose sentence names the file; a disk that fails throws a StoreError. Secrets appear in neither.
 */
import { randomBytes } from 'node:crypto'
import { closeSync, fstatSync, lstatSync, openSync, readFileSync, renameSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { accept, refuse, type Outcome, type Refusal } from '../core/refusal.ts'
import { replaceFile } from './durable-file.ts'
import { asStoreError } from './faults.ts'
import { makeFolder } from './folder.ts'
import { decodeText, TextFileError } from './text-file.ts'
import { decodeKeyFile, encodeKeyFile, SEED_BYTES, unseal, type KeyFile, type Seeds } from './key-file.ts'

export const KEYS_FILE = 'keys'
/** What in a home is there only after its keys were. */
const HISTORY_FILES = ['p2pchat.db', 'p2pchat.db-wal', 'serving.state', 'servers.state'] as const
/** The sealed form has some 400 bytes. */
const MAX_FILE_BYTES = 16 * 1024

export interface OpenedKeys extends Seeds {
  /** The keys were made just now: this is a new identity. */
  readonly created: boolean
  /** The file is under a passphrase. */
  readonly sealed: boolean
}

/**
 * Opens the keys of the home `directory`, made with random seeds when there are none (under `passphrase`, if one is given).
 * Refuses with `keys-missing` (beside a history: nobody is to become somebody else unawares), `passphrase-needed`,
 * `wrong-passphrase`, `exposed` (others could read the file), `malformed` or `newer`.
 * Takes some 0.2 s where there is a passphrase.
 * @throws {StoreError} when the disk fails
 */
export function openKeystore(directory: string, passphrase?: string): Outcome<OpenedKeys> {
  const path = join(directory, KEYS_FILE)
  return onDisk(path, () => {
    if (isThere(path)) return readKeys(path, passphrase)
    const history = HISTORY_FILES.find((name) => sizeOf(join(directory, name)) > 0)
    if (history !== undefined) return refuse('keys-missing', keysMissing(path, join(directory, history)))
    const bad = passphrase === undefined ? undefined : refusedPassphrase(passphrase)
    if (bad !== undefined) return bad
    const seeds = { identitySeed: randomSeed(), nodeSeed: randomSeed() }
    writeKeys(directory, path, seeds, passphrase)
    return accept({ ...seeds, created: true, sealed: passphrase !== undefined })
  })
}

/** True when the home has keys and they are under a passphrase: ask for it before {@link openKeystore}. */
export function isSealed(directory: string): Outcome<boolean> {
  const path = join(directory, KEYS_FILE)
  return onDisk(path, () => {
    if (!isThere(path)) return accept(false)
    const file = readKeyFile(path)
    return file.ok ? accept(file.value.sealed) : file
  })
}

/**
 * Puts the keys under the passphrase `next`, or under none when it is undefined. `current` is the present one, if any.
 * Refuses as {@link openKeystore}, and with `not-found` where there are no keys.
 * @throws {StoreError} when the disk fails; the file is then as it was
 */
export function changePassphrase(directory: string, current: string | undefined, next: string | undefined): Outcome<true> {
  const path = join(directory, KEYS_FILE)
  return onDisk(path, () => {
    if (!isThere(path)) return refuse('not-found', `${path} is not there: start p2pchat once, which makes it.`)
    const bad = next === undefined ? undefined : refusedPassphrase(next)
    if (bad !== undefined) return bad
    const keys = readKeys(path, current)
    if (!keys.ok) return keys
    writeKeys(directory, path, keys.value, next)
    return accept(true)
  })
}

/**
 * Makes this home that of an identity which the person has a backup of. The node gets a new key, since two nodes must not share one.
 * Keys that are there already are refused with `exists`; with `replace` they are kept beside it as `keys.old-1`, `keys.old-2`, …
 * @throws {StoreError} when the disk fails
 */
export function restoreIdentity(
  directory: string, identitySeed: Uint8Array, { passphrase, replace = false }: { passphrase?: string; replace?: boolean } = {}
): Outcome<OpenedKeys> {
  if (identitySeed.length !== SEED_BYTES) throw new TypeError('a seed has 32 bytes')
  const path = join(directory, KEYS_FILE)
  return onDisk(path, () => {
    const bad = passphrase === undefined ? undefined : refusedPassphrase(passphrase)
    if (bad !== undefined) return bad
    if (isThere(path)) {
      if (!replace) return refuse('exists', `${path} already holds an identity: choose another home with --home, or replace it on purpose.`)
      renameSync(path, freeName(path))
    }
    const seeds = { identitySeed: identitySeed.slice(), nodeSeed: randomSeed() }
    writeKeys(directory, path, seeds, passphrase)
    return accept({ ...seeds, created: true, sealed: passphrase !== undefined })
  })
}

function readKeys(path: string, passphrase: string | undefined): Outcome<OpenedKeys> {
  const read = readKeyFile(path)
  if (!read.ok) return read
  const file = read.value
  if (!file.sealed) return accept({ ...file.seeds, created: false, sealed: false })
  if (passphrase === undefined) return refuse('passphrase-needed', `${path} is under a passphrase: give it to open your identity.`)
  const seeds = unseal(file, passphrase)
  if (seeds === undefined) return refuse('wrong-passphrase', `That is not the passphrase of ${path}: try again.`)
  return accept({ ...seeds, created: false, sealed: true })
}

function readKeyFile(path: string): Outcome<KeyFile> {
  const descriptor = openSync(path, 'r')
  try {
    // What is looked at and what is read are one file, whatever happens to the name meanwhile.
    const { mode, uid, size } = fstatSync(descriptor)
    const isOthers = process.getuid !== undefined && process.getuid() !== 0 && uid !== process.getuid()
    if (isOthers) return refuse('exposed', `${path} belongs to another user: make it yours with chown, or choose another home with --home.`)
    if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
      return refuse('exposed', `${path} can be read by other users of this machine: run  chmod 600 ${path}`)
    }
    const file = size > MAX_FILE_BYTES ? refuse('malformed', 'is far too long for a key file: put a backup in its place.') :
      decodeKeyFile(textOf(readFileSync(descriptor)))
    return file.ok ? file : refuse(file.reason, `${path} ${file.message}`)
  } finally {
    closeSync(descriptor)
  }
}

/** Mailed, or opened in an editor, it may have another encoding. What is no text is no key file. */
function textOf(content: Buffer): string {
  try {
    return decodeText(content).text
  } catch (error) {
    if (error instanceof TextFileError) return ''
    throw error
  }
}

function keysMissing(path: string, history: string): string {
  return `${path} is missing beside ${history}, the history of an identity: put the keys of a backup there; ` +
    'or, to begin as somebody new, move that history away, or choose another home with --home. Nothing was changed.'
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0
}

function writeKeys(directory: string, path: string, seeds: Seeds, passphrase: string | undefined): void {
  makeFolder(directory)
  // A link that leads nowhere may be a volume that is not mounted.
  if (isThere(path)) statSync(path)
  replaceFile(path, encodeKeyFile(seeds, passphrase))
}

/** A link that leads nowhere (a volume that is not mounted) counts as there: no new identity must take its place. */
function isThere(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined
}

function refusedPassphrase(passphrase: string): Refusal | undefined {
  return passphrase === '' ? refuse('empty-passphrase', 'An empty passphrase protects nothing: give one, or none at all.') : undefined
}

function freeName(path: string): string {
  for (let n = 1; ; n++) if (!isThere(`${path}.old-${n}`)) return `${path}.old-${n}`
}

function randomSeed(): Uint8Array {
  return new Uint8Array(randomBytes(SEED_BYTES))
}

function onDisk<T>(path: string, work: () => Outcome<T>): Outcome<T> {
  try {
    return work()
  } catch (error) {
    throw asStoreError(error, path)
  }
}
