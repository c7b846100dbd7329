/** The key file: made once, opened again, sealed, restored, and refused where it must be. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import {
  chmodSync, chownSync, lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import type { Outcome } from '../../src/core/refusal.ts'
import { StoreError } from '../../src/engine/ports.ts'
import { decodeKeyFile, encodeKeyFile } from '../../src/store/key-file.ts'
import { changePassphrase, isSealed, openKeystore, restoreIdentity } from '../../src/store/keystore.ts'
import { mountDisk } from './disk.ts'

const STRACE = 'strace'
const PASSPHRASE = 'correct horse ñandú'
const SEED = Uint8Array.from({ length: 32 }, (_, n) => n)
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')

function value<T>(outcome: Outcome<T>): T {
  assert.ok(outcome.ok, outcome.ok ? '' : outcome.message)
  return outcome.value
}

/** The refusal's sentence, checked: one, of this reason, naming the file, without a secret. */
function refused(outcome: Outcome<unknown>, reason: string, path: string, secrets: readonly Uint8Array[] = []): string {
  assert.ok(!outcome.ok)
  assert.equal(outcome.reason, reason, outcome.message)
  assert.ok(outcome.message.includes(path) && !outcome.message.includes('\n'), outcome.message)
  for (const secret of secrets) assert.ok(!outcome.message.includes(hex(secret).slice(0, 8)), outcome.message)
  assert.ok(!outcome.message.includes(PASSPHRASE), outcome.message)
  return outcome.message
}

describe('keystore', function () {
  this.timeout(20_000)
  let home: string
  let path: string
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'p2pchat-keys-'))
    path = join(home, 'keys')
  })
  afterEach(() => rmSync(home, { recursive: true }))

  it('makes keys once, for the owner alone, and opens the same again', () => {
    const first = value(openKeystore(home))
    assert.deepEqual([first.created, first.sealed, first.identitySeed.length, first.nodeSeed.length], [true, false, 32, 32])
    assert.notEqual(hex(first.identitySeed), hex(first.nodeSeed))
    assert.equal(statSync(path).mode & 0o777, 0o600)
    assert.deepEqual(readdirSync(home), ['keys'])
    assert.deepEqual(value(openKeystore(home)), { ...first, created: false })
    assert.deepEqual(value(openKeystore(home, 'not needed')), { ...first, created: false })
    assert.equal(value(isSealed(home)), false)
  })

  it('makes the home directory where it is not there', () => {
    const deep = join(home, 'a', 'b')
    assert.equal(value(isSealed(deep)), false)
    value(openKeystore(deep))
    assert.equal(statSync(deep).mode & 0o777, 0o700)
  })

  it('makes other keys in every home', () => {
    assert.notDeepEqual(value(openKeystore(join(home, 'a'))).identitySeed, value(openKeystore(join(home, 'b'))).identitySeed)
  })

  it('seals, refuses the wrong passphrase, changes it, and removes it', () => {
    const { identitySeed, nodeSeed } = value(openKeystore(home, PASSPHRASE))
    const secrets = [identitySeed, nodeSeed]
    const content = readFileSync(path, 'utf8')
    for (const secret of secrets) assert.ok(!content.includes(hex(secret).slice(0, 12)))
    assert.equal(value(isSealed(home)), true)
    refused(openKeystore(home), 'passphrase-needed', path, secrets)
    refused(openKeystore(home, PASSPHRASE + ' '), 'wrong-passphrase', path, secrets)
    assert.deepEqual(value(openKeystore(home, PASSPHRASE)), { identitySeed, nodeSeed, created: false, sealed: true })

    refused(changePassphrase(home, 'wrong', 'next'), 'wrong-passphrase', path, secrets)
    refused(changePassphrase(home, undefined, 'next'), 'passphrase-needed', path, secrets)
    assert.equal(readFileSync(path, 'utf8'), content)
    assert.equal(changePassphrase(home, PASSPHRASE, '').ok, false)
    value(changePassphrase(home, PASSPHRASE, 'next'))
    refused(openKeystore(home, PASSPHRASE), 'wrong-passphrase', path, secrets)
    assert.deepEqual(value(openKeystore(home, 'next')).identitySeed, identitySeed)
    value(changePassphrase(home, 'next', undefined))
    assert.deepEqual(value(openKeystore(home)), { identitySeed, nodeSeed, created: false, sealed: false })
    assert.deepEqual(readdirSync(home), ['keys'])
    assert.equal(statSync(path).mode & 0o777, 0o600)
  })

  it('takes a passphrase in either form of its letters', () => {
    value(openKeystore(home, 'ñandú'.normalize('NFC')))
    assert.ok(openKeystore(home, 'ñandú'.normalize('NFD')).ok)
  })

  it('seals with fresh salt and nonce each time', () => {
    const seeds = { identitySeed: SEED, nodeSeed: SEED }
    const [first, second] = [encodeKeyFile(seeds, 'a'), encodeKeyFile(seeds, 'a')].map(text => JSON.parse(text) as Record<string, unknown>)
    assert.notEqual(first?.['nonce'], second?.['nonce'])
    assert.notDeepEqual(first?.['kdf'], second?.['kdf'])
  })

  it('restores an identity, with a new node key, and never over another by accident', () => {
    const restored = value(restoreIdentity(home, SEED, { passphrase: PASSPHRASE }))
    assert.deepEqual(restored.identitySeed, SEED)
    assert.deepEqual(value(openKeystore(home, PASSPHRASE)).nodeSeed, restored.nodeSeed)
    const content = readFileSync(path, 'utf8')
    refused(restoreIdentity(home, SEED), 'exists', path)
    assert.equal(readFileSync(path, 'utf8'), content)
    const again = value(restoreIdentity(home, SEED, { replace: true }))
    assert.notDeepEqual(again.nodeSeed, restored.nodeSeed)
    assert.equal(readFileSync(`${path}.old-1`, 'utf8'), content)
    value(restoreIdentity(home, SEED, { replace: true }))
    assert.deepEqual(readdirSync(home), ['keys', 'keys.old-1', 'keys.old-2'])
  })

  it('refuses a file that others can read, and says what to run', () => {
    value(openKeystore(home))
    for (const mode of [0o640, 0o604, 0o660, 0o601]) {
      chmodSync(path, mode)
      assert.match(refused(openKeystore(home), 'exposed', path), new RegExp(`chmod 600 ${path}`))
      assert.ok(!isSealed(home).ok)
    }
    chmodSync(path, 0o600)
    value(openKeystore(home))
    if (process.getuid?.() === 0) {
      chownSync(path, 12345, 12345)
      assert.ok(openKeystore(home).ok, 'root may read the file of another')
    }
  })

  it('refuses what is malformed, newer or far too long, and repeats none of it', () => {
    const { identitySeed, nodeSeed } = value(openKeystore(home))
    const good = readFileSync(path, 'utf8')
    const secrets = [identitySeed, nodeSeed]
    const bad = [
      '', '{}', 'null', '[]', good.slice(0, -20), `x${good}`,
      good.replace('"identity":"', '"identity":"zz'), good.replace(hex(nodeSeed), hex(nodeSeed).slice(2)),
      good.replace('p2pchat keys', 'other keys'), good.replace('"version":1', '"version":0'), good + 'x'.repeat(20_000)
    ]
    for (const content of bad) {
      writeFileSync(path, content, { mode: 0o600 })
      refused(openKeystore(home), 'malformed', path, secrets)
      assert.equal(readFileSync(path, 'utf8'), content, 'left as it is')
    }
    writeFileSync(path, good.replace('"version":1', '"version":2'))
    assert.match(refused(openKeystore(home), 'newer', path, secrets), /upgrade/)
  })

  it('refuses a sealed file with any part changed, and absurd costs before paying them', () => {
    value(openKeystore(home, PASSPHRASE))
    const good = JSON.parse(readFileSync(path, 'utf8')) as { kdf: Record<string, unknown>; nonce: string; sealed: string }
    const flip = (text: string) => (text.startsWith('0') ? '1' : '0') + text.slice(1)
    const { nonce, sealed, kdf } = good
    const cases: [object, string][] = [
      [{ ...good, nonce: flip(nonce) }, 'wrong-passphrase'],
      [{ ...good, sealed: flip(sealed) }, 'wrong-passphrase'],
      [{ ...good, kdf: { ...kdf, salt: flip(String(kdf['salt'])) } }, 'wrong-passphrase'],
      [{ ...good, kdf: { ...kdf, passes: 2 } }, 'wrong-passphrase'],
      [{ ...good, kdf: { ...kdf, memoryKiB: 2 ** 40 } }, 'malformed'],
      [{ ...good, kdf: { ...kdf, passes: 1e6 } }, 'malformed'],
      [{ ...good, kdf: { ...kdf, name: 'scrypt' } }, 'malformed'],
      [{ ...good, cipher: 'none' }, 'malformed'],
      [{ ...good, sealed: '' }, 'malformed']
    ]
    for (const [content, reason] of cases) {
      writeFileSync(path, JSON.stringify(content))
      refused(openKeystore(home, PASSPHRASE), reason, path)
    }
  })

  it('never throws on any content', () => {
    fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), content => { assert.equal(decodeKeyFile(content).ok, false) }))
  })

  it('says `not-found` where a passphrase is changed before there are keys', () => {
    refused(changePassphrase(home, undefined, 'x'), 'not-found', path)
  })

  it('makes no new identity where the name is a link that leads nowhere', () => {
    symlinkSync(join(home, 'not mounted', 'keys'), path)
    assert.throws(() => openKeystore(home), (error: unknown) =>
      error instanceof StoreError && error.fault === 'io' && error.message.includes(path))
    assert.ok(lstatSync(path).isSymbolicLink())
  })

  it('replaces what a link leads to, so that nothing unsealed stays behind', () => {
    const elsewhere = join(home, 'elsewhere')
    value(openKeystore(elsewhere))
    symlinkSync(join(elsewhere, 'keys'), path)
    value(changePassphrase(home, undefined, PASSPHRASE))
    assert.equal(value(isSealed(elsewhere)), true)
    assert.ok(lstatSync(path).isSymbolicLink())
  })

  it('is on the disk before the old file is replaced', function () {
    const log = join(home, 'trace')
    const module = fileURLToPath(import.meta.resolve('../../src/store/keystore.ts'))
    const script = `import { openKeystore } from ${JSON.stringify(module)}; openKeystore(${JSON.stringify(home)})`
    const trace = ['-f', '-o', log, '-e', 'trace=fsync,rename,renameat,renameat2', process.execPath, '--input-type=module', '-e', script]
    if (spawnSync(STRACE, trace).status !== 0) {
      if (this.test !== undefined) this.test.title += ' (skipped: strace is not there)'
      return this.skip()
    }
    const calls = readFileSync(log, 'utf8').match(/\b(fsync|rename)/g)
    assert.deepEqual(calls, ['fsync', 'rename', 'fsync'])
  })

  it('on a full or read-only disk: one sentence, and the old file stays', function () {
    const disk = mountDisk(64)
    if (typeof disk === 'string') {
      if (this.test !== undefined) this.test.title += ` (skipped: ${disk})`
      return this.skip()
    }
    try {
      const { identitySeed } = value(openKeystore(disk.directory))
      try {
        writeFileSync(join(disk.directory, 'filler'), new Uint8Array(256 * 1024))
      } catch {
        // Filled.
      }
      const fails = (fault: string) => assert.throws(() => changePassphrase(disk.directory, undefined, 'x'), (error: unknown) =>
        error instanceof StoreError && error.fault === fault && error.message.includes(disk.directory))
      fails('disk-full')
      assert.deepEqual(value(openKeystore(disk.directory)).identitySeed, identitySeed)
      rmSync(join(disk.directory, 'filler'))
      disk.setReadOnly(true)
      fails('read-only')
      assert.deepEqual(value(openKeystore(disk.directory)).identitySeed, identitySeed)
      assert.deepEqual(readdirSync(disk.directory), ['keys'])
    } finally {
      disk.remove()
    }
  })
})
