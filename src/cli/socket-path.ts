/**
 * Where the local socket of a home is. In the home, unless its path is longer than the system allows for sockets; then in
 * a private folder with a short name, and a file in the home says where.
 */
import { lstatSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, isAbsolute, join } from 'node:path'
import { baseFolder } from './paths.ts'

/** sockaddr_un has 104 bytes on macOS and 108 on Linux, one of them a NUL. */
const MAX_SOCKET_PATH_BYTES = 103
const SOCKET_NAME = 'p2pchat.sock'
const POINTER_NAME = 'p2pchat.sock.path'

/** Where a running node of this home listens; undefined when no node left word. */
export function socketPathOf(home: string): string | undefined {
  const inside = join(home, SOCKET_NAME)
  if (fits(inside)) return inside
  try {
    const path = readFileSync(join(home, POINTER_NAME), 'utf8').trim()
    return isAbsolute(path) && fits(path) ? path : undefined
  } catch {
    return undefined
  }
}

/** Clears what an earlier node left and says where to listen. Only for the holder of the home's lock. */
export function prepareSocketPath(home: string): string {
  removeSocket(home)
  const inside = join(home, SOCKET_NAME)
  if (fits(inside)) return inside
  const short = shortPath()
  writeFileSync(join(home, POINTER_NAME), short + '\n', { mode: 0o600 })
  return short
}

/** Removes the socket and what points to it. Only for the holder of the home's lock. */
export function removeSocket(home: string): void {
  const path = socketPathOf(home)
  if (path === undefined) return
  if (isSocket(path)) rmSync(path, { force: true })
  if (path === join(home, SOCKET_NAME)) return
  if (/[/\\]p2pchat-\w{6}$/u.test(dirname(path))) rmSync(dirname(path), { recursive: true, force: true })
  rmSync(join(home, POINTER_NAME), { force: true })
}

function isSocket(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSocket() ?? false
}

function shortPath(): string {
  for (const place of [baseFolder('XDG_RUNTIME_DIR') ?? '', tmpdir(), '/tmp']) {
    if (!isAbsolute(place) || !fits(join(place, 'p2pchat-XXXXXX', SOCKET_NAME))) continue
    try {
      return join(mkdtempSync(join(place, 'p2pchat-')), SOCKET_NAME)
    } catch {
      continue
    }
  }
  throw new Error('There is no folder whose path is short enough for the local socket.')
}

function fits(path: string): boolean {
  return Buffer.byteLength(path) <= MAX_SOCKET_PATH_BYTES
}
