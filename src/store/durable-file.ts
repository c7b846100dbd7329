/** Replaces a small file so that, whatever happens, either the old or the new content is there whole. */
import { randomBytes } from 'node:crypto'
import { closeSync, fchownSync, fsyncSync, lstatSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { linkEnd } from './link-end.ts'

/**
 * Mode 0600; whose it is stays. Temporary file, fsync, rename, fsync of the directory. Where the name is a link, what it leads to is replaced.
 * Throws what the file system throws.
 */
export function replaceFile(path: string, content: string | Uint8Array): void {
  const target = linkEnd(path)
  const temporary = `${target}.${randomBytes(6).toString('hex')}.new`
  try {
    const there = lstatSync(target, { throwIfNoEntry: false })
    const descriptor = openSync(temporary, 'wx', 0o600)
    try {
      // Of a service's own file that root changed, the service must go on being the owner.
      if (there !== undefined && process.geteuid?.() === 0) fchownSync(descriptor, there.uid, there.gid)
      writeFileSync(descriptor, content)
      fsyncSync(descriptor)
    } finally {
      closeSync(descriptor)
    }
    renameSync(temporary, target)
  } catch (error) {
    rmSync(temporary, { force: true })
    throw error
  }
  syncDirectory(dirname(target))
}

/** Makes a rename in this directory survive a power cut. Windows cannot open directories, and needs it not. */
export function syncDirectory(directory: string): void {
  if (process.platform === 'win32') return
  const descriptor = openSync(directory, 'r')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}
