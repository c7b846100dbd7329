/**
 * A home in one file: the database, as SQLite copies it while it is in use, with the other files of the home in a table of it. It has a mark of its own, so
 * that no node takes it for a database and none that is no backup is restored. docs/adr/0087-backup-is-a-database.md
 */
import { randomBytes } from 'node:crypto'
import {
  chmodSync, closeSync, copyFileSync, existsSync, openSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync
} from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { accept, refuse } from '../core/refusal.ts'
import type { Outcome } from '../core/refusal.ts'
import { APPLICATION_ID } from './connection.ts'
import { asStoreError } from './faults.ts'
import { homePaths } from './home.ts'
import { KEYS_FILE } from './keystore.ts'
import { schemaOf, userVersion } from './log-pairing.ts'
import { SCHEMA_VERSION } from './migrations.ts'

/** "p2pb" in ASCII. */
const BACKUP_ID = 0x70327062
/** What a home holds besides its database, the keys last: a restore that is cut short leaves a home without keys, which is refused and not somebody new. */
const FILES = ['config.toml', 'nick', 'servers.state', 'serving.state', KEYS_FILE]
const UNFINISHED = /^backup-[0-9a-f]{12}\.new$/u

/**
 * Copies the home into a new file in it, 0600, and resolves to its path; whoever asked moves it to where it is to be. What an earlier one left is removed.
 * @param copy copies the database, which may be in use, over an empty file
 * @throws {StoreError} when the disk fails; then nothing is left
 */
export async function backupHome(directory: string, copy: (path: string) => Promise<void>): Promise<string> {
  for (const name of readdirSync(directory)) if (UNFINISHED.test(name)) rmSync(join(directory, name), { force: true })
  const path = join(directory, `backup-${randomBytes(6).toString('hex')}.new`)
  try {
    closeSync(openSync(path, 'wx', 0o600))
    await copy(path)
    const backup = new DatabaseSync(path)
    try {
      const schema = schemaOf(Number(pragma(backup, 'user_version')))
      // A copy has no log, as a database that was closed in good order.
      backup.exec(`PRAGMA journal_mode = DELETE; PRAGMA user_version = ${userVersion(schema, 0)}`)
      backup.exec(`PRAGMA application_id = ${BACKUP_ID}; BEGIN`)
      backup.exec('CREATE TABLE home_file (name TEXT PRIMARY KEY, content BLOB NOT NULL) STRICT')
      const insert = backup.prepare('INSERT INTO home_file VALUES (?, ?)')
      for (const name of FILES) if (existsSync(join(directory, name))) insert.run(name, readFileSync(join(directory, name)))
      backup.exec('COMMIT')
    } finally {
      backup.close()
    }
    return path
  } catch (error) {
    rmSync(path, { force: true })
    throw asStoreError(error, path)
  }
}

/**
 * Makes a home of a backup. The caller holds the home's lock.
 * Refuses with `exists` where anything of a home is there already, `malformed` for what is no backup, `newer` for one of a later version.
 * @throws {StoreError} when the disk fails
 */
export function restoreHome(backupPath: string, directory: string): Outcome<true> {
  const { database } = homePaths(directory)
  const there = [...FILES.map((name) => join(directory, name)), database].find((path) => existsSync(path))
  if (there !== undefined) return refuse('exists', `${there} is there already: restore into an empty home, named by --home.`)
  const [checked, copy] = [checkBackup(backupPath), `${database}.new`]
  if (!checked.ok) return checked
  try {
    rmSync(copy, { force: true })
    copyFileSync(backupPath, copy)
    chmodSync(copy, 0o600)
    const files = takeFiles(copy)
    for (const name of FILES.filter((one) => one !== KEYS_FILE && files.has(one))) write(directory, name, files)
    renameSync(copy, database)
    write(directory, KEYS_FILE, files)
    return accept(true)
  } catch (error) {
    rmSync(copy, { force: true })
    throw asStoreError(error, directory)
  }
}

function checkBackup(path: string): Outcome<true> {
  let backup: DatabaseSync | undefined
  try {
    backup = new DatabaseSync(path, { readOnly: true })
    if (pragma(backup, 'application_id') !== BACKUP_ID) return refuse('malformed', `${path} is no backup of p2pchat.`)
    const isNewer = schemaOf(Number(pragma(backup, 'user_version'))) > SCHEMA_VERSION
    if (isNewer) return refuse('newer', `${path} was made by a newer p2pchat: upgrade p2pchat to restore it.`)
    if (pragma(backup, 'quick_check') !== 'ok') return refuse('malformed', `${path} is damaged.`)
    const keys = backup.prepare('SELECT count(*) AS count FROM home_file WHERE name = ?').get(KEYS_FILE)
    return keys?.['count'] === 1 ? accept(true) : refuse('malformed', `${path} holds no keys.`)
  } catch {
    return refuse('malformed', `${path} is no backup of p2pchat, or is damaged.`)
  } finally {
    backup?.close()
  }
}

function pragma(database: DatabaseSync, name: string): unknown {
  return Object.values(database.prepare(`PRAGMA ${name}`).get() ?? {})[0]
}

/** The files, by those names alone that a home has; what is left is the database as it was. */
function takeFiles(path: string): Map<string, Uint8Array> {
  const database = new DatabaseSync(path)
  try {
    const rows = database.prepare('SELECT name, content FROM home_file').all() as { name: string; content: Uint8Array }[]
    // Keys are not to be left in pages that are free now.
    database.exec(`PRAGMA secure_delete = ON; DROP TABLE home_file; PRAGMA application_id = ${APPLICATION_ID}`)
    return new Map(rows.filter(({ name }) => FILES.includes(name)).map(({ name, content }) => [name, content]))
  } finally {
    database.close()
  }
}

function write(directory: string, name: string, files: ReadonlyMap<string, Uint8Array>): void {
  writeFileSync(join(directory, name), files.get(name)!, { flag: 'wx', mode: 0o600, flush: true })
}
