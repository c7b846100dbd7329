/**
 * Files that a person asks for: the one place that writes to a name from a command line. A new file is whole or not there. What is there and is no file
 * (a device, a pipe, an open descriptor) is written to as it is, and never has another file put in its place.
 */
import { randomBytes } from 'node:crypto'
import { constants, createWriteStream, fstatSync, openSync, rmSync, type Stats } from 'node:fs'
import { access, copyFile, link, open, rename, stat, unlink, type FileHandle } from 'node:fs/promises'
import { Socket } from 'node:net'
import { dirname, join } from 'node:path'
import { finished, pipeline } from 'node:stream/promises'
import type { Writable } from 'node:stream'
import { ApiError, REFUSED } from '../engine/api.ts'
import { syncDirectory } from '../store/durable-file.ts'
import { linkEnd } from '../store/link-end.ts'
import { systemSentence } from './failure.ts'
import { pause } from './lifetime.ts'
import { namedPath } from './paths.ts'

export interface SaveOptions {
  /** Puts it in the place of a file that is there; who may read that one, and whose it is, stays. */
  readonly force?: boolean
  /** Gives up; nothing is left behind. */
  readonly stop?: AbortSignal
}

/** What goes into a file, piece by piece. */
type Content = AsyncIterable<string | Uint8Array>

/** Between two looks whether somebody reads a pipe. */
const READER_LOOK_MS = 100

/**
 * Writes a new file for this user alone (0600): into a temporary one beside it, which takes its name once it is whole and on the disk. Resolves to its
 * full path. `~/` is the home folder, which in the chat no shell puts in. A link is followed.
 * @throws {ApiError} `exists`, or `io` with what the system says; then nothing is left behind
 */
export async function saveFile(path: string, text: Content, { force = false, stop }: SaveOptions = {}): Promise<string> {
  const named = namedPath(path)
  try {
    const descriptor = descriptorOf(named)
    if (descriptor !== undefined) await writeToDescriptor(descriptor, text)
    else await writeTo(linkEnd(named), text, { force, ...(stop === undefined ? {} : { stop }) })
  } catch (error) {
    throw error instanceof ApiError ? error : refusal(error, named)
  }
  return named
}

/** Whether what was saved under this name is a file, and not whatever this program prints to. */
export async function isSavedFile(path: string): Promise<boolean> {
  return descriptorOf(path) === undefined && (await stat(path)).isFile()
}

async function writeTo(path: string, text: Content, options: SaveOptions): Promise<void> {
  const there = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' && !path.endsWith('/')) return undefined
    throw error
  })
  if (there === undefined) return writeNew(path, text, options)
  if (there.isDirectory()) throw refused('io', `${path} is a folder.`)
  if (there.isBlockDevice()) throw refused('io', `${path} is a disk, and no place for a file.`)
  if (there.isSocket()) throw refused('io', `${path} is a socket, and no place for a file.`)
  if (there.isFIFO()) return writeToPipe(path, text, options.stop)
  if (!there.isFile()) return pipeline(text, createWriteStream('', { fd: openSync(path, constants.O_WRONLY | constants.O_NOCTTY) }))
  if (options.force !== true) throw taken(path)
  if (await canBeReplaced(path, there)) return replace(path, there, text, options)
  const file = await open(path, 'r+')
  return writeWhole(file, text, options.stop, () => file.truncate(0))
}

async function writeNew(path: string, text: Content, { force = false, stop }: SaveOptions): Promise<void> {
  await throughTemporary(path, async (temporary) => {
    await writeWhole(await open(temporary, 'wx', 0o600), text, stop)
    if (force) await rename(temporary, path)
    else await giveName(temporary, path)
  })
}

async function replace(path: string, there: Stats, text: Content, { stop }: SaveOptions): Promise<void> {
  await throughTemporary(path, async (temporary) => {
    const file = await open(temporary, 'wx', 0o600)
    await writeWhole(file, text, stop, async () => {
      const { uid, gid } = await file.stat()
      if (uid !== there.uid || gid !== there.gid) await file.chown(there.uid, there.gid)
      await file.chmod(there.mode & 0o7777)
    })
    await rename(temporary, path).catch(async (error: NodeJS.ErrnoException) => {
      // A file that is mounted by itself, as into a container, cannot have another in its place.
      if (error.code !== 'EBUSY' && error.code !== 'EXDEV') throw error
      await copyFile(temporary, path)
      await unlink(temporary)
    })
  })
}

/** Not where it has other names, which would go on leading to the old one, is somebody else's, or is in a folder that takes no new file. */
async function canBeReplaced(path: string, { nlink, uid, gid }: Stats): Promise<boolean> {
  const ours = process.geteuid?.() ?? uid
  if (nlink > 1 || (ours !== 0 && (uid !== ours || process.getgroups?.().includes(gid) === false))) return false
  return access(dirname(path), constants.W_OK).then(() => true, () => false)
}

async function throughTemporary(path: string, write: (temporary: string) => Promise<void>): Promise<void> {
  const folder = dirname(path)
  const temporary = join(folder, `.p2pchat-${randomBytes(6).toString('hex')}.new`)
  try {
    await write(temporary)
  } catch (error) {
    rmSync(temporary, { force: true })
    throw error
  }
  try {
    syncDirectory(folder)
  } catch {
    // Not every file system can; the file itself is on the disk.
  }
}

/** Closes the file. @param before is done when it is known that there is something to write, and before it is written */
async function writeWhole(file: FileHandle, text: Content, stop?: AbortSignal, before?: () => Promise<void>): Promise<void> {
  let isBegun = false
  try {
    for await (const piece of text) {
      if (stop?.aborted === true) throw refused('stopped', 'Stopped before it was written.')
      if (!isBegun) await before?.()
      isBegun = true
      await file.writeFile(piece)
    }
    if (!isBegun) await before?.()
    await file.sync()
  } finally {
    await file.close()
  }
}

/** A rename would take the place of a file that came to be meanwhile; a second name for it does not. */
async function giveName(temporary: string, path: string): Promise<void> {
  try {
    await link(temporary, path)
  } catch (error) {
    // Not every file system has second names.
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EEXIST' || await stat(path).then(() => true, () => false)) throw error
    await rename(temporary, path)
    return
  }
  await unlink(temporary)
}

/** Waits for somebody who reads, and can be given up meanwhile: an ordinary open would hold a thread that nothing ends. */
async function writeToPipe(path: string, text: Content, stop: AbortSignal | undefined): Promise<void> {
  const descriptor = await openPipe(path, stop)
  await pipeline(text, new Socket({ fd: descriptor, readable: false, writable: true }))
}

async function openPipe(path: string, stop: AbortSignal | undefined): Promise<number> {
  for (;;) {
    try {
      return openSync(path, constants.O_WRONLY | constants.O_NONBLOCK)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENXIO') throw error
    }
    if (stop?.aborted === true) throw refused('stopped', `Nobody reads ${path}.`)
    await pause(READER_LOOK_MS, stop)
  }
}

/** One that is open already, as `/dev/stdout`: opening it by its name once more would begin the file behind it anew. */
function descriptorOf(path: string): number | undefined {
  const standard = ['/dev/stdin', '/dev/stdout', '/dev/stderr'].indexOf(path)
  if (standard > 0) return standard
  const [, digits] = /^\/(?:dev|proc\/self)\/fd\/(\d+)$/u.exec(path) ?? []
  return digits === undefined ? undefined : Number(digits)
}

async function writeToDescriptor(descriptor: number, text: Content): Promise<void> {
  fstatSync(descriptor)
  if (descriptor > 2) return pipeline(text, createWriteStream('', { fd: descriptor, autoClose: false }))
  const output: Writable = descriptor === 1 ? process.stdout : process.stderr
  for await (const piece of text) {
    if (!output.writable) throw refused('io', 'Nobody reads what is written.')
    if (!output.write(piece)) await Promise.race([new Promise((resolve) => output.once('drain', resolve)), finished(output)])
  }
}

function refusal(error: unknown, path: string): unknown {
  const { code } = error as NodeJS.ErrnoException
  if (code === 'EEXIST') return taken(path)
  if (code === 'ENOENT') return refused('io', `The folder ${dirname(path)} does not exist.`)
  const sentence = systemSentence(error, path)
  return sentence === undefined ? error : refused('io', sentence)
}

function taken(path: string): ApiError {
  return refused('exists', `${path} is there already; choose another name, or remove it first.`)
}

function refused(reason: string, message: string): ApiError {
  return new ApiError(REFUSED, reason, message)
}
