/**
 * A home: the directory of one node, and the lock that keeps a second node out of it.
 *
 * The lock is SQLite's exclusive lock on the empty file `lock`: a lock of the operating system, which goes with the process however it
 * ends, so nothing stale can be left and no process id need be compared. (Node has no flock of its own; a listening socket
 * would do, but not before the keys and the database were opened, and a socket file does outlive a killed process.)
 */
import { chmodSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { StoreError } from '../engine/ports.ts'
import { asStoreError, sqliteResult } from './faults.ts'
import { makeFolder } from './folder.ts'
import { KEYS_FILE } from './keystore.ts'

export interface HomePaths {
  readonly directory: string
  readonly database: string
  readonly keys: string
  readonly config: string
  readonly socket: string
  readonly log: string
  /** What is remembered of servers that were chosen; on a server, of those that it acts with. */
  readonly servers: string
  /** What a server keeps of its own. */
  readonly serving: string
}

export interface Home extends HomePaths {
  /** Lets another node in. */
  close(): void
}

export function homePaths(directory: string): HomePaths {
  const home = resolve(directory)
  return {
    directory: home,
    database: join(home, 'p2pchat.db'),
    keys: join(home, KEYS_FILE),
    config: join(home, 'config.toml'),
    socket: join(home, 'p2pchat.sock'),
    log: join(home, 'log'),
    servers: join(home, 'servers.state'),
    serving: join(home, 'serving.state')
  }
}

/**
 * Makes the directory where it is not there, closes it to other users (0700), and takes its lock.
 * @throws {StoreError} `busy` when another node runs there, `read-only`, `disk-full`, `io`
 */
export function openHome(directory: string): Home {
  const paths = homePaths(directory)
  try {
    makeFolder(paths.directory)
    if (process.platform !== 'win32' && (statSync(paths.directory).mode & 0o077) !== 0) chmodSync(paths.directory, 0o700)
    const lock = takeLock(join(paths.directory, 'lock'), paths.directory)
    return { ...paths, close: () => { if (lock.isOpen) lock.close() } }
  } catch (error) {
    throw asStoreError(error, paths.directory)
  }
}

function inUse(directory: string): string {
  return `${directory} is in use by another p2pchat: close that one first, or choose another home with --home.`
}

function takeLock(path: string, directory: string): DatabaseSync {
  // No waiting: whoever finds the home taken talks to the node that has it.
  const lock = new DatabaseSync(path, { timeout: 0 })
  try {
    // Nothing is ever written to it, so it needs no journal beside it.
    lock.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE')
    return lock
  } catch (error) {
    lock.close()
    const isBusy = ((sqliteResult(error) ?? 0) & 0xff) === 5
    throw isBusy ? new StoreError('busy', inUse(directory), { cause: error }) : error
  }
}
