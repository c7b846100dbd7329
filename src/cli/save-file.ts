/** Files that a person asks for. */
import { randomBytes } from 'node:crypto'
import { existsSync, rmSync } from 'node:fs'
import { link, open, rename, unlink } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { ApiError, REFUSED } from '../engine/api.ts'
import { systemSentence } from './failure.ts'

export interface SaveOptions {
  /** Puts it in the place of a file that is there. */
  readonly force?: boolean
}

/**
 * Writes a file for this user alone (0600): into a temporary one beside it, which takes its name once it is whole and on the disk. Resolves to its
 * full path. `~/` is the home folder, which in the chat no shell puts in.
 * @throws {ApiError} `exists`, or `io` with what the system says; then nothing is left behind
 */
export async function saveFile(path: string, text: AsyncIterable<string>, { force = false }: SaveOptions = {}): Promise<string> {
  const full = resolve(path.startsWith('~/') ? join(homedir(), path.slice(2)) : path)
  if (!force && existsSync(full)) throw taken(full)
  const temporary = `${full}.${randomBytes(6).toString('hex')}.new`
  try {
    await writeWhole(temporary, text)
    if (force) await rename(temporary, full)
    else await giveName(temporary, full)
  } catch (error) {
    rmSync(temporary, { force: true })
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EEXIST') throw taken(full)
    if (code === 'ENOENT') throw new ApiError(REFUSED, 'io', `The folder ${dirname(full)} does not exist.`)
    const sentence = systemSentence(error, full)
    if (sentence === undefined) throw error
    throw new ApiError(REFUSED, 'io', sentence)
  }
  return full
}

async function writeWhole(path: string, text: AsyncIterable<string>): Promise<void> {
  const file = await open(path, 'wx', 0o600)
  try {
    for await (const piece of text) await file.writeFile(piece)
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
    if (code === 'EEXIST' || existsSync(path)) throw error
    await rename(temporary, path)
    return
  }
  await unlink(temporary)
}

function taken(path: string): ApiError {
  return new ApiError(REFUSED, 'exists', `${path} is there already; choose another name, or remove it first.`)
}
